import { expect, test } from 'vitest';
import type { Setting, Value } from '../../src/api/settings';
import { changesOf, inDays, localText, rulesIn, shutRules } from '../../src/console/factor_rules';

const setting = (section: string, name: string, value: Value, may_change = true) =>
  ({ section, name, value, may_change }) as Setting;
const settings = [
  setting('ServiceSettings', 'EnableMultifactorAuthentication', true),
  setting('ServiceSettings', 'EnforceMultifactorAuthentication', false, false),
  setting('GuestAccountsSettings', 'EnforceMultifactorAuthentication', false),
  setting('ConcordatSettings', 'MfaForRoles', ['system_admin']),
  setting('ConcordatSettings', 'MfaForServices', []),
  setting('ConcordatSettings', 'MfaOutsideNetworks', []),
  setting('ConcordatSettings', 'MfaEnforcedFrom', 0),
];

test('rules are read only when all of them are seen', () => {
  expect(rulesIn(settings)).toMatchObject({ isOn: true, everybody: false, roles: ['system_admin'], from: 0 });
  expect(rulesIn(settings.slice(1))).toBeUndefined();
  expect(shutRules(settings)).toEqual(['everybody']);
});

test('only what differs is sent, by sections', () => {
  const before = rulesIn(settings)!;
  expect(changesOf(before, { ...before })).toEqual({});
  expect(changesOf(before, { ...before, guests: true, roles: [], from: 5 })).toEqual({
    GuestAccountsSettings: { EnforceMultifactorAuthentication: true },
    ConcordatSettings: { MfaForRoles: [], MfaEnforcedFrom: 5 },
  });
});

test('a delay ends on a full hour', () => {
  expect(inDays(7, Date.UTC(2026, 0, 1, 10, 20))).toBe(Date.UTC(2026, 0, 8, 11));
  expect(new Date(localText(1_790_000_000_000)).getTime()).toBe(
    1_790_000_000_000 - (1_790_000_000_000 % 60_000),
  );
});
