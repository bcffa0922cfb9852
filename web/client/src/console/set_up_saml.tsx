// A SAML provider, step by step: what it has to know of us, what it says of itself, what its attributes are called,
// and a trial.
import { useEffect, useState } from 'react';
import * as api from '../api/set_up';
import { saveBlob } from '../api/request';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { anyRole, type Rights } from './console';
import { daysLeft } from './draft';
import { Copied, Entry, StepEnd, StepPage, TryOut, useQuestion, useSetUp, type SetUp } from './set_up';
import { Failure, Table, useAsked } from './table';

const names: Key[] = ['setUp.ours', 'setUp.theirs', 'setUp.attributes', 'setUp.try'];

function Ours({ setUp }: { setUp: SetUp }) {
  const { t } = useWords();
  const [ours, failure] = useAsked(api.ours, 60_000);
  const hasAddress = !!ours?.consumer_url.startsWith('http');
  return (
    <>
      <p>{t('setUp.oursHint')}</p>
      {failure && <Failure text={failure} />}
      {!ours && !failure && <p aria-busy="true">{t('app.loading')}</p>}
      {ours && !hasAddress && <Failure text={t('setUp.noSite')} />}
      {ours && hasAddress && (
        <>
          <dl className="facts">
            <Copied label="setUp.entityId" value={ours.entity_id} />
            <Copied label="setUp.consumer" value={ours.consumer_url} />
            {ours.sign_out_url && <Copied label="setUp.signOut" value={ours.sign_out_url} />}
          </dl>
          <ul className="plain">
            <li>{t(ours.signs_requests ? 'setUp.signed' : 'setUp.notSigned')}</li>
            <li>{t(ours.takes_encrypted ? 'setUp.encrypted' : 'setUp.notEncrypted')}</li>
          </ul>
          <div className="buttons start">
            <button
              className="ghost"
              onClick={() =>
                saveBlob(
                  'saml-metadata.xml',
                  new Blob([ours.metadata], { type: 'application/samlmetadata+xml' }),
                )
              }
            >
              {t('setUp.saveMetadata')}
            </button>
          </div>
        </>
      )}
      <StepEnd setUp={setUp} isReady={hasAddress} />
    </>
  );
}

function Seen({ seen }: { seen: api.ProviderSeen }) {
  const { t, date } = useWords();
  const now = Date.now();
  const stateOf = (each: api.ProviderSeen['certificates'][0]): [string, string] => {
    if (!each.is_strong) return ['error', t('setUp.weak')];
    const days = daysLeft(each.not_after, now);
    if (days < 0) return ['warning', t('signOn.ended')];
    return [days < 30 ? 'warning' : 'success', t('setUp.daysLeft', { count: days })];
  };
  return (
    <section aria-label={t('setUp.seen')} className="answer">
      <dl className="facts">
        <dt>{t('setUp.issuer')}</dt>
        <dd>
          <code>{seen.idp_descriptor_url}</code>
        </dd>
        <dt>{t('setUp.signInAt')}</dt>
        <dd>
          <code>{seen.idp_url}</code>
        </dd>
        <dt>{t('setUp.signOutAt')}</dt>
        <dd>{seen.idp_logout_url ? <code>{seen.idp_logout_url}</code> : t('setUp.notSaid')}</dd>
        {seen.valid_until > 0 && (
          <>
            <dt>{t('setUp.validUntil')}</dt>
            <dd>{date(seen.valid_until)}</dd>
          </>
        )}
      </dl>
      <Table
        label={t('setUp.certificates')}
        columns={['setUp.certificate', 'setUp.validUntil', 'export.state']}
      >
        {seen.certificates.map((each, place) => {
          const [tone, words] = stateOf(each);
          return (
            <tr key={place}>
              <td>{each.subject || t('setUp.unreadable')}</td>
              <td className="number">{each.not_after ? date(each.not_after) : '–'}</td>
              <td>
                <span className={`state ${tone}`}>{words}</span>
              </td>
            </tr>
          );
        })}
      </Table>
    </section>
  );
}

function Theirs({ setUp }: { setUp: SetUp }) {
  const { t } = useWords();
  const look = useQuestion<api.ProviderSeen>();
  const kept = (name: string) => setUp.settings.find((each) => each.name === name)?.value;
  const file = String(kept('IdpMetadataFile') ?? '');
  const certificate = String(kept('IdpCertificateFile') ?? '');
  const [byFile, setByFile] = useState(file !== '');
  const isUsable = !!look.answer?.certificates.some((each) => each.is_strong);
  const byAddress = setUp.text('IdpMetadataURL').trim() !== '';
  // Otherwise the address would not count: these describe the provider before it does.
  const takeAddress = () => setUp.set({ IdpURL: '', IdpDescriptorURL: '' });
  const choose = (file: boolean) => {
    setByFile(file);
    look.forget();
  };
  return (
    <>
      <p>{t('setUp.theirsHint')}</p>
      <fieldset className="entry">
        <legend>{t('setUp.from')}</legend>
        <label className="choice">
          <input type="radio" name="from" checked={!byFile} onChange={() => choose(false)} />
          {t('setUp.byAddress')}
        </label>
        <label className="choice">
          <input type="radio" name="from" checked={byFile} onChange={() => choose(true)} />
          {t('setUp.byFile')}
        </label>
      </fieldset>
      {byFile ? (
        <>
          <label className="entry">
            {t('setUp.metadataFile')}
            <input
              type="file"
              className="field"
              accept=".xml,application/xml,text/xml,application/samlmetadata+xml"
              onChange={(event) => {
                const chosen = event.target.files?.[0];
                if (chosen) look.ask(async () => api.lookAtFile(await chosen.text()));
              }}
            />
          </label>
          <p>{t('setUp.fileHint')}</p>
          <p>
            <code>SamlSettings.IdpMetadataFile</code> <b>{file || t('setting.empty')}</b>
          </p>
        </>
      ) : (
        <>
          <Entry
            setUp={setUp}
            name="IdpMetadataURL"
            label="setUp.metadataAddress"
            hint={t('setUp.metadataAddressHint')}
            after={look.forget}
          />
          {(file || certificate) && <Failure text={t('setUp.fileFirst')} />}
          <div className="buttons start">
            <button
              className="ghost"
              disabled={look.isBusy || !byAddress}
              onClick={() => {
                takeAddress();
                look.ask(() => api.lookAtAddress(setUp.text('IdpMetadataURL')));
              }}
            >
              {t('setUp.look')}
            </button>
          </div>
        </>
      )}
      <div role="status">{look.isBusy && t('setUp.asking')}</div>
      {look.answer && <Seen seen={look.answer} />}
      {look.answer && !isUsable && <Failure text={t('setUp.noCertificate')} />}
      <Failure text={look.failure} />
      <StepEnd
        setUp={setUp}
        isReady={byFile ? file !== '' && (!look.answer || isUsable) : isUsable && !file && !certificate}
        hint={t(byFile ? 'setUp.fileAtMachine' : 'setUp.lookFirst')}
      />
    </>
  );
}

const attributes: { name: string; label: Key; isNeeded?: boolean }[] = [
  { name: 'EmailAttribute', label: 'setUp.field.email', isNeeded: true },
  { name: 'UsernameAttribute', label: 'setUp.field.username', isNeeded: true },
  { name: 'FirstNameAttribute', label: 'setUp.field.first' },
  { name: 'LastNameAttribute', label: 'setUp.field.last' },
  { name: 'NicknameAttribute', label: 'setUp.field.nickname' },
  { name: 'PositionAttribute', label: 'setUp.field.position' },
  { name: 'LocaleAttribute', label: 'setUp.field.locale' },
];
const claims = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
const usual: Record<string, api.Values> = {
  Keycloak: {
    EmailAttribute: 'email',
    UsernameAttribute: 'username',
    FirstNameAttribute: 'firstName',
    LastNameAttribute: 'lastName',
    IdAttribute: '',
  },
  'Microsoft Entra ID': {
    EmailAttribute: `${claims}/emailaddress`,
    UsernameAttribute: `${claims}/name`,
    FirstNameAttribute: `${claims}/givenname`,
    LastNameAttribute: `${claims}/surname`,
    IdAttribute: 'http://schemas.microsoft.com/identity/claims/objectidentifier',
  },
  SimpleSAMLphp: {
    EmailAttribute: 'mail',
    UsernameAttribute: 'uid',
    FirstNameAttribute: 'givenName',
    LastNameAttribute: 'sn',
    IdAttribute: '',
  },
};

function Attributes({ setUp }: { setUp: SetUp }) {
  const { t } = useWords();
  const missing = attributes.filter((each) => each.isNeeded && setUp.text(each.name) === '');
  return (
    <>
      <p>{t('setUp.samlAttributesHint')}</p>
      <div className="buttons start">
        {Object.entries(usual).map(([name, values]) => (
          <button key={name} className="ghost" onClick={() => setUp.set(values)}>
            {t('setUp.asOf', { name })}
          </button>
        ))}
      </div>
      <Entry setUp={setUp} name="IdAttribute" label="setUp.field.id" hint={t('setUp.nameId')} />
      {attributes.map(({ name, label }) => (
        <Entry key={name} setUp={setUp} name={name} label={label} />
      ))}
      <Entry setUp={setUp} name="LoginButtonText" label="setUp.button" />
      <StepEnd
        setUp={setUp}
        isReady={missing.length === 0}
        hint={t('signOn.missing', { names: missing.map((each) => each.name).join(', ') })}
      />
    </>
  );
}

function Try({ setUp, rights }: { setUp: SetUp; rights: Rights }) {
  useEffect(() => {
    if (setUp.values.Enable === undefined) setUp.set({ Enable: true });
  }, []);
  return (
    <TryOut
      setUp={setUp}
      service="saml"
      address="login/sso/saml"
      lacks=""
      mayRead={anyRole(rights, 'read_audits')}
      extra={<Entry setUp={setUp} name="Enable" label="setUp.letIn" />}
    />
  );
}

export function SetUpSaml({ rights }: { rights: Rights }) {
  const { t } = useWords();
  const [setUp, failure] = useSetUp('SamlSettings', []);
  if (!setUp) return failure ? <Failure text={failure} /> : <p aria-busy="true">{t('app.loading')}</p>;
  const at = Math.min(setUp.step, names.length - 1);
  const Step = [Ours, Theirs, Attributes][at];
  return (
    <>
      <p>{t('setUp.hint')}</p>
      {failure && <Failure text={failure} />}
      <StepPage names={names} setUp={setUp} at={at}>
        {Step ? <Step key={at} setUp={setUp} /> : <Try setUp={setUp} rights={rights} />}
      </StepPage>
    </>
  );
}
