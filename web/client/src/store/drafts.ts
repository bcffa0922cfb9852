// Unsent text and the files that have arrived for it, kept in the browser by channel or thread. Gone with sign-out.
import type { FileInfo, Id } from '../api/types';
import { set, state, useStore } from './state';
import { arrived, asArrived, forgetUploads } from './uploads';

const key = 'concordat.drafts';

const mapped = <A, B>(map: Record<Id, A>, change: (value: A) => B): Record<Id, B> =>
  Object.fromEntries(Object.entries(map).map(([id, value]) => [id, change(value)]));

export function loadDrafts(): void {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? '{}') as {
      of?: string;
      texts?: Record<Id, string>;
      files?: Record<Id, FileInfo[]>;
    };
    const isMine = kept.of === state().me?.id;
    set({
      drafts: isMine ? (kept.texts ?? {}) : {},
      uploads: isMine ? mapped(kept.files ?? {}, asArrived) : {},
    });
  } catch {
    localStorage.removeItem(key); // not written by us
  }
}

let timer: ReturnType<typeof setTimeout> | undefined;
function keep(): void {
  clearTimeout(timer);
  timer = undefined;
  const { me, drafts, uploads } = state();
  if (!me) return;
  const files = Object.fromEntries(
    Object.entries(mapped(uploads, arrived)).filter(([, list]) => list.length > 0),
  );
  localStorage.setItem(key, JSON.stringify({ of: me.id, texts: drafts, files }));
}
const keepSoon = () => {
  timer ??= setTimeout(keep, 300);
};
useStore.subscribe((now, before) => {
  if (now.uploads !== before.uploads && now.me) keepSoon();
});

export function saveDraft(place: string, text: string): void {
  if ((state().drafts[place] ?? '') === text) return;
  const { [place]: _old, ...rest } = state().drafts;
  set({ drafts: text ? { ...rest, [place]: text } : rest });
  keepSoon();
}

export function forgetDrafts(): void {
  forgetUploads();
  clearTimeout(timer);
  timer = undefined;
  localStorage.removeItem(key);
}

if (typeof addEventListener === 'function') addEventListener('pagehide', () => timer && keep());
