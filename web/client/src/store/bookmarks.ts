// Bookmarks of channels that were looked at; asked for again when an event says that they changed.
import * as api from '../api/bookmarks';
import type { Id } from '../api/types';
import { set, state } from './state';

export async function loadBookmarks(channel: Id): Promise<void> {
  const found = await api.list(channel);
  const list = found.filter((each) => !each.delete_at).sort((a, b) => a.sort_order - b.sort_order);
  set((s) => ({ bookmarks: { ...s.bookmarks, [channel]: list } }));
}
export const bookmarksChanged = (channel: Id) => {
  // What has not been looked at is asked for then.
  if (state().bookmarks[channel]) void loadBookmarks(channel).catch(() => undefined);
};
