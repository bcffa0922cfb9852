// A directory, step by step: server, the account that asks, who may come in, what they are called, what a sync would
// do, and a trial.
import { useEffect, useState } from 'react';
import * as api from '../api/set_up';
import type { Values } from '../api/set_up';
import type { Plan } from '../api/groups';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { anyRole, type Rights } from './console';
import { needsSecret } from './draft';
import { PlanShown } from './plan';
import { Entry, StepEnd, StepPage, TryOut, useQuestion, useSetUp, type SetUp } from './set_up';
import { Failure, Table } from './table';

const section = 'LdapSettings';
const secret = 'BindPassword';
/** The kept password goes to no other server, and is of no other account. */
const bound = ['LdapServer', 'LdapPort', 'ConnectionSecurity', 'BindUsername'];
const names: Key[] = [
  'setUp.server',
  'setUp.account',
  'setUp.who',
  'setUp.attributes',
  'setUp.dryRun',
  'setUp.try',
];
const usual_ports: Record<string, number> = { '': 389, STARTTLS: 389, TLS: 636 };

// Every entry has it: it stands in for attributes that are not chosen yet, which the node does without in no question.
const in_every_entry = 'objectClass';
const needed = ['IdAttribute', 'LoginIdAttribute', 'UsernameAttribute', 'EmailAttribute'];

/** What is asked with: all that was typed, of which nothing is in force. A secret that was not typed stays out. */
export function proposed(setUp: Pick<SetUp, 'values' | 'text'>): Values {
  const typed = Object.entries(setUp.values).filter(([name, value]) => name !== secret || value !== '');
  const missing = needed.filter((name) => setUp.text(name) === '').map((name) => [name, in_every_entry]);
  return Object.fromEntries([...typed, ...missing]) as Values;
}
const wantsPassword = (setUp: SetUp) =>
  setUp.text('BindUsername') !== '' && needsSecret(setUp.settings, setUp.values, secret, bound);

function Server({ setUp }: { setUp: SetUp }) {
  const { t } = useWords();
  const isOpen = setUp.text('ConnectionSecurity') === '';
  return (
    <>
      <p>{t('setUp.serverHint')}</p>
      <Entry setUp={setUp} name="LdapServer" label="setUp.servers" hint={t('setUp.serversHint')} />
      <Entry
        setUp={setUp}
        name="ConnectionSecurity"
        label="setUp.transport"
        hint={isOpen ? t('setUp.openTransport') : t('setUp.sealedTransport')}
        after={(kind) => setUp.set({ LdapPort: usual_ports[String(kind)] })}
      />
      <Entry setUp={setUp} name="LdapPort" label="setUp.port" />
      {!isOpen && (
        <Entry
          setUp={setUp}
          name="CertificateAuthorityFile"
          label="setUp.authority"
          hint={t('setUp.authorityHint')}
        />
      )}
      <StepEnd setUp={setUp} isReady={setUp.text('LdapServer').trim() !== ''} hint={t('setUp.noServer')} />
    </>
  );
}

const way: { step: api.ServerAnswer['failed_at']; label: Key }[] = [
  { step: 'settings', label: 'setUp.step.settings' },
  { step: 'connect', label: 'setUp.step.connect' },
  { step: 'tls', label: 'setUp.step.tls' },
  { step: 'account', label: 'setUp.step.account' },
  { step: 'base', label: 'setUp.step.base' },
];

/** How far one server came, step by step. */
function Answer({ answer, isOpen }: { answer: api.ServerAnswer; isOpen: boolean }) {
  const { t } = useWords();
  const failed = way.findIndex((each) => each.step === answer.failed_at);
  const shown = way.filter((each) => each.step !== 'tls' || !isOpen);
  return (
    <section className="answer" aria-label={answer.server || t('setUp.step.settings')}>
      <h3>
        {answer.server || t('setUp.step.settings')}{' '}
        {answer.server && <small>{t('setUp.took', { millis: answer.millis })}</small>}
      </h3>
      <ol className="steps">
        {shown.map(({ step, label }) => {
          const at = way.findIndex((each) => each.step === step);
          const state = failed < 0 || at < failed ? 'passed' : at === failed ? 'refused' : '';
          return (
            <li key={step} className={state}>
              <span className="state">
                {state === 'passed'
                  ? t('decision.passed')
                  : state === 'refused'
                    ? t('setUp.failed')
                    : t('setUp.notReached')}
              </span>
              <span>{t(label)}</span>
              {state === 'refused' && <b>{answer.problem}</b>}
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function Account({ setUp }: { setUp: SetUp }) {
  const { t } = useWords();
  const test = useQuestion<api.ServerAnswer[]>();
  const needs = wantsPassword(setUp);
  const isGood = !!test.answer && test.answer.every((each) => each.failed_at === '');
  return (
    <>
      <p>{t('setUp.accountHint')}</p>
      <Entry
        setUp={setUp}
        name="BindUsername"
        label="setUp.bindName"
        hint={t('setUp.example', { text: 'cn=concordat,dc=example,dc=org' })}
        after={test.forget}
      />
      <Entry
        setUp={setUp}
        name={secret}
        label="setUp.bindPassword"
        hint={needs ? t('setUp.passwordAgain') : setUp.text(secret) === '' && t('setUp.passwordKept')}
        after={test.forget}
      />
      <Entry
        setUp={setUp}
        name="BaseDN"
        label="setUp.base"
        hint={t('setUp.example', { text: 'dc=example,dc=org' })}
        after={test.forget}
      />
      <div className="buttons start">
        <button
          className="ghost"
          disabled={test.isBusy || needs || setUp.text('BaseDN') === ''}
          onClick={() => test.ask(() => api.askServers(proposed(setUp)))}
        >
          {t('setUp.test')}
        </button>
      </div>
      <div role="status" aria-busy={test.isBusy}>
        {test.isBusy && t('setUp.asking')}
        {test.answer?.map((each) => (
          <Answer
            key={each.server + each.problem}
            answer={each}
            isOpen={setUp.text('ConnectionSecurity') === ''}
          />
        ))}
      </div>
      <Failure text={test.failure} />
      <StepEnd setUp={setUp} isReady={isGood && !needs} hint={t('setUp.testFirst')} />
    </>
  );
}

const filters: { name: string; label: Key; count: Key }[] = [
  { name: 'UserFilter', label: 'setUp.userFilter', count: 'setUp.mayComeIn' },
  { name: 'GuestFilter', label: 'setUp.guestFilter', count: 'setUp.areGuests' },
  { name: 'AdminFilter', label: 'setUp.adminFilter', count: 'setUp.areAdmins' },
];

function Who({ setUp }: { setUp: SetUp }) {
  const { t } = useWords();
  const look = useQuestion<api.Finding[]>();
  const found = look.answer?.filter((each) => filters.some(({ name }) => name === each.test_name));
  const people = found?.find((each) => each.test_name === 'UserFilter');
  return (
    <>
      <p>{t('setUp.whoHint')}</p>
      <Entry
        setUp={setUp}
        name="UserFilter"
        label="setUp.userFilter"
        hint={t('setUp.example', { text: '(objectClass=inetOrgPerson)' })}
        after={look.forget}
      />
      <details>
        <summary>{t('setUp.guestsAndAdmins')}</summary>
        <Entry setUp={setUp} name="GuestFilter" label="setUp.guestFilter" after={look.forget} />
        <Entry setUp={setUp} name="EnableAdminFilter" label="setUp.useAdminFilter" after={look.forget} />
        <Entry setUp={setUp} name="AdminFilter" label="setUp.adminFilter" after={look.forget} />
      </details>
      <div className="buttons start">
        <button
          className="ghost"
          disabled={look.isBusy}
          onClick={() => look.ask(() => api.tryFilters(proposed(setUp)))}
        >
          {t('setUp.look')}
        </button>
      </div>
      <div role="status" aria-busy={look.isBusy}>
        {look.isBusy && t('setUp.asking')}
        {found?.map((each) => (
          <p key={each.test_name}>
            <code>{each.test_name}</code>{' '}
            {each.error ? (
              <span className="state error">{each.error}</span>
            ) : (
              t(filters.find(({ name }) => name === each.test_name)!.count, { count: each.total_count })
            )}
          </p>
        ))}
      </div>
      {people && people.sample_results.length > 0 && (
        <Table label={t('setUp.samples')} columns={['setUp.entry']}>
          {people.sample_results.map((each) => (
            <tr key={each.dn}>
              <td>
                <code>{each.dn}</code>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Failure text={look.failure} />
      <StepEnd
        setUp={setUp}
        isReady={!!people && people.error === '' && people.total_count > 0}
        hint={t('setUp.lookFirst')}
      />
    </>
  );
}

const attributes: { name: string; label: Key }[] = [
  { name: 'IdAttribute', label: 'setUp.field.id' },
  { name: 'LoginIdAttribute', label: 'setUp.field.login' },
  { name: 'UsernameAttribute', label: 'setUp.field.username' },
  { name: 'EmailAttribute', label: 'setUp.field.email' },
  { name: 'FirstNameAttribute', label: 'setUp.field.first' },
  { name: 'LastNameAttribute', label: 'setUp.field.last' },
  { name: 'NicknameAttribute', label: 'setUp.field.nickname' },
  { name: 'PositionAttribute', label: 'setUp.field.position' },
  { name: 'PictureAttribute', label: 'setUp.field.picture' },
];
const open_ldap: Values = {
  IdAttribute: 'entryUUID',
  LoginIdAttribute: 'uid',
  UsernameAttribute: 'uid',
  EmailAttribute: 'mail',
  FirstNameAttribute: 'givenName',
  LastNameAttribute: 'sn',
  PictureAttribute: 'jpegPhoto',
};
const active_directory: Values = {
  ...open_ldap,
  IdAttribute: 'objectGUID',
  LoginIdAttribute: 'sAMAccountName',
  UsernameAttribute: 'sAMAccountName',
  PictureAttribute: 'thumbnailPhoto',
};
/** The people that were seen, once each, with all that the bind account sees of them. */
export function peopleIn(found: api.Finding[]): api.Sample[] {
  const by = new Map<string, api.Sample>();
  for (const each of found.flatMap((one) => one.sample_results))
    if (each.available_attributes && !by.has(each.dn)) by.set(each.dn, each);
  return [...by.values()].slice(0, 5);
}

/** Names of attributes count in any spelling. */
export const valueOf = (person: api.Sample | undefined, attribute: string) =>
  person?.available_attributes?.[attribute.toLowerCase()] ?? '';

function Attributes({ setUp }: { setUp: SetUp }) {
  const { t } = useWords();
  const look = useQuestion<api.Finding[]>();
  const [chosen, setChosen] = useState(0);
  const ask = () => look.ask(() => api.tryAttributes(proposed(setUp)));
  useEffect(ask, []);
  const people = peopleIn(look.answer ?? []);
  const person = people[chosen];
  const known = Object.keys(person?.available_attributes ?? {}).sort();
  const countOf = (name: string) => {
    const found = look.answer?.find(
      (each) => each.test_name === name && each.test_value === setUp.text(name),
    );
    return found && t('setUp.have', { count: found.entries_with_value, all: found.total_count });
  };
  const missing = needed.filter((name) => setUp.text(name) === '');
  return (
    <>
      <p>{t('setUp.attributesHint')}</p>
      <div className="buttons start">
        <button className="ghost" onClick={() => setUp.set(open_ldap)}>
          {t('setUp.asOpenLdap')}
        </button>
        <button className="ghost" onClick={() => setUp.set(active_directory)}>
          {t('setUp.asActiveDirectory')}
        </button>
      </div>
      {people.length > 0 && (
        <label className="entry">
          {t('setUp.person')}
          <select className="field" value={chosen} onChange={(e) => setChosen(Number(e.target.value))}>
            {people.map((each, place) => (
              <option key={each.dn} value={place}>
                {each.dn}
              </option>
            ))}
          </select>
        </label>
      )}
      <div className="mapping">
        {attributes.map(({ name, label }) => (
          <div key={name}>
            <Entry setUp={setUp} name={name} label={label} list={known} />
            <p>
              <b>{valueOf(person, setUp.text(name)) || '–'}</b>
              <small>{countOf(name)}</small>
            </p>
          </div>
        ))}
      </div>
      <div className="buttons start">
        <button className="ghost" disabled={look.isBusy} onClick={ask}>
          {t('setUp.countAgain')}
        </button>
      </div>
      <div role="status">{look.isBusy && t('setUp.asking')}</div>
      <Failure text={look.failure} />
      <StepEnd
        setUp={setUp}
        isReady={missing.length === 0}
        hint={t('signOn.missing', { names: missing.join(', ') })}
      />
    </>
  );
}

function DryRun({ setUp }: { setUp: SetUp }) {
  const { t } = useWords();
  const run = useQuestion<Plan>();
  return (
    <>
      <p>{t('setUp.dryRunHint')}</p>
      <div className="buttons start">
        <button
          className="ghost"
          disabled={run.isBusy}
          onClick={() => run.ask(() => api.previewSync(proposed(setUp)))}
        >
          {t('plan.look')}
        </button>
      </div>
      <div aria-busy={run.isBusy}>{run.isBusy && t('setUp.asking')}</div>
      {run.answer && <PlanShown plan={run.answer} />}
      {run.answer?.accounts === 0 && <p>{t('setUp.noAccounts')}</p>}
      <Failure text={run.failure} />
      <StepEnd setUp={setUp} isReady={!!run.answer} hint={t('setUp.dryRunFirst')} />
    </>
  );
}

function Try({ setUp, rights }: { setUp: SetUp; rights: Rights }) {
  const { t } = useWords();
  useEffect(() => {
    // What all of this is for, unless somebody takes it out again.
    if (setUp.values.Enable === undefined) setUp.set({ Enable: true });
  }, []);
  return (
    <TryOut
      setUp={setUp}
      service="ldap"
      lacks={wantsPassword(setUp) ? t('setUp.passwordLacks') : ''}
      mayRead={anyRole(rights, 'read_audits')}
      extra={
        <>
          <Entry setUp={setUp} name="Enable" label="setUp.letIn" />
          <Entry setUp={setUp} name="EnableSync" label="setUp.follow" hint={t('setUp.followHint')} />
        </>
      }
    />
  );
}

export function SetUpDirectory({ rights }: { rights: Rights }) {
  const { t } = useWords();
  const [setUp, failure] = useSetUp(section, [secret]);
  if (!setUp) return failure ? <Failure text={failure} /> : <p aria-busy="true">{t('app.loading')}</p>;
  // Without the password nothing beyond it can be asked.
  const furthest = wantsPassword(setUp) && setUp.step < names.length - 1 ? 1 : names.length - 1;
  const at = Math.min(setUp.step, furthest);
  const steps = [Server, Account, Who, Attributes, DryRun];
  const Step = steps[at];
  return (
    <>
      <p>{t('setUp.hint')}</p>
      {failure && <Failure text={failure} />}
      <StepPage names={names} setUp={setUp} at={at}>
        {Step ? <Step key={at} setUp={{ ...setUp, step: at }} /> : <Try setUp={setUp} rights={rights} />}
      </StepPage>
    </>
  );
}
