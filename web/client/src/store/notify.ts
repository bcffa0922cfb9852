// Notifications of the browser: only when asked for, never with text while "do not disturb" is on.
import type { Post } from '../api/types';
import { set, state } from './state';
import { fullName, isMuted } from './unread';

const key = 'concordat.notify';
export const isWanted = () => localStorage.getItem(key) === 'on' && Notification.permission === 'granted';

export async function want(on: boolean): Promise<boolean> {
  const granted = on && (await Notification.requestPermission()) === 'granted';
  localStorage.setItem(key, granted ? 'on' : 'off');
  return granted;
}

export function notify(post: Post, sender: string, mentioned: boolean, channelType: string): void {
  const s = state();
  if (typeof Notification === 'undefined' || !isWanted()) return;
  if (s.presence[s.me?.id ?? ''] === 'dnd' || isMuted(s.members[post.channel_id])) return;
  if (!mentioned && channelType !== 'D' && channelType !== 'G') return;
  const user = s.users[post.user_id];
  const note = new Notification(user ? fullName(user) : sender, {
    body: post.message.slice(0, 200),
    tag: post.id,
  });
  note.onclick = () => {
    window.focus();
    note.close();
    void import('./channels').then((channels) => channels.openPost(post.id));
  };
}

let timer: ReturnType<typeof setTimeout> | undefined;
/** One line at the bottom that goes by itself. */
export function tell(notice: string): void {
  set({ notice });
  clearTimeout(timer);
  timer = setTimeout(() => set({ notice: '' }), 6000);
}
