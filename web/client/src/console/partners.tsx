// Partners: other organisations. They are paired here, both sides compare a number, and what is on its way to them
// is seen.
import { useEffect, useState } from 'react';
import * as api from '../api/partners';
import type { Id } from '../api/types';
import { useSubmit } from '../chat/dialogs';
import { report } from '../chat/report';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { sayError } from '../i18n/errors';
import { Dialog } from '../ui/dialog';
import { FormEnd } from '../ui/form';
import { FileList, FilePolicy } from './partner_files';
import { SharedPolicy } from './partner_policy';

const refresh_ms = 5000;
const shades: Record<api.Partner['state'], string> = {
  pending: 'warning',
  active: 'success',
  suspended: 'warning',
  revoked: 'error',
};
const nameOf = (partner: api.Partner) => partner.label || partner.calls_itself || partner.name;

interface Closing {
  close(): void;
}

function Fields({ withInvitation }: { withInvitation: boolean }) {
  const { t } = useWords();
  return (
    <>
      {withInvitation && (
        <label>
          {t('partner.word')}
          <textarea name="invite" className="field code" required rows={4} spellCheck={false} />
        </label>
      )}
      <label>
        {t('partner.label')}
        <input name="label" className="field" required maxLength={64} autoComplete="off" />
      </label>
      <label>
        {t('partner.name')}
        <input name="name" className="field" required pattern="[a-z0-9\-]{2,22}" autoComplete="off" />
        <small>{t('partner.nameHint')}</small>
      </label>
      <label>
        {t('partner.password')}
        <input name="password" type="password" className="field" minLength={14} autoComplete="off" />
        <small>{t(withInvitation ? 'partner.passwordTheirs' : 'partner.passwordHint')}</small>
      </label>
    </>
  );
}

const planOf = (form: FormData) => ({
  name: String(form.get('name')),
  display_name: String(form.get('label')),
  password: String(form.get('password')),
});

function Invite({ close }: Closing) {
  const { t } = useWords();
  const [word, setWord] = useState('');
  const { onSubmit, error, isBusy } = useSubmit(async (form) => setWord(await api.invite(planOf(form))));
  if (word)
    return (
      <Dialog title={t('partner.invited')} close={close}>
        <p>{t('partner.invitedHint')}</p>
        <textarea
          className="field code"
          readOnly
          rows={6}
          value={word}
          aria-label={t('partner.word')}
          data-focus
        />
        <div className="buttons">
          <button className="ghost" onClick={() => report(navigator.clipboard.writeText(word))}>
            {t('partner.copy')}
          </button>
          <button className="primary" onClick={close}>
            {t('app.close')}
          </button>
        </div>
      </Dialog>
    );
  return (
    <Dialog title={t('partner.invite')} close={close}>
      <form className="form" onSubmit={onSubmit}>
        <Fields withInvitation={false} />
        <FormEnd error={error} isBusy={isBusy} label={t('partner.makeWord')} />
      </form>
    </Dialog>
  );
}

function Accept({ close }: Closing) {
  const { t } = useWords();
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await api.accept({ ...planOf(form), invite: String(form.get('invite')).trim() });
    close();
  });
  return (
    <Dialog title={t('partner.accept')} close={close}>
      <form className="form" onSubmit={onSubmit}>
        <Fields withInvitation />
        <FormEnd error={error} isBusy={isBusy} label={t('partner.acceptDo')} />
      </form>
    </Dialog>
  );
}

/** Both administrators read the number to each other, by a way that the network has no part in. */
function Compare({ partner, close }: Closing & { partner: api.Partner }) {
  const { t } = useWords();
  const { onSubmit, error, isBusy } = useSubmit(async () => {
    await api.confirm(partner.id, partner.check_number);
    close();
  });
  const isOther = () => {
    report(api.revoke(partner.id, 'another check number'));
    close();
  };
  return (
    <Dialog title={t('partner.compare', { name: nameOf(partner) })} close={close}>
      <form className="form" onSubmit={onSubmit}>
        <p>{t('partner.compareHint')}</p>
        <p className="check-number" aria-label={t('partner.number')}>
          {partner.check_number}
        </p>
        <p role="alert" className="error">
          {error}
        </p>
        <div className="buttons">
          <button type="button" className="ghost" onClick={isOther}>
            {t('partner.different')}
          </button>
          <button className="primary" disabled={isBusy}>
            {t('partner.same')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Ask({
  title,
  hint,
  act,
  run,
  close,
}: Closing & { title: string; hint: string; act: string; run(reason: string): Promise<unknown> }) {
  const { t } = useWords();
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await run(String(form.get('reason')));
    close();
  });
  return (
    <Dialog title={title} close={close}>
      <form className="form" onSubmit={onSubmit}>
        <p>{hint}</p>
        <label>
          {t('partner.reason')}
          <input name="reason" className="field" maxLength={200} />
        </label>
        <FormEnd error={error} isBusy={isBusy} label={act} />
      </form>
    </Dialog>
  );
}

function Refusals({ id }: { id: Id }) {
  const words = useWords();
  const [list, setList] = useState<api.Refusal[]>();
  const [failure, setFailure] = useState('');
  useEffect(() => {
    api.refusals(id).then(setList, (error: unknown) => setFailure(sayError(words, error)));
  }, [id]);
  if (failure) return <p className="error">{failure}</p>;
  if (list?.length === 0) return <p>{words.t('partner.noRefusals')}</p>;
  return (
    <ul className="steps">
      {list?.map((each) => (
        <li key={`${each.channel_id}${each.seq}`}>
          <time dateTime={new Date(each.refused_at).toISOString()}>{words.date(each.refused_at)}</time>
          <code>{each.reason}</code>
        </li>
      ))}
    </ul>
  );
}

function Delivery({ partner }: { partner: api.Partner }) {
  const { t, date } = useWords();
  const connection = partner.is_up
    ? t('partner.up', { since: date(partner.connection_since) })
    : partner.seen_at > 0
      ? t('partner.down', { seen: date(partner.seen_at) })
      : t('partner.never');
  return (
    <p className="delivery">
      <span className={`state ${partner.is_up ? 'success' : 'warning'}`}>{connection}</span>
      {!partner.is_up && partner.trouble && <code>{partner.trouble}</code>}
      <span>
        {partner.on_the_way === 0
          ? t('partner.delivered')
          : t('partner.waiting', { count: partner.on_the_way, oldest: date(partner.oldest_at) })}
      </span>
    </p>
  );
}

type Shown = '' | 'compare' | 'suspend' | 'revoke' | 'files' | 'policy' | 'shared';

function Card({ partner, changed }: { partner: api.Partner; changed(): void }) {
  const { t } = useWords();
  const [shown, setShown] = useState<Shown>('');
  const [seesRefusals, setSeesRefusals] = useState(false);
  const close = () => {
    setShown('');
    changed();
  };
  const isLive = partner.state === 'active' || partner.state === 'suspended';
  return (
    <section className="partner" aria-label={nameOf(partner)}>
      <header>
        <h2>{nameOf(partner)}</h2>
        <span className={`state ${shades[partner.state]}`}>{t(`partner.state.${partner.state}` as Key)}</span>
        <code>{partner.name}</code>
        {partner.reason && <small>{partner.reason}</small>}
      </header>
      {partner.state !== 'revoked' && <Delivery partner={partner} />}
      {partner.channels.length > 0 && (
        <p>
          {t('partner.channels')}:{' '}
          {partner.channels
            .map((each) => `${each.display_name} (${t(each.is_home ? 'partner.ours' : 'partner.theirs')})`)
            .join(', ')}
        </p>
      )}
      {isLive && (
        <>
          <label className="choice">
            <input
              type="checkbox"
              checked={partner.policy.read_only}
              onChange={(event) =>
                report(api.setPolicy(partner.id, { read_only: event.target.checked }).then(changed))
              }
            />
            {t('partner.readOnly')}
          </label>
          <label className="choice">
            <input
              type="checkbox"
              checked={partner.policy.direct}
              onChange={(event) =>
                report(api.setPolicy(partner.id, { direct: event.target.checked }).then(changed))
              }
            />
            {t('partner.direct')}
            {partner.policy.direct && !partner.told.direct && ` ${t('partner.directNotThere')}`}
          </label>
        </>
      )}
      <div className="acts">
        {partner.state === 'pending' && (
          <button className="primary small" onClick={() => setShown('compare')}>
            {t('partner.compareDo')}
          </button>
        )}
        {isLive && (
          <button
            className="ghost small"
            aria-expanded={seesRefusals}
            onClick={() => setSeesRefusals(!seesRefusals)}
          >
            {t('partner.refusals')}
          </button>
        )}
        {isLive && (
          <>
            <button
              className="ghost small"
              aria-expanded={shown === 'shared'}
              onClick={() => setShown(shown === 'shared' ? '' : 'shared')}
            >
              {t('partner.shared')}
            </button>
            <button
              className="ghost small"
              aria-expanded={shown === 'files'}
              onClick={() => setShown(shown === 'files' ? '' : 'files')}
            >
              {t('partner.files')}
            </button>
            <button
              className="ghost small"
              aria-expanded={shown === 'policy'}
              onClick={() => setShown(shown === 'policy' ? '' : 'policy')}
            >
              {t('partner.filePolicy')}
            </button>
          </>
        )}
        {partner.state === 'active' && (
          <button className="ghost small" onClick={() => setShown('suspend')}>
            {t('partner.suspend')}
          </button>
        )}
        {partner.state === 'suspended' && (
          <button className="ghost small" onClick={() => report(api.resume(partner.id).then(changed))}>
            {t('partner.resume')}
          </button>
        )}
        {partner.state !== 'revoked' && (
          <button className="ghost small" onClick={() => setShown('revoke')}>
            {t('partner.revoke')}
          </button>
        )}
      </div>
      {seesRefusals && <Refusals id={partner.id} />}
      {shown === 'files' && <FileList partner={partner} />}
      {shown === 'policy' && <FilePolicy partner={partner} changed={close} />}
      {shown === 'shared' && <SharedPolicy partner={partner} changed={close} />}
      {shown === 'compare' && <Compare partner={partner} close={close} />}
      {shown === 'suspend' && (
        <Ask
          title={t('partner.suspend')}
          hint={t('partner.suspendHint')}
          act={t('partner.suspend')}
          run={(reason) => api.suspend(partner.id, reason)}
          close={close}
        />
      )}
      {shown === 'revoke' && (
        <Ask
          title={t('partner.revoke')}
          hint={t('partner.revokeHint')}
          act={t('partner.revoke')}
          run={(reason) => api.revoke(partner.id, reason)}
          close={close}
        />
      )}
    </section>
  );
}

interface Known {
  own: api.OwnOrganisation;
  partners: api.Partner[];
  invitations: api.Invitation[];
}

async function look(): Promise<Known> {
  const own = await api.organisation();
  if (!own.is_on) return { own, partners: [], invitations: [] };
  const [partners, invitations] = await Promise.all([api.partners(), api.invitations()]);
  return { own, partners, invitations };
}

export function Partners() {
  const words = useWords();
  const { t, date } = words;
  const [known, setKnown] = useState<Known>();
  const [failure, setFailure] = useState('');
  const [dialog, setDialog] = useState<'' | 'invite' | 'accept'>('');
  const load = () =>
    void look().then(
      (now) => {
        setKnown(now);
        setFailure('');
      },
      (error: unknown) => setFailure(sayError(words, error)),
    );
  useEffect(() => {
    load();
    const timer = setInterval(load, refresh_ms);
    return () => clearInterval(timer);
  }, []);
  const close = () => {
    setDialog('');
    load();
  };
  return (
    <>
      <p>{t('partner.hint')}</p>
      <p role="alert" className="error">
        {failure}
      </p>
      {!known && !failure && <p aria-busy="true">{t('app.loading')}</p>}
      {known && !known.own.is_on && <p className="empty">{t('partner.off')}</p>}
      {known?.own.is_on && (
        <>
          <p>
            {t('partner.own', { name: known.own.name })}{' '}
            <code>{known.own.address || t('partner.noAddress')}</code>
          </p>
          <div className="acts start">
            <button className="primary" onClick={() => setDialog('invite')}>
              {t('partner.invite')}
            </button>
            <button className="ghost" onClick={() => setDialog('accept')}>
              {t('partner.accept')}
            </button>
          </div>
          {known.partners.length + known.invitations.length === 0 && (
            <p className="empty">{t('partner.none')}</p>
          )}
          {known.invitations.map((each) => (
            <section className="partner" key={each.remote_id} aria-label={each.display_name}>
              <header>
                <h2>{each.display_name}</h2>
                <span className="state warning">{t('partner.state.invited')}</span>
                <small>{date(each.create_at)}</small>
              </header>
              <div className="acts">
                <button
                  className="ghost small"
                  onClick={() => report(api.withdraw(each.remote_id).then(load))}
                >
                  {t('partner.withdraw')}
                </button>
              </div>
            </section>
          ))}
          {known.partners.map((each) => (
            <Card key={each.id} partner={each} changed={load} />
          ))}
        </>
      )}
      {dialog === 'invite' && <Invite close={close} />}
      {dialog === 'accept' && <Accept close={close} />}
    </>
  );
}
