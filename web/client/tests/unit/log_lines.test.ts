import { expect, test } from 'vitest';
import { restOf } from '../../src/console/log_lines';

test('what a line says besides is in its order, whatever its kind', () => {
  const line = { timestamp: 't', level: 'warn', msg: 'late', host: 'a b', ms: 12, ok: false, list: [1] };
  expect(restOf(line)).toBe('host=a b ms=12 ok=false list=[1]');
  expect(restOf({ timestamp: 't', level: 'info', msg: 'm' })).toBe('');
});
