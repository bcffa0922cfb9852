import { expect, test, vi } from 'vitest';

vi.mock('../../src/i18n', () => ({ useWords: () => ({ t: (key: string) => key }) }));

test('a period is whole days of the calendar here, and both ends or none', async () => {
  const { periodOf } = await import('../../src/console/exports');
  expect(periodOf('', '')).toEqual({});
  const one = periodOf('2026-03-29', '2026-03-29');
  expect(Number(one.job_start_time)).toBe(new Date(2026, 2, 29).getTime());
  expect(Number(one.job_end_time)).toBe(new Date(2026, 2, 30).getTime() - 1);
  expect(periodOf('', '2026-03-29').job_start_time).toBe('1');
  expect(Number(periodOf('2026-03-29', '').job_end_time)).toBeGreaterThan(new Date(2026, 2, 29).getTime());
});
