// One message: its author, text, files, reactions, thread summary and what can be done with it.
import { memo, useEffect, useState } from 'react';
import * as postsApi from '../api/posts';
import type { Post } from '../api/types';
import * as usersApi from '../api/users';
import { useWords, type Words } from '../i18n';
import { sayError } from '../i18n/errors';
import { markUnread, openPost, openThread } from '../store/channels';
import { tell } from '../store/notify';
import { erase, retry, toggleReaction, togglePin } from '../store/posts';
import { pathOf } from '../store/route';
import { set, state, useStore, without } from '../store/state';
import { fullName } from '../store/unread';
import { Avatar } from '../ui/avatar';
import { Dialog, Menu, type MenuItem } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { Composer } from './composer';
import { Delivery } from './delivery';
import { EmojiPicker } from './emoji_picker';
import { Files } from './files';
import { Glyph, Markdown } from './markdown';
import { showProfile } from './overlays';
import { report } from './report';
import { systemText } from './system';

export async function toggleSaved(id: string): Promise<void> {
  const s = state();
  const preference = { user_id: s.me?.id ?? '', category: 'flagged_post', name: id, value: 'true' };
  if (s.saved[id]) await usersApi.deletePreferences([preference]);
  else await usersApi.savePreferences([preference]);
  set((now) => ({ saved: s.saved[id] ? without(now.saved, id) : { ...now.saved, [id]: true } }));
}

function copy(words: Words, text: string, said: 'post.linkCopied' | 'post.textCopied'): void {
  report(navigator.clipboard.writeText(text).then(() => tell(words.t(said))));
}

function linkTo(post: Post): string {
  const s = state();
  return location.origin + pathOf({ kind: 'post', team: s.teams[s.teamId]?.name ?? '', id: post.id });
}

function actionsOf(words: Words, post: Post, askToDelete: () => void): MenuItem[] {
  const { t } = words;
  const s = state();
  const isMine = post.user_id === s.me?.id;
  const mayDelete = isMine || /system_admin|team_admin/.test(s.me?.roles ?? '');
  const items: MenuItem[] = [
    { label: t('post.reply'), icon: 'reply', act: () => openThread(post.root_id || post.id) },
    {
      label: t(s.saved[post.id] ? 'post.unsave' : 'post.save'),
      icon: 'bookmark',
      act: () => report(toggleSaved(post.id)),
    },
    {
      label: t(post.is_pinned ? 'post.unpin' : 'post.pin'),
      icon: 'pin',
      act: () => report(togglePin(post)),
    },
    { label: t('post.markUnread'), icon: 'check', act: () => report(markUnread(post.id)) },
    { label: t('post.copyLink'), icon: 'clip', act: () => copy(words, linkTo(post), 'post.linkCopied') },
    { label: t('post.copyText'), icon: 'file', act: () => copy(words, post.message, 'post.textCopied') },
  ];
  if (isMine && !post.type)
    items.push({ label: t('post.edit'), icon: 'edit', act: () => set({ editing: post.id }) });
  if (mayDelete) items.push({ label: t('post.delete'), icon: 'close', danger: true, act: askToDelete });
  return items;
}

function Reactions({ post }: { post: Post }) {
  const { t } = useWords();
  const me = useStore((s) => s.me?.id);
  const users = useStore((s) => s.users);
  const groups = new Map<string, string[]>();
  for (const { emoji_name, user_id } of post.metadata?.reactions ?? [])
    groups.set(emoji_name, [...(groups.get(emoji_name) ?? []), user_id]);
  if (groups.size === 0) return null;
  const names = (ids: string[]) => {
    const shown = ids.slice(0, 10).map((id) => (id === me ? t('people.you') : fullName(users[id])));
    const rest = ids.length - shown.length;
    return shown.join(', ') + (rest > 0 ? ` ${t('post.andMore', { count: rest })}` : '');
  };
  return (
    <div className="reactions">
      {[...groups].slice(0, 50).map(([name, ids]) => (
        <button
          key={name}
          aria-pressed={ids.includes(me ?? '')}
          title={t('post.reactionOf', { names: names(ids), emoji: name })}
          onClick={() => report(toggleReaction(post, name))}
        >
          <Glyph name={name} />
          {ids.length}
        </button>
      ))}
    </div>
  );
}

function Replies({ post }: { post: Post }) {
  const { t, time } = useWords();
  const users = useStore((s) => s.users);
  return (
    <button className="replies" onClick={() => openThread(post.id)}>
      <span className="faces">
        {(post.participants ?? []).slice(0, 3).map((each) => (
          <Avatar key={each.id} user={users[each.id]} size="small" />
        ))}
      </span>
      <b>{t('post.replies', { count: post.reply_count ?? 0 })}</b>
      {!!post.last_reply_at && <span>{t('post.lastReply', { time: time(post.last_reply_at) })}</span>}
    </button>
  );
}

function Failure({ post }: { post: Post }) {
  const { t } = useWords();
  return (
    <p className="failed" role="alert">
      {t('post.failed')}{' '}
      <button className="link" onClick={() => report(retry(post.id))}>
        {t('app.retry')}
      </button>{' '}
      <button className="link" onClick={() => report(erase(post))}>
        {t('post.discard')}
      </button>
    </p>
  );
}

function Marks({ post }: { post: Post }) {
  const { t } = useWords();
  const isSaved = useStore((s) => !!s.saved[post.id]);
  if (!post.is_pinned && !isSaved) return null;
  return (
    <span className="marks">
      {post.is_pinned && (
        <span>
          <Icon name="pin" size={12} /> {t('post.pinned')}
        </span>
      )}
      {isSaved && (
        <span>
          <Icon name="bookmark" size={12} /> {t('post.savedMark')}
        </span>
      )}
    </span>
  );
}

function History({ post, close }: { post: Post; close(): void }) {
  const words = useWords();
  const [found, setFound] = useState<Post[]>();
  const [error, setError] = useState('');
  useEffect(() => {
    postsApi.history(post.id).then(setFound, (refusal: unknown) => setError(sayError(words, refusal)));
  }, [post.id, words]);
  return (
    <Dialog title={words.t('post.history')} close={close}>
      {error && (
        <p role="alert" className="error">
          {error}
        </p>
      )}
      {!found && !error && <p className="empty">{words.t('app.loading')}</p>}
      {found?.map((each) => (
        <div key={each.id} className="version">
          <small>{words.date(each.edit_at || each.create_at)}</small>
          <Markdown text={each.message} />
        </div>
      ))}
    </Dialog>
  );
}

/** Earlier versions are for the author. */
function Edited({ post }: { post: Post }) {
  const { t } = useWords();
  const isMine = useStore((s) => s.me?.id === post.user_id);
  const [isOpen, setOpen] = useState(false);
  if (!isMine) return <small className="edited">{t('post.edited')}</small>;
  return (
    <>
      <button className="edited" title={t('post.history')} onClick={() => setOpen(true)}>
        <small>{t('post.edited')}</small>
      </button>
      {isOpen && <History post={post} close={() => setOpen(false)} />}
    </>
  );
}

interface BodyProps {
  post: Post;
  inThread?: boolean;
}
function Body({ post, inThread }: BodyProps) {
  const words = useWords();
  const isEditing = useStore((s) => s.editing === post.id) && post.id !== post.pending_post_id;
  if (isEditing) return <Composer channelId={post.channel_id} post={post} />;
  return (
    <>
      <Marks post={post} />
      {post.message && (
        <Markdown
          id={`b${post.id}`}
          text={post.type.startsWith('system_') ? systemText(words, post) : post.message}
        />
      )}
      {post.edit_at > 0 && <Edited post={post} />}
      {!post.failed && post.id !== post.pending_post_id && !post.type.startsWith('system_') && (
        <Delivery post={post} />
      )}
      <Files post={post} />
      <Reactions post={post} />
      {!inThread && !post.root_id && (post.reply_count ?? 0) > 0 && <Replies post={post} />}
      {post.failed && <Failure post={post} />}
    </>
  );
}

function Actions({ post, inThread, ask }: BodyProps & { ask: (what: 'delete' | 'react') => void }) {
  const words = useWords();
  const { t } = words;
  return (
    <div className="actions" role="group" aria-label={t('post.actions')}>
      <button aria-label={t('post.react')} title={t('post.react')} tabIndex={-1} onClick={() => ask('react')}>
        <Icon name="smile" size={16} />
      </button>
      {!inThread && (
        <button
          aria-label={t('post.reply')}
          title={t('post.reply')}
          tabIndex={-1}
          onClick={() => openThread(post.root_id || post.id)}
        >
          <Icon name="reply" size={16} />
        </button>
      )}
      <Menu
        label={t('post.actions')}
        className=""
        tabIndex={-1}
        items={actionsOf(words, post, () => ask('delete'))}
      >
        <Icon name="more" size={16} />
      </Menu>
    </div>
  );
}

function DeleteQuestion({ post, close }: { post: Post; close(): void }) {
  const { t } = useWords();
  const act = () => {
    close();
    report(erase(post));
  };
  return (
    <Dialog title={t('post.delete')} close={close}>
      <p>{t('post.deleteSure')}</p>
      <div className="quoted">
        <Markdown text={post.message} />
      </div>
      <div className="buttons">
        <button className="ghost" onClick={close}>
          {t('app.cancel')}
        </button>
        <button className="primary danger" onClick={act} data-focus>
          {t('post.delete')}
        </button>
      </div>
    </Dialog>
  );
}

export interface PostProps {
  post: Post;
  /** The one before is by the same person and recent: no header. */
  continues?: boolean;
  inThread?: boolean;
  /** Where Tab enters the list. */
  isEntry?: boolean;
  isTarget?: boolean;
  /** In a list of results: a click leads to the place in the channel. */
  isResult?: boolean;
}

export const PostRow = memo(function PostRow(props: PostProps) {
  const { post, continues, inThread, isEntry, isTarget, isResult } = props;
  const words = useWords();
  const { t, time, date } = words;
  const user = useStore((s) => s.users[post.user_id]);
  const presence = useStore((s) => (continues ? undefined : s.presence[post.user_id]));
  const place = useStore((s) => (isResult ? s.channels[post.channel_id]?.display_name : undefined));
  const [asked, setAsked] = useState<'delete' | 'react'>();
  const isWaiting = post.id === post.pending_post_id;
  const isSystem = post.type.startsWith('system_');
  const when = (
    <time dateTime={new Date(post.create_at).toISOString()} title={date(post.create_at)}>
      {isResult ? date(post.create_at) : time(post.create_at)}
    </time>
  );
  const onKey = (event: React.KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const isMine = post.user_id === state().me?.id;
    if (event.key === 'Enter' && isResult) report(openPost(post.id));
    else if (event.key === 'Enter' || event.key === 'r') openThread(post.root_id || post.id);
    else if (event.key === '+') setAsked('react');
    else if (event.key === 'e' && isMine) set({ editing: post.id });
    else if ((event.key === 'd' || event.key === 'Delete') && isMine) setAsked('delete');
    else if (event.key === 's') report(toggleSaved(post.id));
    else if (event.key === 'u') report(markUnread(post.id));
    else return;
    event.preventDefault();
  };
  const classes = [
    'post',
    continues && 'continues',
    isWaiting && !post.failed && 'waiting',
    isTarget && 'target',
    isSystem && 'system',
  ];
  return (
    <article
      className={classes.filter(Boolean).join(' ')}
      data-post={post.id}
      data-start={isEntry || undefined}
      tabIndex={isEntry ? 0 : -1}
      aria-labelledby={`w${post.id} b${post.id}`}
      onKeyDown={onKey}
    >
      {continues ? (
        <span className="gutter">{when}</span>
      ) : (
        <button
          className="face"
          tabIndex={-1}
          aria-label={t('people.profile', { name: fullName(user) })}
          onClick={(event) => user && showProfile(user.id, event.currentTarget)}
        >
          <Avatar user={user} presence={presence} />
        </button>
      )}
      <div className="body">
        {continues ? (
          <span className="hidden" id={`w${post.id}`}>
            {fullName(user)}
          </span>
        ) : (
          <div className="who">
            <b id={`w${post.id}`} dir="auto">
              {fullName(user)}
            </b>
            {user?.is_bot && <span className="badge">{t('people.bot')}</span>}
            {user?.remote_id && <span className="badge">{t('people.remote')}</span>}
            {user?.position && (
              <span className="position" dir="auto">
                {user.position}
              </span>
            )}
            {when}
            {place && <span className="position">{place}</span>}
            {isResult && (
              <button className="link" onClick={() => report(openPost(post.id))}>
                {t('post.showChannel')}
              </button>
            )}
          </div>
        )}
        <Body post={post} inThread={inThread || isResult} />
      </div>
      {!isWaiting && !isSystem && <Actions post={post} inThread={inThread} ask={setAsked} />}
      {asked === 'delete' && <DeleteQuestion post={post} close={() => setAsked(undefined)} />}
      {asked === 'react' && (
        <EmojiPicker
          close={() => setAsked(undefined)}
          choose={(name) => {
            setAsked(undefined);
            report(toggleReaction(post, name));
          }}
        />
      )}
    </article>
  );
});
