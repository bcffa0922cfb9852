// Matters and legal holds: made after a look at what they would keep, released by two people.
import { useEffect, useState } from 'react';
import * as api from '../api/holds';
import { byNames } from '../api/users';
import { useSubmit } from '../chat/dialogs';
import { report } from '../chat/report';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { useStore } from '../store/state';
import { Failure, Table, useAsked } from './table';

const stateKeys: Record<api.Hold['state'], Key> = {
  active: 'hold.active',
  release_asked: 'hold.releaseAsked',
  releasing: 'hold.releasing',
  released: 'hold.released',
};
const shades: Partial<Record<api.Hold['state'], string>> = {
  active: 'success',
  release_asked: 'warning',
  releasing: 'warning',
};

const words = (text: string) => text.split(/[\s,@]+/).filter(Boolean);

class Unknown extends Error {}

/** The scope that a form asks for. Throws Unknown, with the names that nobody has. */
async function scopeOf(matter: api.Matter, form: FormData): Promise<api.Scope> {
  const day = (name: string) => (form.get(name) ? new Date(`${String(form.get(name))}T00:00:00`) : undefined);
  const end = day('to');
  end?.setDate(end.getDate() + 1);
  const names = words(String(form.get('people')));
  const people = names.length ? await byNames(names) : [];
  const missing = names.filter((name) => !people.some((one) => one.username === name.toLowerCase()));
  if (missing.length) throw new Unknown(missing.join(', '));
  return {
    matter_id: matter.id,
    name: String(form.get('name')),
    user_ids: people.map((one) => one.id),
    channel_ids: words(String(form.get('channels'))),
    starts_at: day('from')?.getTime() ?? 0,
    ends_at: end ? end.getTime() - 1 : 0,
    include_public_channels: form.get('public') === 'on',
  };
}

function Kept({ content }: { content: api.Content }) {
  const { t, size } = useWords();
  return (
    <p role="status" className="note">
      {t('hold.keeps', { posts: content.posts, deleted: content.deleted_posts, channels: content.channels })}{' '}
      {t('hold.keepsFiles', { files: content.files, size: size(content.bytes_of_files) })}
    </p>
  );
}

function NewHold({ matter, done }: { matter: api.Matter; done(): void }) {
  const { t } = useWords();
  const [content, setContent] = useState<api.Content>();
  const [unknown, setUnknown] = useState('');
  const [count, setCount] = useState(0);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    setUnknown('');
    try {
      const scope = await scopeOf(matter, form);
      if (!content) return setContent(await api.preview(scope));
      await api.make(scope);
      setContent(undefined);
      setCount(count + 1);
      done();
    } catch (refusal) {
      if (!(refusal instanceof Unknown)) throw refusal;
      setUnknown(refusal.message);
    }
  });
  return (
    <form
      className="form ask"
      key={count}
      onSubmit={onSubmit}
      onChange={() => setContent(undefined)}
      aria-label={t('hold.new')}
    >
      <label>
        {t('hold.name')}
        <input name="name" className="field" required maxLength={128} autoComplete="off" />
      </label>
      <label>
        {t('hold.people')}
        <input name="people" className="field" autoComplete="off" />
      </label>
      <label>
        {t('hold.channels')}
        <input name="channels" className="field" autoComplete="off" />
      </label>
      <label>
        {t('export.from')}
        <input name="from" type="date" className="field" />
      </label>
      <label>
        {t('export.to')}
        <input name="to" type="date" className="field" />
      </label>
      <label className="choice">
        <input name="public" type="checkbox" /> {t('hold.public')}
      </label>
      {content && <Kept content={content} />}
      <button className="primary" disabled={isBusy}>
        {t(content ? 'hold.make' : 'hold.look')}
      </button>
      <small>{t('hold.scopeHint')}</small>
      <Failure text={unknown ? t('hold.unknown', { names: unknown }) : error} />
    </form>
  );
}

function Row({ hold, changed }: { hold: api.Hold; changed(): void }) {
  const { t, date } = useWords();
  const me = useStore((s) => s.me);
  const [content, setContent] = useState<api.Content>();
  const act = (what: Promise<unknown>) => report(what.then(changed));
  const mayApprove = hold.state === 'release_asked' && hold.release_asked_by !== me?.id;
  return (
    <tr>
      <td>
        {hold.name}
        <small>{t('hold.scope', { people: hold.user_ids.length, channels: hold.channel_ids.length })}</small>
      </td>
      <td>{`${hold.starts_at ? date(hold.starts_at) : '…'} – ${hold.ends_at ? date(hold.ends_at) : '…'}`}</td>
      <td>
        <span className={`state ${shades[hold.state] ?? ''}`}>{t(stateKeys[hold.state])}</span>
        {hold.state === 'releasing' && <small>{t('hold.freesAt', { when: date(hold.frees_at) })}</small>}
        {hold.state === 'release_asked' && !mayApprove && <small>{t('hold.another')}</small>}
        {content && <Kept content={content} />}
      </td>
      <td className="acts">
        <button className="ghost small" onClick={() => report(api.content(hold.id).then(setContent))}>
          {t('hold.count')}
        </button>
        {hold.state === 'active' && (
          <button className="ghost small" onClick={() => act(api.askRelease(hold.id))}>
            {t('hold.askRelease')}
          </button>
        )}
        {mayApprove && (
          <button className="ghost small" onClick={() => act(api.approveRelease(hold.id))}>
            {t('hold.approve')}
          </button>
        )}
        {(hold.state === 'release_asked' || hold.state === 'releasing') && (
          <button className="ghost small" onClick={() => act(api.keepOn(hold.id))}>
            {t('hold.keepOn')}
          </button>
        )}
      </td>
    </tr>
  );
}

function MatterHolds({ matter, changed }: { matter: api.Matter; changed(): void }) {
  const { t } = useWords();
  const [list, failure, load] = useAsked(() => api.holds(matter.id));
  const isClosed = matter.close_at > 0;
  const again = () => {
    load();
    changed();
  };
  return (
    <section className="part" aria-label={matter.name}>
      <h2>{matter.name}</h2>
      <p>{matter.description}</p>
      {!isClosed && <NewHold matter={matter} done={again} />}
      <Failure text={failure} />
      {list?.length === 0 && <p className="empty">{t('hold.none')}</p>}
      {list && list.length > 0 && (
        <Table
          label={t('hold.of', { matter: matter.name })}
          columns={['hold.name', 'export.period', 'export.state', 'export.acts']}
        >
          {list.map((hold) => (
            <Row key={hold.id} hold={hold} changed={again} />
          ))}
        </Table>
      )}
      {!isClosed && matter.in_force === 0 && (
        <button className="ghost small" onClick={() => report(api.closeMatter(matter.id).then(again))}>
          {t('hold.close')}
        </button>
      )}
    </section>
  );
}

function NewMatter({ done }: { done(): void }) {
  const { t } = useWords();
  const [count, setCount] = useState(0);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await api.openMatter(String(form.get('name')), String(form.get('description')));
    setCount(count + 1);
    done();
  });
  return (
    <form className="form ask" key={count} onSubmit={onSubmit} aria-label={t('hold.newMatter')}>
      <label>
        {t('hold.matter')}
        <input name="name" className="field" required maxLength={128} autoComplete="off" />
      </label>
      <label>
        {t('hold.description')}
        <input name="description" className="field" maxLength={1000} autoComplete="off" />
      </label>
      <button className="primary" disabled={isBusy}>
        {t('hold.openMatter')}
      </button>
      <Failure text={error} />
    </form>
  );
}

export function Holds() {
  const { t, date } = useWords();
  const [list, failure, load] = useAsked(api.matters);
  const [chosen, setChosen] = useState('');
  const shown = list?.find((each) => each.id === chosen);
  useEffect(() => {
    if (!chosen && list?.length === 1) setChosen(list[0].id);
  }, [list, chosen]);
  return (
    <>
      <p>{t('hold.hint')}</p>
      <NewMatter done={load} />
      <Failure text={failure} />
      {list?.length === 0 && <p className="empty">{t('hold.noMatter')}</p>}
      {list && list.length > 0 && (
        <Table
          label={t('hold.matters')}
          columns={['hold.matter', 'hold.opened', 'export.state', 'export.acts']}
        >
          {list.map((matter) => (
            <tr key={matter.id} aria-selected={matter.id === chosen}>
              <td>{matter.name}</td>
              <td>{date(matter.create_at)}</td>
              <td>{matter.close_at ? t('hold.closed') : t('hold.inForce', { count: matter.in_force })}</td>
              <td className="acts">
                <button className="ghost small" onClick={() => setChosen(matter.id)}>
                  {t('hold.show', { matter: matter.name })}
                </button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {shown && <MatterHolds key={shown.id} matter={shown} changed={load} />}
    </>
  );
}
