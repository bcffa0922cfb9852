// A provider that speaks OpenID Connect, step by step: where it sends people back to, where it describes itself, by
// what it knows us, and a trial.
import { useEffect } from 'react';
import * as api from '../api/set_up';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { anyRole, type Rights } from './console';
import { needsSecret } from './draft';
import { Copied, Entry, StepEnd, StepPage, TryOut, useQuestion, useSetUp, type SetUp } from './set_up';
import { Failure } from './table';

export type Service = 'openid' | 'gitlab' | 'google' | 'office365';
const sections: Record<Service, string> = {
  openid: 'OpenIdSettings',
  gitlab: 'GitLabSettings',
  google: 'GoogleSettings',
  office365: 'Office365Settings',
};
const usual: Record<Service, string> = {
  openid: 'https://id.example.org/realms/office/.well-known/openid-configuration',
  gitlab: 'https://gitlab.example.org/.well-known/openid-configuration',
  google: 'https://accounts.google.com/.well-known/openid-configuration',
  office365: 'https://login.microsoftonline.com/TENANT-ID/v2.0/.well-known/openid-configuration',
};
const names: Key[] = ['setUp.ours', 'setUp.theirs', 'setUp.client', 'setUp.try'];
const secret = 'Secret';
const bound = ['Id', 'DiscoveryEndpoint'];

interface Part {
  setUp: SetUp;
  service: Service;
}

function Ours({ setUp, service }: Part) {
  const { t } = useWords();
  const { site } = setUp;
  return (
    <>
      <p>{t('setUp.openIdOursHint')}</p>
      {site ? (
        <dl className="facts">
          <Copied label="setUp.callback" value={`${site}/signup/${service}/complete`} />
          <Copied label="setUp.scopes" value={setUp.text('Scope') || 'openid profile email'} />
        </dl>
      ) : (
        <Failure text={t('setUp.noSite')} />
      )}
      <StepEnd setUp={setUp} isReady={site !== ''} />
    </>
  );
}

function Theirs({ setUp, service }: Part) {
  const { t } = useWords();
  const look = useQuestion<api.OpenIdSeen>();
  const seen = look.answer;
  return (
    <>
      <p>{t('setUp.openIdTheirsHint')}</p>
      <Entry
        setUp={setUp}
        name="DiscoveryEndpoint"
        label="setUp.discovery"
        hint={t('setUp.example', { text: usual[service] })}
        after={look.forget}
      />
      <div className="buttons start">
        <button
          className="ghost"
          disabled={look.isBusy || setUp.text('DiscoveryEndpoint') === ''}
          onClick={() => look.ask(() => api.lookAtOpenId(service, setUp.text('DiscoveryEndpoint')))}
        >
          {t('setUp.look')}
        </button>
      </div>
      <div role="status">{look.isBusy && t('setUp.asking')}</div>
      {seen && (
        <section aria-label={t('setUp.seen')} className="answer">
          <dl className="facts">
            <dt>{t('setUp.issuer')}</dt>
            <dd>
              <code>{seen.description.issuer}</code>
            </dd>
            <dt>{t('setUp.signInAt')}</dt>
            <dd>
              <code>{seen.description.authorization_endpoint}</code>
            </dd>
            <dt>{t('setUp.tokensAt')}</dt>
            <dd>
              <code>{seen.description.token_endpoint}</code>
            </dd>
            <dt>{t('setUp.keys')}</dt>
            <dd>
              <span className={`state ${seen.keys > 0 ? 'success' : 'error'}`}>
                {t('setUp.usableKeys', { count: seen.keys })}
              </span>
            </dd>
          </dl>
        </section>
      )}
      <Failure text={look.failure} />
      <StepEnd setUp={setUp} isReady={!!seen && seen.keys > 0} hint={t('setUp.lookFirst')} />
    </>
  );
}

const wantsSecret = (setUp: SetUp) => needsSecret(setUp.settings, setUp.values, secret, bound);

function Client({ setUp }: Part) {
  const { t } = useWords();
  const needs = wantsSecret(setUp);
  return (
    <>
      <p>{t('setUp.clientHint')}</p>
      <Entry setUp={setUp} name="Id" label="setUp.clientId" />
      <Entry
        setUp={setUp}
        name={secret}
        label="setUp.clientSecret"
        hint={needs ? t('setUp.secretAgain') : setUp.text(secret) === '' && t('setUp.secretKept')}
      />
      <Entry
        setUp={setUp}
        name="UsePreferredUsername"
        label="setUp.preferred"
        hint={t('setUp.preferredHint')}
      />
      <Entry setUp={setUp} name="ButtonText" label="setUp.button" />
      <StepEnd setUp={setUp} isReady={setUp.text('Id') !== '' && !needs} hint={t('setUp.clientLacks')} />
    </>
  );
}

function Try({ setUp, service, rights }: Part & { rights: Rights }) {
  const { t } = useWords();
  useEffect(() => {
    if (setUp.values.Enable === undefined) setUp.set({ Enable: true });
  }, []);
  return (
    <TryOut
      setUp={setUp}
      service={service}
      address={`oauth/${service}/login`}
      lacks={wantsSecret(setUp) ? t('setUp.secretLacks') : ''}
      mayRead={anyRole(rights, 'read_audits')}
      extra={<Entry setUp={setUp} name="Enable" label="setUp.letIn" />}
    />
  );
}

function SetUpOpenId({ service, rights }: { service: Service; rights: Rights }) {
  const { t } = useWords();
  const [setUp, failure] = useSetUp(sections[service], [secret]);
  if (!setUp) return failure ? <Failure text={failure} /> : <p aria-busy="true">{t('app.loading')}</p>;
  const at = Math.min(setUp.step, names.length - 1);
  const Step = [Ours, Theirs, Client][at];
  return (
    <>
      <p>{t('setUp.hint')}</p>
      {failure && <Failure text={failure} />}
      <StepPage names={names} setUp={setUp} at={at}>
        {Step ? (
          <Step key={at} setUp={setUp} service={service} />
        ) : (
          <Try setUp={setUp} service={service} rights={rights} />
        )}
      </StepPage>
    </>
  );
}

/** The page of one of them. */
export const setUpOf = (service: Service) => {
  const Page = ({ rights }: { rights: Rights }) => <SetUpOpenId service={service} rights={rights} />;
  return Page;
};
