// Unsent text, kept in the browser by channel or thread. Gone with sign-out.
import { set, state } from './state';

const key = 'concordat.drafts';

export function loadDrafts(): void {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? '{}') as {
      of?: string;
      texts?: Record<string, string>;
    };
    set({ drafts: kept.of === state().me?.id ? (kept.texts ?? {}) : {} });
  } catch {
    localStorage.removeItem(key); // not written by us
  }
}

let timer: ReturnType<typeof setTimeout> | undefined;
function keep(): void {
  clearTimeout(timer);
  timer = undefined;
  if (state().me) localStorage.setItem(key, JSON.stringify({ of: state().me?.id, texts: state().drafts }));
}

export function saveDraft(place: string, text: string): void {
  if ((state().drafts[place] ?? '') === text) return;
  const { [place]: _old, ...rest } = state().drafts;
  set({ drafts: text ? { ...rest, [place]: text } : rest });
  timer ??= setTimeout(keep, 300);
}

export function forgetDrafts(): void {
  clearTimeout(timer);
  timer = undefined;
  localStorage.removeItem(key);
}

if (typeof addEventListener === 'function') addEventListener('pagehide', () => timer && keep());
