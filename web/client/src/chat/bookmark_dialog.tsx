// Making a bookmark, and giving it another name or address.
import * as api from '../api/bookmarks';
import { useWords } from '../i18n';
import { loadBookmarks } from '../store/bookmarks';
import { state } from '../store/state';
import { Dialog } from '../ui/dialog';
import { FormEnd } from '../ui/form';
import { useSubmit } from './dialogs';

/** A new link, or another name and address for one that is there. */
export function BookmarkDialog({ bookmark, close }: { bookmark?: api.Bookmark; close(): void }) {
  const { t } = useWords();
  const channel = bookmark?.channel_id ?? state().channelId;
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    const name = String(form.get('name')).trim();
    const link = String(form.get('link') ?? '').trim();
    if (bookmark) await api.rename(bookmark, name, link || undefined);
    else await api.addLink(channel, link, name);
    await loadBookmarks(channel);
    close();
  });
  return (
    <Dialog title={t(bookmark ? 'bookmark.change' : 'bookmark.add')} close={close}>
      <form className="form" onSubmit={onSubmit}>
        {bookmark?.type !== 'file' && (
          <label>
            {t('bookmark.link')}
            <input
              name="link"
              className="field"
              type="url"
              required
              maxLength={1024}
              pattern="https?://.+"
              placeholder="https://"
              defaultValue={bookmark?.link_url}
            />
          </label>
        )}
        <label>
          {t('bookmark.name')}
          <input
            name="name"
            className="field"
            required
            maxLength={64}
            defaultValue={bookmark?.display_name}
          />
        </label>
        <FormEnd error={error} isBusy={isBusy} label={t('app.save')} />
      </form>
    </Dialog>
  );
}
