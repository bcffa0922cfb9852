// The console: what people who run, secure or audit the node do. Pages that the person's roles do not open are not
// listed; an address that leads to one says so.
import './console.css';
import { Fragment, lazy, Suspense, useEffect, useState, type ComponentType } from 'react';
import * as api from '../api/console';
import { root } from '../api/request';
import { setSayer } from '../chat/report';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { sayError } from '../i18n/errors';
import { signOut } from '../store/session';
import { useStore } from '../store/state';
import { fullName } from '../store/unread';
import type { Service } from './set_up_openid';
import { TrialBand } from './trial';
import { LanguageChoice } from '../ui/language';

/** By role, what it allows. */
export type Rights = Record<string, string[]>;

type Job =
  'console.peopleAndSignIn' | 'console.otherOrganisations' | 'console.evidence' | 'console.appliance';
interface Page {
  path: string;
  title: Key;
  /** Which of the jobs it is part of; the first page is of none. */
  job?: Job;
  /** The page that leads to it; the list at the side has that one only. */
  under?: string;
  isOpen(rights: Rights): boolean;
  Shown: ComponentType<{ rights: Rights }>;
}

export const anyRole = (rights: Rights, permission: string) =>
  Object.values(rights).some((each) => each.includes(permission));
/** Rights over exports do not come with administration. */
export const exportRight = (rights: Rights, permission: string) =>
  Object.entries(rights).some(([role, each]) => role !== 'system_admin' && each.includes(permission));

const readsServer = (rights: Rights) => anyRole(rights, 'sysconsole_read_environment_web_server');

const readsSettings = (rights: Rights) =>
  readsServer(rights) || anyRole(rights, 'sysconsole_read_authentication_ldap');

const openIds: Service[] = ['openid', 'gitlab', 'google', 'office365'];
const openIdTitles: Record<Service, Key> = {
  openid: 'signOn.openId',
  gitlab: 'signOn.gitLab',
  google: 'signOn.google',
  office365: 'signOn.office365',
};
const waysToSetUp: Page[] = [
  {
    path: 'sign-on/directory',
    title: 'signOn.directory',
    under: 'sign-on',
    isOpen: (rights) =>
      anyRole(rights, 'sysconsole_write_authentication_ldap') && anyRole(rights, 'test_ldap'),
    Shown: lazy(() => import('./set_up_directory').then((room) => ({ default: room.SetUpDirectory }))),
  },
  {
    path: 'sign-on/saml',
    title: 'signOn.saml',
    under: 'sign-on',
    isOpen: (rights) => anyRole(rights, 'sysconsole_write_authentication_saml'),
    Shown: lazy(() => import('./set_up_saml').then((room) => ({ default: room.SetUpSaml }))),
  },
  ...openIds.map((service) => ({
    path: `sign-on/${service}`,
    title: openIdTitles[service],
    under: 'sign-on',
    isOpen: (rights: Rights) => anyRole(rights, 'sysconsole_write_authentication_openid'),
    Shown: lazy(() => import('./set_up_openid').then((room) => ({ default: room.setUpOf(service) }))),
  })),
];

const pages: Page[] = [
  {
    path: 'overview',
    title: 'console.overview',
    isOpen: (rights) =>
      readsServer(rights) ||
      anyRole(rights, 'read_audits') ||
      anyRole(rights, 'manage_secure_connections') ||
      exportRight(rights, 'read_compliance_export_job'),
    Shown: lazy(() => import('./overview').then((room) => ({ default: room.Overview }))),
  },
  {
    path: 'people',
    title: 'console.people',
    job: 'console.peopleAndSignIn',
    isOpen: (rights) => anyRole(rights, 'sysconsole_read_user_management_users'),
    Shown: lazy(() => import('./people').then((room) => ({ default: room.People }))),
  },
  {
    path: 'roles',
    title: 'console.roles',
    job: 'console.peopleAndSignIn',
    isOpen: (rights) => anyRole(rights, 'sysconsole_read_user_management_permissions'),
    Shown: lazy(() => import('./roles').then((room) => ({ default: room.Roles }))),
  },
  {
    path: 'groups',
    title: 'console.groups',
    job: 'console.peopleAndSignIn',
    isOpen: (rights) => anyRole(rights, 'sysconsole_read_user_management_groups'),
    Shown: lazy(() => import('./groups').then((room) => ({ default: room.Groups }))),
  },
  {
    path: 'sign-on',
    title: 'console.signOn',
    job: 'console.peopleAndSignIn',
    isOpen: (rights) =>
      anyRole(rights, 'sysconsole_read_authentication_ldap') ||
      anyRole(rights, 'sysconsole_read_authentication_saml') ||
      anyRole(rights, 'sysconsole_read_authentication_openid'),
    Shown: lazy(() => import('./sign_on').then((room) => ({ default: room.SignOn }))),
  },
  ...waysToSetUp,
  {
    path: 'second-factors',
    title: 'console.secondFactors',
    job: 'console.peopleAndSignIn',
    isOpen: (rights) => anyRole(rights, 'manage_system'),
    Shown: lazy(() => import('./second_factors').then((room) => ({ default: room.SecondFactors }))),
  },
  {
    path: 'sign-ins',
    title: 'console.signIns',
    job: 'console.peopleAndSignIn',
    isOpen: (rights) => anyRole(rights, 'read_audits'),
    Shown: lazy(() => import('./sign_ins').then((room) => ({ default: room.SignIns }))),
  },
  {
    path: 'partners',
    title: 'console.partners',
    job: 'console.otherOrganisations',
    isOpen: (rights) => anyRole(rights, 'manage_secure_connections'),
    Shown: lazy(() => import('./partners').then((room) => ({ default: room.Partners }))),
  },
  {
    path: 'exports',
    title: 'console.exports',
    job: 'console.evidence',
    isOpen: (rights) => exportRight(rights, 'read_compliance_export_job') || 'export_approver' in rights,
    Shown: lazy(() => import('./exports').then((room) => ({ default: room.Exports }))),
  },
  {
    path: 'reports',
    title: 'console.reports',
    job: 'console.evidence',
    isOpen: (rights) => exportRight(rights, 'read_compliance_export_job'),
    Shown: lazy(() => import('./reports').then((room) => ({ default: room.Reports }))),
  },
  {
    path: 'holds',
    title: 'console.holds',
    job: 'console.evidence',
    isOpen: (rights) => 'legal' in rights,
    Shown: lazy(() => import('./holds').then((room) => ({ default: room.Holds }))),
  },
  {
    path: 'content',
    title: 'console.content',
    job: 'console.evidence',
    isOpen: (rights) => 'content_officer' in rights,
    Shown: lazy(() => import('./content').then((room) => ({ default: room.Content }))),
  },
  {
    path: 'audit',
    title: 'console.audit',
    job: 'console.evidence',
    isOpen: (rights) => anyRole(rights, 'read_audits'),
    Shown: lazy(() => import('./audit').then((room) => ({ default: room.Audit }))),
  },
  {
    path: 'retention',
    title: 'console.retention',
    job: 'console.evidence',
    isOpen: (rights) => anyRole(rights, 'sysconsole_read_compliance_data_retention_policy'),
    Shown: lazy(() => import('./retention').then((room) => ({ default: room.Retention }))),
  },
  {
    path: 'settings',
    title: 'console.settings',
    job: 'console.appliance',
    isOpen: readsServer,
    Shown: lazy(() => import('./settings').then((room) => ({ default: room.Settings }))),
  },
  {
    path: 'certificates',
    title: 'console.certificates',
    job: 'console.appliance',
    isOpen: readsServer,
    Shown: lazy(() => import('./appliance').then((room) => ({ default: room.Certificates }))),
  },
  {
    path: 'keys',
    title: 'console.keys',
    job: 'console.appliance',
    isOpen: readsServer,
    Shown: lazy(() => import('./appliance').then((room) => ({ default: room.Keys }))),
  },
  {
    path: 'backup',
    title: 'console.backup',
    job: 'console.appliance',
    isOpen: readsServer,
    Shown: lazy(() => import('./appliance').then((room) => ({ default: room.Backup }))),
  },
  {
    path: 'log',
    title: 'console.log',
    job: 'console.appliance',
    isOpen: (rights) => anyRole(rights, 'get_logs'),
    Shown: lazy(() => import('./log').then((room) => ({ default: room.Log }))),
  },
];

const here = () => location.pathname.slice(`${root}console`.length).replace(/^\/|\/$/g, '');

export function Console() {
  const words = useWords();
  const { t } = words;
  const me = useStore((s) => s.me);
  const site = useStore((s) => s.siteName);
  const notice = useStore((s) => s.notice);
  const [rights, setRights] = useState<Rights>();
  const [failure, setFailure] = useState('');
  const [path, setPath] = useState(here);
  const [isListed, setListed] = useState(false); // the pages, where they take the room of the page
  useEffect(() => setSayer((error) => sayError(words, error)), [words]);
  useEffect(() => {
    api.rolesOf(me?.roles.split(' ') ?? []).then(
      (roles) => setRights(Object.fromEntries(roles.map((each) => [each.name, each.permissions]))),
      (error: unknown) => setFailure(sayError(words, error)),
    );
  }, [me?.roles]);
  useEffect(() => {
    const back = () => setPath(here());
    addEventListener('popstate', back);
    return () => removeEventListener('popstate', back);
  }, []);
  const open = rights ? pages.filter((page) => page.isOpen(rights)) : [];
  const shown = path ? pages.find((page) => page.path === path) : open[0];
  const isAllowed = shown && open.includes(shown);
  const listed = open.filter((page) => !page.under);
  useEffect(() => {
    document.title = `${shown ? t(shown.title) : t('console.title')} · ${site}`;
  }, [shown, site, t]);
  const go = (to: string) => {
    history.pushState(null, '', `${root}console/${to}`);
    setPath(to);
    setListed(false);
  };
  return (
    <div className="console">
      <nav aria-label={t('console.title')} className={isListed ? 'listed' : undefined}>
        <p className="site">
          <b>{site}</b>
          <small>{t('console.title')}</small>
        </p>
        <button className="ghost small pages" aria-expanded={isListed} onClick={() => setListed(!isListed)}>
          {t('console.pages')}
        </button>
        {listed.map((page, at) => (
          <Fragment key={page.path}>
            {page.job && page.job !== listed[at - 1]?.job && <p className="job">{t(page.job)}</p>}
            <a
              href={`${root}console/${page.path}`}
              aria-current={page === shown ? 'page' : page.path === shown?.under ? 'true' : undefined}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                event.preventDefault();
                go(page.path);
              }}
            >
              {t(page.title)}
            </a>
          </Fragment>
        ))}
        <p className="me">
          <span>{fullName(me)}</span>
          <a href={root}>{t('console.toChat')}</a>
          <button className="link" onClick={() => void signOut()}>
            {t('nav.signOut')}
          </button>
          <LanguageChoice />
        </p>
      </nav>
      <main aria-busy={!rights && !failure} tabIndex={-1}>
        {failure && (
          <p role="alert" className="error">
            {failure}
          </p>
        )}
        {rights && !isAllowed && (
          <>
            <h1>{t('console.closed')}</h1>
            <p>{t('console.closedHint')}</p>
          </>
        )}
        {rights && readsSettings(rights) && <TrialBand />}
        {rights && isAllowed && (
          <>
            <h1>{t(shown.title)}</h1>
            <Suspense fallback={<p aria-busy="true">{t('app.loading')}</p>}>
              <shown.Shown rights={rights} />
            </Suspense>
          </>
        )}
      </main>
      <div className="notice" role="status">
        {notice && <p>{notice}</p>}
      </div>
    </div>
  );
}
