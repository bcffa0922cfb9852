// The line of bookmarks below a channel's name.
import { useEffect } from 'react';
import * as api from '../api/bookmarks';
import { url } from '../api/files';
import type { Id } from '../api/types';
import { useWords } from '../i18n';
import { loadBookmarks } from '../store/bookmarks';
import { state, useStore } from '../store/state';
import { Menu } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { show } from './overlays';
import { report } from './report';

const nothing: api.Bookmark[] = [];
/** Whoever made it chose the address: nothing but the web is opened. */
function addressOf({ type, file_id, link_url = '' }: api.Bookmark) {
  if (type === 'file') return url(file_id);
  return /^https?:\/\//i.test(link_url) ? link_url : undefined;
}

export function BookmarkLine({ channelId }: { channelId: Id }) {
  const { t } = useWords();
  const list = useStore((s) => s.bookmarks[channelId] ?? nothing);
  useEffect(() => {
    if (!state().bookmarks[channelId]) report(loadBookmarks(channelId));
  }, [channelId]);
  if (list.length === 0) return null;
  return (
    <nav className="bookmarks" aria-label={t('bookmark.title')}>
      <ul>
        {list.map((each) => (
          <li key={each.id}>
            <a href={addressOf(each)} target="_blank" rel="noopener noreferrer">
              <Icon name={each.type === 'file' ? 'file' : 'globe'} size={14} />
              <span dir="auto">{each.display_name}</span>
            </a>
            <Menu
              label={t('bookmark.menu', { name: each.display_name })}
              items={[
                {
                  label: t('bookmark.change'),
                  icon: 'edit',
                  act: () => show({ kind: 'bookmark', bookmark: each }),
                },
                {
                  label: t('bookmark.remove'),
                  icon: 'close',
                  danger: true,
                  act: () => report(api.erase(each).then(() => loadBookmarks(channelId))),
                },
              ]}
            >
              <Icon name="more" size={14} />
            </Menu>
          </li>
        ))}
      </ul>
    </nav>
  );
}
