// Directories and providers: what is switched on, whether it answers, and its settings.
import { useState, type ReactNode } from 'react';
import { ApiError } from '../api/errors';
import { testDirectory } from '../api/groups';
import { root } from '../api/request';
import * as api from '../api/settings';
import { report } from '../chat/report';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { anyRole, type Rights } from './console';
import { SettingRows } from './setting_rows';
import { Failure, useAsked } from './table';

interface Way {
  section: string;
  title: Key;
  /** The page that sets it up step by step, and what it takes. */
  page: string;
  right: string;
  /** Where a sign-in by it begins. */
  address?: string;
  /** What has to be filled in before it can be switched on. */
  needed: string[];
}
const ways: Way[] = [
  {
    section: 'LdapSettings',
    title: 'signOn.directory',
    page: 'directory',
    right: 'sysconsole_write_authentication_ldap',
    needed: [
      'LdapServer',
      'BaseDN',
      'IdAttribute',
      'LoginIdAttribute',
      'UsernameAttribute',
      'EmailAttribute',
    ],
  },
  {
    section: 'SamlSettings',
    title: 'signOn.saml',
    page: 'saml',
    right: 'sysconsole_write_authentication_saml',
    address: 'login/sso/saml',
    needed: ['IdAttribute', 'UsernameAttribute', 'EmailAttribute'],
  },
  {
    section: 'OpenIdSettings',
    title: 'signOn.openId',
    page: 'openid',
    right: 'sysconsole_write_authentication_openid',
    address: 'oauth/openid/login',
    needed: ['Id', 'Secret', 'DiscoveryEndpoint'],
  },
  {
    section: 'GitLabSettings',
    title: 'signOn.gitLab',
    page: 'gitlab',
    right: 'sysconsole_write_authentication_openid',
    address: 'oauth/gitlab/login',
    needed: ['Id', 'Secret'],
  },
  {
    section: 'GoogleSettings',
    title: 'signOn.google',
    page: 'google',
    right: 'sysconsole_write_authentication_openid',
    address: 'oauth/google/login',
    needed: ['Id', 'Secret'],
  },
  {
    section: 'Office365Settings',
    title: 'signOn.office365',
    page: 'office365',
    right: 'sysconsole_write_authentication_openid',
    address: 'oauth/office365/login',
    needed: ['Id', 'Secret'],
  },
];

function DirectoryTest() {
  const { t } = useWords();
  const [result, setResult] = useState<ReactNode>();
  const [isBusy, setBusy] = useState(false);
  const test = async () => {
    try {
      await testDirectory();
    } catch (error) {
      // A sentence for each server and setting, which names what to change.
      if (!(error instanceof ApiError) || error.id !== 'ent.ldap.connect.app_error') throw error;
      return setResult(
        <p role="alert" className="error">
          {error.message}
        </p>,
      );
    }
    setResult(
      <p role="status">
        <span className="state success">{t('signOn.answers')}</span>
      </p>,
    );
  };
  const run = () => {
    setBusy(true);
    setResult(undefined);
    report(test().finally(() => setBusy(false)));
  };
  return (
    <>
      <button className="ghost" disabled={isBusy} onClick={run}>
        {t('signOn.test')}
      </button>
      {result}
    </>
  );
}

const day = 86_400_000;

/** Until when certificates count; those that end within 30 days stand out. */
function Certificates() {
  const { t, date } = useWords();
  const [status, failure] = useAsked(api.certificates, 60_000);
  if (failure) return <Failure text={failure} />;
  return (
    <>
      {status?.problems.map((problem) => (
        <p role="alert" className="error" key={problem}>
          {problem}
        </p>
      ))}
      <ul>
        {status?.certificates.map((each) => (
          <li key={each.provider + each.subject + String(each.not_after)}>
            {each.provider && `${each.provider}: `}
            {t(each.is_ours ? 'signOn.ourCertificate' : 'signOn.certificate', { subject: each.subject })}{' '}
            <time dateTime={new Date(each.not_after).toISOString()}>{date(each.not_after)}</time>{' '}
            {each.not_after - Date.now() < 30 * day && (
              <span className="state warning">
                {t(each.not_after < Date.now() ? 'signOn.ended' : 'signOn.endsSoon')}
              </span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function WaySection({
  way,
  settings,
  mayWrite,
  changed,
}: {
  way: Way;
  settings: api.Setting[];
  mayWrite: boolean;
  changed(): void;
}) {
  const { t } = useWords();
  const valueOf = (name: string) => settings.find((each) => each.name === name)?.value;
  const isOn = valueOf('Enable') === true;
  const missing = way.needed.filter((name) => valueOf(name) === '');
  return (
    <section className="part" aria-label={t(way.title)}>
      <h2>{t(way.title)}</h2>
      <p>
        <span className={`state ${isOn ? 'success' : ''}`}>{t(isOn ? 'signOn.on' : 'signOn.off')}</span>{' '}
        {!isOn && missing.length > 0 && t('signOn.missing', { names: missing.join(', ') })}
      </p>
      {mayWrite && (
        <p>
          <a
            className={isOn ? 'ghost' : 'primary'}
            href={`${root}console/sign-on/${way.page}`}
            aria-label={t('setUp.openOf', { name: t(way.title) })}
          >
            {t('setUp.open')}
          </a>
        </p>
      )}
      {isOn && way.section === 'LdapSettings' && <DirectoryTest />}
      {isOn && way.section === 'SamlSettings' && <Certificates />}
      {isOn && way.address && (
        <p>
          <a href={root + way.address} target="_blank" rel="noopener">
            {t('signOn.try')}
          </a>{' '}
          <small>{t('signOn.tryHint')}</small>
        </p>
      )}
      <details>
        <summary>{t('signOn.settings', { count: settings.length })}</summary>
        <SettingRows settings={settings} changed={changed} />
      </details>
    </section>
  );
}

export function SignOn({ rights }: { rights: Rights }) {
  const { t } = useWords();
  const [all, failure, load] = useAsked(api.settings, 30_000);
  return (
    <>
      <p>{t('signOn.hint')}</p>
      {failure && <Failure text={failure} />}
      {!all && !failure && <p aria-busy="true">{t('app.loading')}</p>}
      {all &&
        ways.map((way) => {
          const settings = all.filter((each) => each.section === way.section);
          // What the person's roles do not open is not there.
          return settings.length > 0 ? (
            <WaySection
              key={way.section}
              way={way}
              settings={settings}
              mayWrite={anyRole(rights, way.right)}
              changed={load}
            />
          ) : null;
        })}
    </>
  );
}
