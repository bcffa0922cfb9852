// Messages that are sent later: when, and the list of those that wait.
import { useEffect, useState } from 'react';
import * as api from '../api/scheduled';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { sayError } from '../i18n/errors';
import { send } from '../store/posts';
import { useStore } from '../store/state';
import { labelOf } from '../store/unread';
import { Dialog } from '../ui/dialog';
import { FormEnd } from '../ui/form';
import { useSubmit } from './dialogs';
import { Markdown } from './markdown';
import { report } from './report';

const failures: Record<string, Key> = {
  channel_archived: 'later.failed.archived',
  no_channel_member: 'later.failed.member',
  no_channel_permission: 'later.failed.right',
  thread_deleted: 'later.failed.thread',
};

/** As the field for a time here has it. */
function local(at: number) {
  const time = new Date(at);
  return new Date(at - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Asks for a time that is still to come. */
export function TimeDialog({
  first,
  close,
  choose,
}: {
  first: number;
  close(): void;
  choose(at: number): Promise<unknown>;
}) {
  const { t } = useWords();
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await choose(new Date(String(form.get('at'))).getTime());
    close();
  });
  return (
    <Dialog title={t('later.choose')} close={close}>
      <form className="form" onSubmit={onSubmit}>
        <label>
          {t('later.at')}
          <input
            type="datetime-local"
            name="at"
            className="field"
            required
            min={local(Date.now() + 60_000)}
            defaultValue={local(first)}
          />
          <small>{t('later.zone', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}</small>
        </label>
        <FormEnd error={error} isBusy={isBusy} label={t('later.do')} />
      </form>
    </Dialog>
  );
}

function Waiting({ post, changed }: { post: api.ScheduledPost; changed(): void }) {
  const { t, date } = useWords();
  const [isMoving, setMoving] = useState(false);
  const channel = useStore((s) => s.channels[post.channel_id]);
  const label = useStore((s) => (channel ? labelOf(channel, s.users, s.me) : ''));
  const act = (doing: Promise<unknown>) => report(doing.finally(changed));
  const sendNow = async () => {
    // Cancelled first: what was sent in the same moment is not sent twice.
    await api.cancel(post.id);
    await send(post.channel_id, post.message, post.root_id, post.file_ids ?? []);
  };
  return (
    <li className="waiting" aria-label={t('later.to', { channel: label })}>
      <p className="who">
        <b>{label}</b>
        {post.root_id && <span className="position">{t('thread.title')}</span>}
        <time className="position" dateTime={new Date(post.scheduled_at).toISOString()}>
          {date(post.scheduled_at)}
        </time>
      </p>
      {post.error_code && (
        <p role="alert" className="error">
          {t(failures[post.error_code] ?? 'later.failed')}
        </p>
      )}
      <div className="extract" dir="auto">
        <Markdown text={post.message} />
      </div>
      {(post.file_ids?.length ?? 0) > 0 && (
        <small>{t('later.files', { count: post.file_ids!.length })}</small>
      )}
      <p className="buttons">
        <button className="ghost small" onClick={() => act(sendNow())}>
          {t('later.now')}
        </button>
        <button className="ghost small" onClick={() => setMoving(true)}>
          {t('later.move')}
        </button>
        <button className="ghost small danger" onClick={() => act(api.cancel(post.id))}>
          {t('later.cancel')}
        </button>
      </p>
      {isMoving && (
        <TimeDialog
          first={Math.max(post.scheduled_at, Date.now() + 3_600_000)}
          close={() => setMoving(false)}
          choose={(scheduled_at) => api.change({ ...post, scheduled_at }).finally(changed)}
        />
      )}
    </li>
  );
}

export function ScheduledList() {
  const words = useWords();
  const { t } = words;
  const team = useStore((s) => s.teamId);
  const turn = useStore((s) => s.scheduledTurn);
  const [list, setList] = useState<api.ScheduledPost[]>();
  const [failure, setFailure] = useState('');
  const load = () => {
    api.mine(team).then(
      (found) => {
        setList(found);
        setFailure('');
      },
      (error: unknown) => setFailure(sayError(words, error)),
    );
  };
  useEffect(load, [team, turn]);
  if (failure)
    return (
      <p className="empty" role="alert">
        {failure}
      </p>
    );
  if (!list)
    return (
      <p className="empty" aria-busy="true">
        {t('app.loading')}
      </p>
    );
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t('later.title')}>
      {list.length === 0 && <p className="empty">{t('later.none')}</p>}
      <ul className="scheduled">
        {list.map((each) => (
          <Waiting key={each.id} post={each} changed={load} />
        ))}
      </ul>
    </div>
  );
}
