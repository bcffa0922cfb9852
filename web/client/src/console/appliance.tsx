// What the node is made of: its certificates, its keys, its database and what a backup has to hold. Nothing here
// changes anything, and no secret is shown.
import type { ReactNode } from 'react';
import * as api from '../api/appliance';
import { certificates as samlCertificates } from '../api/settings';
import { report } from '../chat/report';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { tell } from '../store/notify';
import { backupCommands } from './backup_commands';
import { anyRole, type Rights } from './console';
import { daysLeft } from './draft';
import { Failure, Table, useAsked } from './table';

const every = 60_000;

/** What is asked, while there is no answer, and when there is none any more. */
function useAppliance(): [api.Appliance | undefined, ReactNode] {
  const { t } = useWords();
  const [now, failure] = useAsked(api.appliance, every);
  const note = failure ? <Failure text={failure} /> : !now && <p aria-busy="true">{t('app.loading')}</p>;
  return [now, note];
}

function Days({ end }: { end: number }) {
  const { t, date } = useWords();
  const days = daysLeft(end, Date.now());
  const tone = days < 0 ? 'error' : days < 30 ? 'warning' : 'success';
  return (
    <>
      <span className={`state ${tone}`}>
        {days < 0 ? t('signOn.ended') : t('setUp.daysLeft', { count: days })}
      </span>
      <small>{date(end)}</small>
    </>
  );
}

export function Certificates({ rights }: { rights: Rights }) {
  const { t } = useWords();
  const [now, note] = useAppliance();
  const mayAsk = anyRole(rights, 'sysconsole_write_authentication_saml');
  const [saml, failure] = useAsked(
    async () => (mayAsk ? await samlCertificates() : { certificates: [], problems: [] }),
    every,
  );
  const providerOf = (name: string) => (name ? `SAML ${name}` : 'SAML');
  return (
    <>
      <p>{t('certificate.hint')}</p>
      {note}
      {failure && <Failure text={failure} />}
      {saml?.problems.map((problem) => (
        <Failure key={problem} text={problem} />
      ))}
      {now && (
        <Table
          label={t('console.certificates')}
          columns={['certificate.for', 'certificate.which', 'certificate.left', 'certificate.from']}
        >
          <tr>
            <td>{t('certificate.web')}</td>
            <td>{now.tls.fingerprint ? <code className="print">{now.tls.fingerprint}</code> : '–'}</td>
            <td>{now.tls.ends_at ? <Days end={now.tls.ends_at} /> : '–'}</td>
            <td>
              {!now.tls.is_on && t('certificate.none')}
              {now.tls.is_on && t(now.tls.is_own ? 'certificate.own' : 'certificate.file')}
              {now.tls.file && (
                <small>
                  <code>{now.tls.file}</code>
                </small>
              )}
            </td>
          </tr>
          {now.organisation.is_on && (
            <tr>
              <td>{t('certificate.partners')}</td>
              <td>{t('certificate.partnersWhich')}</td>
              <td>{t('certificate.renewed')}</td>
              <td>{t('certificate.partnersFrom')}</td>
            </tr>
          )}
          {saml?.certificates.map((each) => (
            <tr key={each.provider + each.subject + String(each.not_after) + String(each.is_ours)}>
              <td>
                {t(each.is_ours ? 'certificate.samlOurs' : 'certificate.samlTheirs', {
                  provider: providerOf(each.provider),
                })}
              </td>
              <td>
                <code>{each.subject}</code>
              </td>
              <td>
                <Days end={each.not_after} />
              </td>
              <td>{t(each.is_ours ? 'certificate.samlFile' : 'certificate.samlMetadata')}</td>
            </tr>
          ))}
        </Table>
      )}
      {!mayAsk && <p>{t('certificate.notSaml')}</p>}
    </>
  );
}

const opens: Record<string, Key> = {
  messages: 'key.messages',
  accounts: 'key.accounts',
  places: 'key.places',
  config: 'key.config',
  pictures: 'key.pictures',
  drafts: 'key.drafts',
  decisions: 'key.decisions',
  exports: 'key.exports',
  federation: 'key.federation',
  search: 'key.search',
};
const sources: Record<api.Appliance['keys']['source'], Key> = {
  file: 'key.inFile',
  credential: 'key.inCredential',
  passphrase: 'key.inPassphrase',
};

export function Keys() {
  const { t, date } = useWords();
  const [now, note] = useAppliance();
  return (
    <>
      <p>{t('key.hint')}</p>
      {note}
      {now && (
        <>
          <section className="part" aria-label={t('key.master')}>
            <h2>{t('key.master')}</h2>
            <p>{t(sources[now.keys.source])}</p>
            <dl className="facts">
              {now.places.master_key && (
                <>
                  <dt>{t('key.masterFile')}</dt>
                  <dd>
                    <code>{now.places.master_key}</code>
                  </dd>
                </>
              )}
              <dt>{t('key.store')}</dt>
              <dd>
                <code>{now.places.key_store}</code>
                <small>{t('key.revision', { count: now.keys.revision })}</small>
              </dd>
              <dt>{t('key.generation')}</dt>
              <dd>
                {now.keys.generation}
                <small>
                  {now.keys.outdated > 0 ? (
                    <span className="state warning">{t('key.outdated', { count: now.keys.outdated })}</span>
                  ) : (
                    <>
                      {t('key.rotate')} <code>concordatctl keys rotate</code>
                    </>
                  )}
                </small>
              </dd>
            </dl>
          </section>
          <section className="part" aria-label={t('key.classes')}>
            <h2>{t('key.classes')}</h2>
            <p>{t('key.classesHint')}</p>
            {now.keys.classes.length === 0 && <p className="empty">{t('key.none')}</p>}
            {now.keys.classes.length > 0 && (
              <Table
                label={t('key.classes')}
                columns={['key.opens', 'key.live', 'key.retired', 'key.destroyed', 'key.newest']}
              >
                {now.keys.classes.map((each) => (
                  <tr key={each.data_class}>
                    <td>
                      {t(opens[each.data_class] ?? 'key.kept')}
                      <small>
                        <code>{each.data_class}</code>
                      </small>
                    </td>
                    <td className="number">{each.live}</td>
                    <td className="number">{each.retired}</td>
                    <td className="number">{each.destroyed}</td>
                    <td className="number">{each.newest_at ? date(each.newest_at) : '–'}</td>
                  </tr>
                ))}
              </Table>
            )}
          </section>
          <section className="part" aria-label={t('key.signing')}>
            <h2>{t('key.signing')}</h2>
            <p>{t('key.signingHint')}</p>
            <dl className="facts">
              <dt>{t('key.evidence')}</dt>
              <dd>
                {now.evidence.length === 0 && t('key.notYet')}
                {now.evidence.map((each, place) => (
                  <p key={each}>
                    <code>{each}</code> {place > 0 && <small>{t('key.earlier')}</small>}
                  </p>
                ))}
              </dd>
              <dt>{t('key.organisation')}</dt>
              <dd>{now.organisation.id ? <code>{now.organisation.id}</code> : t('key.sharingOff')}</dd>
            </dl>
          </section>
        </>
      )}
    </>
  );
}

/** A command to be carried out at the machine. */
function Command({ label, text }: { label: Key; text: string }) {
  const { t } = useWords();
  return (
    <li>
      <p>{t(label)}</p>
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
      <button
        className="link"
        aria-label={t('setUp.copyOf', { name: t(label) })}
        onClick={() =>
          report(navigator.clipboard.writeText(text).then(() => tell(t('setUp.copied', { name: t(label) }))))
        }
      >
        {t('setUp.copy')}
      </button>
    </li>
  );
}

export function Backup() {
  const { t, date, size } = useWords();
  const [now, note] = useAppliance();
  const commands = now && backupCommands(now.places);
  return (
    <>
      <p>{t('backup.hint')}</p>
      {note}
      {now && commands && (
        <>
          <section className="part" aria-label={t('backup.database')}>
            <h2>{t('backup.database')}</h2>
            <dl className="facts">
              <dt>{t('backup.which')}</dt>
              <dd>
                {t(now.database.is_external ? 'backup.external' : 'backup.own')} PostgreSQL{' '}
                {now.database.version}
              </dd>
              <dt>{t('backup.size')}</dt>
              <dd>{size(now.database.bytes)}</dd>
              <dt>{t('backup.schema')}</dt>
              <dd>
                {t('backup.step', { step: now.database.schema, newest: now.database.newest_known })}
                {now.database.stepped_at > 0 && (
                  <small>{t('backup.stepped', { when: date(now.database.stepped_at) })}</small>
                )}
              </dd>
            </dl>
          </section>
          <section className="part" aria-label={t('backup.how')}>
            <h2>{t('backup.how')}</h2>
            <p>{t('backup.order')}</p>
            <ol className="commands">
              <Command label="backup.begin" text="B=/backup/$(date +%F); mkdir -p $B" />
              {commands.database ? (
                <Command label="backup.saveDatabase" text={commands.database} />
              ) : (
                <li>
                  <p>{t('backup.saveExternal')}</p>
                </li>
              )}
              <Command label="backup.saveFiles" text={commands.files} />
              <Command label="backup.saveKeys" text={commands.keys} />
              <Command label="backup.saveRest" text={commands.rest} />
            </ol>
            {!now.places.master_key && <p>{t('backup.noMasterKey')}</p>}
            <p>{t('backup.apart')}</p>
            <p>{t('backup.prove')}</p>
          </section>
        </>
      )}
    </>
  );
}
