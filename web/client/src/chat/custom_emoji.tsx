// Emoji of this node: adding one, and removing what one may.
import { useEffect, useState } from 'react';
import { image, type CustomEmoji } from '../api/emoji';
import { useWords } from '../i18n';
import { addEmoji, ofPage, removeEmoji } from '../store/custom_emoji';
import { tell } from '../store/notify';
import { needUsers } from '../store/people';
import { needRights } from '../store/rights';
import { useStore } from '../store/state';
import { fullName } from '../store/unread';
import { Dialog } from '../ui/dialog';
import { FormEnd } from '../ui/form';
import { Icon } from '../ui/icon';
import { useSubmit } from './dialogs';
import { report } from './report';

// What the node takes.
const longest_name = 64;
const most_bytes = 512 * 1024;
const most_side = 1028;
const page_size = 60;

function AddForm({ added }: { added(): void }) {
  const { t, size } = useWords();
  const [file, setFile] = useState<File>();
  const [round, setRound] = useState(0);
  const isTooLarge = !!file && file.size > most_bytes;
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    if (!file || isTooLarge) return;
    const name = String(form.get('name')).trim();
    await addEmoji(name, file);
    tell(t('emoji.added', { name: `:${name}:` }));
    setFile(undefined);
    setRound((now) => now + 1);
    added();
  });
  return (
    <form className="form" onSubmit={onSubmit} key={round}>
      <label>
        {t('emoji.name')}
        <input
          name="name"
          className="field"
          required
          maxLength={longest_name}
          pattern="[A-Za-z0-9_+\-]+"
          autoComplete="off"
          aria-describedby="emoji-name-hint"
        />
        <small id="emoji-name-hint">{t('emoji.nameHint')}</small>
      </label>
      <label>
        {t('emoji.picture')}
        <input
          type="file"
          className="field"
          required
          accept="image/png,image/jpeg,image/gif,image/webp"
          aria-describedby="emoji-picture-hint"
          onChange={(event) => setFile(event.target.files?.[0])}
        />
        <small id="emoji-picture-hint">
          {t('emoji.pictureHint', { limit: size(most_bytes), side: most_side })}
        </small>
      </label>
      <FormEnd
        error={isTooLarge ? t('error.emojiImage') : error}
        isBusy={isBusy || isTooLarge}
        label={t('emoji.add')}
      />
    </form>
  );
}

function Entry({ emoji, removed }: { emoji: CustomEmoji; removed(): void }) {
  const { t } = useWords();
  const [isAsked, setAsked] = useState(false);
  const creator = useStore((s) => s.users[emoji.creator_id]);
  const mayRemove = useStore(
    (s) =>
      s.rights.has('delete_emojis') &&
      (emoji.creator_id === s.me?.id || s.rights.has('delete_others_emojis')),
  );
  const name = `:${emoji.name}:`;
  const act = async () => {
    await removeEmoji(emoji);
    tell(t('emoji.removed', { name }));
    removed();
  };
  return (
    <li>
      <img className="emoji" src={image(emoji.id)} alt="" loading="lazy" />
      <b>{name}</b>
      <small>{creator && fullName(creator)}</small>
      {mayRemove && (
        <button
          type="button"
          className="icon"
          aria-label={t('emoji.remove', { name })}
          title={t('emoji.remove', { name })}
          onClick={() => setAsked(true)}
        >
          <Icon name="close" size={14} />
        </button>
      )}
      {isAsked && (
        <Dialog title={t('emoji.remove', { name })} close={() => setAsked(false)}>
          <p>{t('emoji.removeSure', { name })}</p>
          <div className="buttons">
            <button className="ghost" onClick={() => setAsked(false)}>
              {t('app.cancel')}
            </button>
            <button
              className="primary danger"
              data-focus
              onClick={() => {
                setAsked(false);
                report(act());
              }}
            >
              {t('emoji.remove', { name })}
            </button>
          </div>
        </Dialog>
      )}
    </li>
  );
}

export function CustomEmojiDialog({ close }: { close(): void }) {
  const { t } = useWords();
  const mayAdd = useStore((s) => s.rights.has('create_emojis'));
  const [list, setList] = useState<CustomEmoji[]>();
  const [isMore, setMore] = useState(false);
  const load = async (from: CustomEmoji[] = []) => {
    const found = await ofPage(Math.floor(from.length / page_size), page_size);
    needUsers(found.map((each) => each.creator_id));
    setList([...from, ...found]);
    setMore(found.length === page_size);
  };
  useEffect(() => {
    report(needRights());
    report(load());
  }, []);
  return (
    <Dialog title={t('emoji.own')} close={close}>
      {mayAdd && <AddForm added={() => report(load())} />}
      {!list && <p className="empty">{t('app.loading')}</p>}
      {list?.length === 0 && <p className="empty">{t('emoji.ownNone')}</p>}
      <ul className="own-emoji">
        {list?.map((each) => (
          <Entry key={each.id} emoji={each} removed={() => report(load())} />
        ))}
      </ul>
      {isMore && (
        <button className="ghost" onClick={() => report(load(list))}>
          {t('app.more')}
        </button>
      )}
    </Dialog>
  );
}
