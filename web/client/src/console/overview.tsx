// Whether all is well, in one sentence for each job, with the way to the page that puts it right. What the
// person's roles do not open is not asked and not shown.
import type { ReactNode } from 'react';
import * as api from '../api/console';
import * as partnersApi from '../api/partners';
import { root } from '../api/request';
import * as settingsApi from '../api/settings';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { anyRole, exportRight, type Rights } from './console';
import { Failure, useAsked } from './table';

type Tone = 'success' | 'warning' | 'error';
const day = 86_400_000;
const every = 30_000;
// Reading decisions is a record itself: once for each look at the page.
const once = 2 ** 31 - 1;

function Line({
  title,
  tone,
  page,
  children,
}: {
  title: Key;
  tone: Tone;
  page?: string;
  children: ReactNode;
}) {
  const { t } = useWords();
  const names: Record<Tone, Key> = {
    success: 'overview.well',
    warning: 'overview.look',
    error: 'overview.bad',
  };
  return (
    <li>
      <span className={`state ${tone}`}>{t(names[tone])}</span>
      <div>
        <b>{t(title)}</b> {children}
      </div>
      {page && (
        <a href={`${root}console/${page}`} aria-label={t('overview.openOf', { name: t(title) })}>
          {t('overview.open')}
        </a>
      )}
    </li>
  );
}

/** While there is no answer, and when there is none. */
function Missing({ title, failure }: { title: Key; failure: string }) {
  const { t } = useWords();
  return (
    <li aria-busy={!failure}>
      <span className="state">…</span>
      <div>
        <b>{t(title)}</b> {failure ? <Failure text={failure} /> : t('app.loading')}
      </div>
    </li>
  );
}

function NodeLines() {
  const { t, date, size } = useWords();
  const [now, failure] = useAsked(settingsApi.status, every);
  if (!now) return <Missing title="overview.node" failure={failure} />;
  const days = now.certificate_ends_at ? Math.floor((now.certificate_ends_at - Date.now()) / day) : undefined;
  const { search, audit, files } = now;
  const isScarce = files.free_bytes < 2 ** 30;
  return (
    <>
      <Line
        title="overview.node"
        tone={now.database.state === 'running' ? 'success' : 'error'}
        page="settings"
      >
        {t('overview.runs', { version: now.version, when: now.started_at ? date(now.started_at) : '' })}{' '}
        {t('overview.people', { people: now.users, sessions: now.sessions, sockets: now.sockets ?? 0 })}
      </Line>
      <Line title="overview.storage" tone={isScarce ? 'error' : 'success'}>
        {t('overview.files', {
          count: files.count,
          stored: size(files.stored_bytes),
          free: size(files.free_bytes),
        })}
      </Line>
      {days !== undefined && (
        <Line title="overview.certificate" tone={days < 0 ? 'error' : days < 30 ? 'warning' : 'success'}>
          {days < 0 ? t('overview.ended') : t('overview.ends', { count: days })}
        </Line>
      )}
      <Line
        title="overview.search"
        tone={search.failure ? 'error' : search.weeks_to_write ? 'warning' : 'success'}
      >
        {search.failure
          ? t('overview.searchFails', { id: search.failure })
          : search.weeks_to_write
            ? t('overview.searchWrites', { count: search.weeks_to_write })
            : t('overview.searchHas', { count: search.items, size: size(search.bytes) })}
      </Line>
      <Line
        title="console.audit"
        page="audit"
        tone={
          audit.state === 'refusing' || audit.faults > 0
            ? 'error'
            : audit.witness_error
              ? 'warning'
              : 'success'
        }
      >
        {audit.state === 'refusing'
          ? t('overview.auditRefuses')
          : audit.faults > 0
            ? t('overview.auditFaults', { count: audit.faults })
            : t('overview.auditSigned', {
                count: audit.leaves,
                when: audit.signed_at ? date(audit.signed_at) : '–',
              })}
        {audit.witness_error && ` ${t('overview.witness')}`}
      </Line>
    </>
  );
}

function SignInLine() {
  const { t, date } = useWords();
  const [found, failure] = useAsked(() => api.decisions({ act: 'sign_in' }), once);
  if (!found) return <Missing title="overview.signIns" failure={failure} />;
  const recent = found.filter((each) => each.create_at > Date.now() - day);
  const refused = recent.filter((each) => !each.is_admitted).length;
  const last = found.find((each) => each.is_admitted);
  return (
    <Line
      title="overview.signIns"
      page="sign-ins"
      tone={refused > 10 && refused * 2 > recent.length ? 'warning' : 'success'}
    >
      {last ? t('overview.lastSignIn', { when: date(last.create_at) }) : t('overview.noSignIn')}{' '}
      {t('overview.refused', { count: refused })}
    </Line>
  );
}

function PartnerLine() {
  const { t, date } = useWords();
  const [partners, failure] = useAsked(async () => {
    const own = await partnersApi.organisation();
    return own.is_on ? partnersApi.partners() : 'off';
  }, every);
  if (partners === 'off')
    return (
      <Line title="overview.partners" page="settings" tone="success">
        {t('overview.sharingOff')}
      </Line>
    );
  if (!partners) return <Missing title="overview.partners" failure={failure} />;
  const active = partners.filter((each) => each.state === 'active');
  const down = active.filter((each) => !each.is_up);
  const waiting = active.reduce((sum, each) => sum + each.on_the_way, 0);
  const oldest = Math.min(...active.flatMap((each) => (each.oldest_at ? [each.oldest_at] : [])));
  const isLate = Number.isFinite(oldest) && oldest < Date.now() - 60_000;
  return (
    <Line title="overview.partners" page="partners" tone={down.length > 0 || isLate ? 'warning' : 'success'}>
      {active.length === 0
        ? t('overview.noPartners')
        : down.length > 0
          ? t('overview.down', { names: down.map((each) => each.label || each.name).join(', ') })
          : t('overview.up', { count: active.length })}
      {isLate && ` ${t('overview.late', { count: waiting, when: date(oldest) })}`}
    </Line>
  );
}

function ExportLine() {
  const { t, date } = useWords();
  const [jobs, failure] = useAsked(api.exports, once);
  if (!jobs) return <Missing title="console.exports" failure={failure} />;
  const last = jobs.find((each) => ['success', 'warning', 'error'].includes(each.status));
  const tone = last?.status === 'error' ? 'error' : last?.status === 'warning' ? 'warning' : 'success';
  const said: Record<Tone, Key> = {
    success: 'overview.exported',
    warning: 'overview.exportWarns',
    error: 'overview.exportFailed',
  };
  return (
    <Line title="console.exports" page="exports" tone={tone}>
      {last ? t(said[tone], { when: date(last.create_at) }) : t('overview.noExport')}
    </Line>
  );
}

function SettingsLine() {
  const { t } = useWords();
  const [all, failure] = useAsked(settingsApi.settings, 60_000);
  if (!all) return <Missing title="console.settings" failure={failure} />;
  const waiting = all.filter((each) => each.is_waiting).map(settingsApi.pathOf);
  return (
    <Line title="console.settings" page="settings" tone={waiting.length > 0 ? 'warning' : 'success'}>
      {waiting.length > 0
        ? `${t('setting.waiting', { count: waiting.length })} ${waiting.join(', ')}`
        : t('overview.inForce')}
    </Line>
  );
}

export function Overview({ rights }: { rights: Rights }) {
  return (
    <ul className="overview">
      {anyRole(rights, 'sysconsole_read_environment_web_server') && <NodeLines />}
      {anyRole(rights, 'read_audits') && <SignInLine />}
      {anyRole(rights, 'manage_secure_connections') && <PartnerLine />}
      {exportRight(rights, 'read_compliance_export_job') && <ExportLine />}
      {anyRole(rights, 'sysconsole_read_environment_web_server') && <SettingsLine />}
    </ul>
  );
}
