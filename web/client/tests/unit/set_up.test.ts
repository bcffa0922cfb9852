import { expect, test, vi } from 'vitest';
import type { Setting, Value } from '../../src/api/settings';
import { backupCommands, word } from '../../src/console/backup_commands';
import {
  daysLeft,
  differences,
  draft_prefix,
  keepDraft,
  needsSecret,
  readDraft,
} from '../../src/console/draft';

vi.mock('../../src/i18n', () => ({ useWords: () => ({ t: (key: string) => key }) }));

const setting = (name: string, value: Value, more: Partial<Setting> = {}): Setting => ({
  section: 'LdapSettings',
  name,
  kind: 'text',
  value,
  default: '',
  needs_restart: false,
  is_waiting: false,
  is_local: false,
  is_decided: false,
  can_be_tried: true,
  may_change: true,
  ...more,
});
const store = () => {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
    removeItem: (key: string) => void kept.delete(key),
  };
};

test('a draft comes back as it was, without its secrets', () => {
  const place = store();
  const values = { LdapServer: 'ldap.example.org', LdapPort: 636, BindPassword: 'hush hush' };
  keepDraft('me.LdapSettings', { step: 3, values }, ['BindPassword'], place);
  expect([...place.kept.values()].join()).not.toContain('hush');
  expect(readDraft('me.LdapSettings', place)).toEqual({
    step: 3,
    values: { LdapServer: 'ldap.example.org', LdapPort: 636 },
  });
  expect(readDraft('other.LdapSettings', place)).toEqual({ step: 0, values: {} });
  keepDraft('me.LdapSettings', { step: 0, values: { BindPassword: 'x' } }, ['BindPassword'], place);
  expect(place.kept.size).toBe(0);
});

test.each(['', '7', '{"step":"1","values":{}}', '{"step":1}', '{"step":1.5,"values":{}}', 'null', '[]', '{'])(
  'what is no draft is none: %s',
  (text) => {
    const place = store();
    place.setItem(`${draft_prefix}x`, text);
    expect(readDraft('x', place)).toEqual({ step: 0, values: {} });
  },
);

test('values of another kind are left out, and a step before the first is the first', () => {
  const place = store();
  place.setItem(
    `${draft_prefix}x`,
    '{"step":-4,"values":{"a":{"b":1},"c":["d"],"e":[1],"f":null,"g":false}}',
  );
  expect(readDraft('x', place)).toEqual({ step: 0, values: { c: ['d'], g: false } });
});

test('only what differs, may be changed here and is no empty secret is a difference', () => {
  const settings = [
    setting('LdapServer', 'a'),
    setting('LdapPort', 389, { kind: 'number' }),
    setting('BindPassword', '****', { kind: 'secret' }),
    setting('CertificateAuthorityFile', '', { is_local: true }),
  ];
  const none = { LdapServer: 'a', LdapPort: 389, BindPassword: '', CertificateAuthorityFile: '/etc/x' };
  expect(differences(settings, none)).toEqual([]);
  expect(differences(settings, { LdapPort: 636, BindPassword: 'new', Unknown: 1 })).toEqual([
    { name: 'LdapPort', before: 389, after: 636, isSecret: false },
    { name: 'BindPassword', before: '****', after: 'new', isSecret: true },
  ]);
});

test('the kept secret goes to nobody else', () => {
  const settings = [setting('LdapServer', 'a'), setting('BindPassword', '****', { kind: 'secret' })];
  const needs = (values: Record<string, Value>, kept = settings) =>
    needsSecret(kept, values, 'BindPassword', ['LdapServer']);
  expect(needs({})).toBe(false);
  expect(needs({ LdapServer: 'a' })).toBe(false);
  expect(needs({ LdapServer: 'b' })).toBe(true);
  expect(needs({ LdapServer: 'b', BindPassword: 'typed' })).toBe(false);
  expect(needs({ LdapServer: 'b', BindPassword: '' })).toBe(true);
  expect(needs({}, [setting('LdapServer', 'a'), setting('BindPassword', '', { kind: 'secret' })])).toBe(true);
});

test('a day that has begun is none that is left', () => {
  const day = 86_400_000;
  expect([daysLeft(3 * day, 0), daysLeft(day - 1, 0), daysLeft(0, 1)]).toEqual([3, 0, -1]);
});

test('people are taken once each, and attributes in any spelling', async () => {
  const { peopleIn, valueOf } = await import('../../src/console/set_up_directory');
  const finding = (samples: { dn: string; available_attributes?: Record<string, string> }[]) => ({
    test_name: 'IdAttribute',
    test_value: 'uid',
    total_count: 2,
    entries_with_value: 2,
    error: '',
    sample_results: samples,
  });
  const ada = { dn: 'uid=ada', available_attributes: { mail: 'ada@example.org', entryuuid: '1' } };
  const people = peopleIn([finding([ada, { dn: 'uid=bare' }]), finding([ada])]);
  expect(people).toEqual([ada]);
  expect(valueOf(people[0], 'entryUUID')).toBe('1');
  expect([valueOf(people[0], 'cn'), valueOf(undefined, 'mail'), valueOf(people[0], '')]).toEqual([
    '',
    '',
    '',
  ]);
});

test('what is asked leaves an untyped secret out, and lacks no attribute', async () => {
  const { proposed } = await import('../../src/console/set_up_directory');
  const kept: Record<string, string> = { UsernameAttribute: 'uid' };
  const values = { LdapServer: 'a', BindPassword: '', EmailAttribute: 'mail' };
  const asked = (typed: Record<string, Value>) =>
    proposed({ values: typed, text: (name) => String(typed[name] ?? kept[name] ?? '') });
  expect(asked(values)).toEqual({
    LdapServer: 'a',
    EmailAttribute: 'mail',
    IdAttribute: 'objectClass',
    LoginIdAttribute: 'objectClass',
  });
  expect(asked({ ...values, BindPassword: 'typed' }).BindPassword).toBe('typed');
});

test('commands of a backup name the paths of this node, each as one word', () => {
  const places = {
    data: '/var/lib/concordat',
    config: '/etc/my node/config.json',
    files: '/srv/files',
    exports: '/var/lib/concordat/exports',
    key_store: '/var/lib/concordat/keys/store.json',
    master_key: '/var/lib/concordat/keys/master.key',
    tls: '/var/lib/concordat/tls',
    database_socket: '/var/lib/concordat/postgres/socket',
  };
  const commands = backupCommands(places);
  expect(commands.database).toContain('-h /var/lib/concordat/postgres/socket ');
  expect(commands.keys).toBe(
    'cp /var/lib/concordat/keys/store.json /var/lib/concordat/keys/master.key /somewhere/else/',
  );
  expect(commands.rest).toContain("'/etc/my node/config.json'");
  const elsewhere = backupCommands({ ...places, master_key: '', database_socket: undefined });
  expect(elsewhere.database).toBeUndefined();
  expect(elsewhere.keys).toBe('cp /var/lib/concordat/keys/store.json /somewhere/else/');
  expect([word("it's"), word('$(rm)'), word('/a/b-1')]).toEqual(["'it'\\''s'", "'$(rm)'", '/a/b-1']);
});
