// The field in which messages, replies and edits are written.
import {
  lazy,
  Suspense,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type ClipboardEvent,
  type KeyboardEvent,
} from 'react';
import * as scheduledApi from '../api/scheduled';
import type { Id, Post } from '../api/types';
import { useWords } from '../i18n';
import { sayError } from '../i18n/errors';
import { saveDraft } from '../store/drafts';
import { tellTyping } from '../store/live';
import { tell } from '../store/notify';
import { edit, send } from '../store/posts';
import { set, state, useStore } from '../store/state';
import {
  addUpload,
  arrived,
  clearUploads,
  dropUpload,
  pauseUpload,
  resumeUpload,
  type Upload,
} from '../store/uploads';
import { Menu } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { replaced, suggest, wordAt, type Suggestion, type Word } from './completion';
import { EmojiPicker } from './emoji_picker';
import { report } from './report';

const TimeDialog = lazy(() => import('./scheduled').then((room) => ({ default: room.TimeDialog })));

const most_files = 10;
const longest_message = 16383;

const none: Upload[] = [];

function useUploads(place: Id, channelId: Id) {
  const words = useWords();
  const uploads = useStore((s) => s.uploads[place] ?? none);
  const add = (files: File[]) => {
    const limit = Number(state().config.MaxFileSize) || 104_857_600;
    const room = most_files - uploads.length;
    if (files.length > room) tell(words.t('file.tooMany', { count: most_files }));
    for (const file of files.slice(0, room)) {
      if (file.size > limit) tell(words.t('file.tooLarge', { name: file.name, limit: words.size(limit) }));
      else addUpload(place, channelId, file);
    }
  };
  return { uploads, add };
}

function UploadRow({ upload, place }: { upload: Upload; place: Id }) {
  const words = useWords();
  const { t, size } = words;
  const { name, stage } = upload;
  const isGoing = stage === 'sending' || stage === 'waiting';
  const isOpen = isGoing || stage === 'paused';
  const said = {
    sending: '',
    paused: t('file.paused'),
    waiting: t('file.waiting'),
    refused: stage === 'refused' ? sayError(words, upload.error) : '',
    done: size(upload.size),
  }[stage];
  const label = t(stage === 'refused' ? 'file.again' : isGoing ? 'file.pause' : 'file.resume', { name });
  return (
    <li className={stage === 'refused' ? 'bad' : undefined}>
      <span className="name" dir="auto">
        {name}
      </span>
      {isOpen && (
        <progress value={upload.sent} max={upload.size || 1} aria-label={t('file.uploading', { name })} />
      )}
      <small role={stage === 'refused' ? 'alert' : 'status'}>{said}</small>
      {stage !== 'done' && (
        <button
          type="button"
          className="icon"
          aria-label={label}
          title={label}
          onClick={() => (isGoing ? pauseUpload(upload) : resumeUpload(upload))}
        >
          <Icon name={isGoing ? 'pause' : 'play'} size={14} />
        </button>
      )}
      <button
        type="button"
        className="icon"
        aria-label={t('file.remove', { name })}
        title={t('file.remove', { name })}
        onClick={() => dropUpload(place, upload)}
      >
        <Icon name="close" size={14} />
      </button>
    </li>
  );
}

function UploadList({ uploads, place }: { uploads: Upload[]; place: Id }) {
  if (uploads.length === 0) return null;
  return (
    <ul className="uploads">
      {uploads.map((each) => (
        <UploadRow key={each.key} upload={each} place={place} />
      ))}
    </ul>
  );
}

function useCompletion(channelId: Id) {
  const { t } = useWords();
  const [found, setFound] = useState<{ word: Word; list: Suggestion[]; at: number }>();
  const turn = useRef(0);
  const look = (text: string, caret: number) => {
    const word = wordAt(text, caret);
    const mine = ++turn.current;
    if (!word) return setFound(undefined);
    // A suggestion that cannot be had is only missing.
    suggest(word, channelId, t('compose.everyone')).then(
      (list) => mine === turn.current && setFound(list.length > 0 ? { word, list, at: 0 } : undefined),
      () => undefined,
    );
  };
  const stop = () => {
    ++turn.current;
    setFound(undefined);
  };
  const move = (by: number) =>
    setFound((now) => now && { ...now, at: (now.at + by + now.list.length) % now.list.length });
  return { found, look, stop, move };
}

/** At nine in the morning, so many days from now. */
export function morning(now: Date, days: number) {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 9).getTime();
}
export const toMonday = (now: Date) => (8 - now.getDay()) % 7 || 7;

/** Puts signs around what is selected. */
export function wrapped(text: string, from: number, to: number, before: string, after: string) {
  const chosen = text.slice(from, to);
  const out = text.slice(0, from) + before + chosen + after + text.slice(to);
  return { text: out, caret: from + before.length + (chosen ? chosen.length + after.length : 0) };
}

interface Props {
  channelId: Id;
  rootId?: Id;
  /** Given: this post is edited. */
  post?: Post;
  label?: string;
  hint?: string;
}

export function Composer({ channelId, rootId = '', post, label, hint }: Props) {
  const { t, date } = useWords();
  const place = post ? '' : rootId || channelId;
  const [text, setText] = useState(post ? post.message : (state().drafts[place] ?? ''));
  const [picking, setPicking] = useState(false);
  const [isTiming, setTiming] = useState(false);
  const [isOver, setOver] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const caret = useRef<number>(undefined);
  const lastTyping = useRef(0);
  const { uploads, add } = useUploads(place, channelId);
  const completion = useCompletion(channelId);
  const id = `s-${post?.id ?? place}`;
  const tooMany = [...text].length - longest_message;
  const files = arrived(uploads);
  const isBusy = uploads.some((each) => each.stage !== 'done' && each.stage !== 'refused');
  const canSend = (text.trim() !== '' || files.length > 0) && !isBusy && tooMany <= 0;

  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches || post) field.current?.focus({ preventScroll: true });
    if (post) field.current?.setSelectionRange(post.message.length, post.message.length);
  }, [post]);
  useEffect(() => {
    if (place) saveDraft(place, text);
  }, [place, text]);
  useLayoutEffect(() => {
    if (caret.current === undefined) return;
    field.current?.setSelectionRange(caret.current, caret.current);
    caret.current = undefined;
  }, [text]);

  const put = (next: { text: string; caret: number }) => {
    caret.current = next.caret;
    setText(next.text);
    field.current?.focus();
  };
  const insert = (more: string) => {
    const { selectionStart: from, selectionEnd: to } = field.current!;
    put({ text: text.slice(0, from) + more + text.slice(to), caret: from + more.length });
  };
  const leave = () => set({ editing: '' });
  const submit = () => {
    if (!canSend) return;
    completion.stop();
    if (post) {
      leave();
      if (text !== post.message) report(edit(post.id, text));
      return;
    }
    setText('');
    clearUploads(place);
    report(
      send(
        channelId,
        text.trim(),
        rootId,
        files.map((each) => each.id),
      ),
    );
  };
  const sendLater = async (scheduled_at: number) => {
    completion.stop();
    await scheduledApi.add({
      user_id: state().me?.id ?? '',
      channel_id: channelId,
      root_id: rootId,
      message: text.trim(),
      file_ids: files.map((each) => each.id),
      scheduled_at,
    });
    setText('');
    clearUploads(place);
    tell(t('later.will', { when: date(scheduled_at) }));
  };
  const complete = (at: number) => {
    const { found } = completion;
    if (!found) return;
    put(replaced(text, found.word, found.list[at].text));
    completion.stop();
  };
  const editLast = () => {
    const s = state();
    const ids = rootId ? s.threads[rootId] : s.windows[channelId]?.ids;
    const mine = [...(ids ?? [])]
      .reverse()
      .find((each) => s.posts[each]?.user_id === s.me?.id && !s.posts[each]?.type);
    if (mine) set({ editing: mine });
  };
  const format = (event: KeyboardEvent) => {
    const signs = { b: ['**', '**'], i: ['*', '*'], k: ['[', '](https://)'] }[event.key.toLowerCase()];
    const isLink = event.key.toLowerCase() === 'k';
    if (!signs || !(event.ctrlKey || event.metaKey) || event.altKey || isLink !== event.shiftKey)
      return false;
    const { selectionStart: from, selectionEnd: to } = field.current!;
    put(wrapped(text, from, to, signs[0], signs[1]));
    return true;
  };
  const onKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    const { found } = completion;
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (
      found &&
      isPlain &&
      ['ArrowDown', 'ArrowUp', 'Enter', 'Tab', 'Escape'].includes(event.key) &&
      !event.shiftKey
    ) {
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp')
        completion.move(event.key === 'ArrowDown' ? 1 : -1);
      else if (event.key === 'Escape') completion.stop();
      else complete(found.at);
      event.stopPropagation();
    } else if (event.key === 'Enter' && !event.shiftKey && isPlain) submit();
    else if (event.key === 'Escape' && post) {
      leave();
      event.stopPropagation();
    } else if (event.key === 'ArrowUp' && text === '' && isPlain && !post) editLast();
    else if (!format(event)) return;
    event.preventDefault();
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...event.clipboardData.files];
    if (pasted.length === 0 || post) return;
    event.preventDefault();
    add(pasted);
  };
  const onText = (value: string) => {
    setText(value);
    completion.look(value, field.current?.selectionStart ?? value.length);
    if (!post && value && Date.now() - lastTyping.current > 4000) {
      lastTyping.current = Date.now();
      tellTyping(channelId, rootId);
    }
  };
  const { found } = completion;
  const name = post ? t('compose.editLabel') : (label ?? t('compose.thread'));
  return (
    <div
      className={`compose${isOver ? ' over' : ''}`}
      onDragOver={(event) => {
        if (post || !event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        add([...event.dataTransfer.files]);
      }}
    >
      {found && (
        <ul className="suggestions" id={id} role="listbox" aria-label={t('compose.suggestions')}>
          {found.list.map((each, at) => (
            <li
              key={each.key}
              id={`${id}-${at}`}
              role="option"
              aria-selected={at === found.at}
              onMouseDown={(event) => {
                event.preventDefault();
                complete(at);
              }}
            >
              <span className="glyph" aria-hidden="true">
                {each.picture ? <img className="emoji" src={each.picture} alt="" /> : each.glyph}
              </span>
              <b>{each.title}</b> <small>{each.detail}</small>
            </li>
          ))}
        </ul>
      )}
      <form
        className="composer"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <UploadList uploads={uploads} place={place} />
        <div className="line">
          {!post && (
            <>
              <button
                type="button"
                className="icon"
                aria-label={t('compose.attach')}
                title={t('compose.attach')}
                onClick={() => chooser.current?.click()}
              >
                <Icon name="clip" size={17} />
              </button>
              <input
                ref={chooser}
                type="file"
                multiple
                hidden
                onChange={(event) => {
                  add([...(event.target.files ?? [])]);
                  event.target.value = '';
                }}
              />
            </>
          )}
          <textarea
            ref={field}
            data-start={post ? undefined : true}
            data-compose={post ? undefined : place}
            rows={1}
            dir="auto"
            aria-label={name}
            placeholder={isOver ? t('compose.drop') : name}
            aria-autocomplete="list"
            aria-controls={found ? id : undefined}
            aria-activedescendant={found ? `${id}-${found.at}` : undefined}
            value={text}
            onChange={(event) => onText(event.target.value)}
            onKeyDown={onKey}
            onPaste={onPaste}
            onBlur={completion.stop}
          />
          <button
            type="button"
            className="icon"
            aria-label={t('compose.emoji')}
            title={t('compose.emoji')}
            onClick={() => setPicking(true)}
          >
            <Icon name="smile" size={17} />
          </button>
          <button
            className="icon send"
            aria-label={post ? t('app.save') : t('compose.send')}
            disabled={!canSend}
          >
            <Icon name={post ? 'check' : 'send'} />
          </button>
          {!post && canSend && (
            <Menu
              label={t('later.menu')}
              items={[
                [t('later.tomorrow'), morning(new Date(), 1)] as const,
                [t('later.monday'), morning(new Date(), toMonday(new Date()))] as const,
              ]
                .map(([label, at]) => ({
                  label: `${label}, ${date(at)}`,
                  act: () => report(sendLater(at)),
                }))
                .concat({ label: t('later.choose'), act: () => setTiming(true) })}
            >
              <Icon name="clock" size={17} />
            </Menu>
          )}
        </div>
      </form>
      <p className="hint">
        {tooMany > 0 ? (
          <b role="alert">{t('compose.tooLong', { count: tooMany })}</b>
        ) : post ? (
          t('compose.editHint')
        ) : (
          hint
        )}
      </p>
      {isTiming && (
        <Suspense>
          <TimeDialog first={morning(new Date(), 1)} close={() => setTiming(false)} choose={sendLater} />
        </Suspense>
      )}
      {picking && (
        <EmojiPicker
          close={() => setPicking(false)}
          choose={(chosen) => {
            setPicking(false);
            insert(`:${chosen}: `);
          }}
        />
      )}
    </div>
  );
}

/** What is below a field: who types, else how to send. */
export function useTypingHint(channelId: Id): string {
  const { t } = useWords();
  const typing = useStore((s) => s.typing[channelId]);
  const users = useStore((s) => s.users);
  const me = useStore((s) => s.me?.id);
  const names = Object.keys(typing ?? {})
    .filter((id) => id !== me && users[id])
    .map((id) => users[id].first_name || users[id].username);
  if (names.length === 0) return t('compose.hint');
  if (names.length === 1) return t('typing.one', { a: names[0] });
  return names.length === 2 ? t('typing.two', { a: names[0], b: names[1] }) : t('typing.many');
}
