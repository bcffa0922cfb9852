// Choosing an emoji: a field and a grid that arrows walk through.
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { image, type CustomEmoji } from '../api/emoji';
import { useWords } from '../i18n';
import { isOn, ofPage, searched } from '../store/custom_emoji';
import { needRights } from '../store/rights';
import { useStore } from '../store/state';
import { Dialog } from '../ui/dialog';
import { allEmoji, findEmoji, glyphOf, loadEmoji, quickNames } from './emoji';
import { show } from './overlays';
import { report } from './report';

const columns = 9;
const most_shown = 180;
const own_shown = 54;

interface Choice {
  name: string;
  glyph?: string;
  custom?: CustomEmoji;
}

/** The node's own emoji: some of them, or those whose names hold `text`; asked for when the typing rests. */
function useOwn(text: string): Choice[] {
  const [found, setFound] = useState<CustomEmoji[]>([]);
  const known = useStore((s) => s.emoji);
  useEffect(() => {
    if (!isOn()) return;
    let isWanted = true;
    const ask = async () => {
      const list = await (text ? searched(text) : ofPage(0, own_shown));
      if (isWanted) setFound(list.slice(0, own_shown));
    };
    const timer = setTimeout(() => report(ask()), text ? 150 : 0);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [text]);
  return found
    .filter(({ name }) => known.get(name) && name.includes(text))
    .map((custom) => ({ name: custom.name, custom }));
}

function standard(text: string, isLoaded: boolean): Choice[] {
  if (text) return findEmoji(text, most_shown);
  const quick = quickNames.map((name) => ({ name, glyph: glyphOf(name) }));
  const rest = isLoaded ? allEmoji().slice(0, most_shown) : [];
  return [...quick, ...rest.map(({ glyph, names }) => ({ name: names[0], glyph }))];
}

/** The way to adding and removing, for those who may. */
function Manage({ close }: { close(): void }) {
  const { t } = useWords();
  const mayChange = useStore((s) => s.rights.has('create_emojis') || s.rights.has('delete_emojis'));
  useEffect(() => (isOn() ? report(needRights()) : undefined), []);
  if (!isOn() || !mayChange) return null;
  const open = () => {
    close();
    show({ kind: 'custom-emoji' });
  };
  return (
    <div className="buttons">
      <button type="button" className="ghost" onClick={open}>
        {t('emoji.manage')}
      </button>
    </div>
  );
}

export function EmojiPicker({ choose, close }: { choose(name: string): void; close(): void }) {
  const { t } = useWords();
  const [text, setText] = useState('');
  const [isLoaded, setLoaded] = useState(allEmoji().length > 0);
  const [at, setAt] = useState(0);
  const grid = useRef<HTMLDivElement>(null);
  useEffect(() => report(loadEmoji().then(() => setLoaded(true))), []);
  const own = useOwn(text);
  const others = useMemo(() => standard(text, isLoaded), [text, isLoaded]);
  // While somebody types, what comes later does not move what Enter would choose.
  const isOwnFirst = text === '';
  const shown = isOwnFirst ? [...own, ...others] : [...others, ...own];
  const onKey = (event: KeyboardEvent) => {
    const inField = event.target instanceof HTMLInputElement;
    const step = { ArrowDown: columns, ArrowUp: -columns, ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === 'Enter' && shown[at]) {
      event.preventDefault();
      choose(shown[at].name);
    } else if (step && !(inField && Math.abs(step) === 1 && text)) {
      event.preventDefault();
      const next = Math.max(0, Math.min(shown.length - 1, at + step));
      setAt(next);
      grid.current?.querySelector(`#emoji-${next}`)?.scrollIntoView({ block: 'nearest' });
    }
  };
  const part = (label: string, list: Choice[], first: number) =>
    list.length > 0 && (
      <div key={label} className="part" role="group" aria-label={label}>
        <h3 aria-hidden="true">{label}</h3>
        {list.map(({ name, glyph, custom }, n) => (
          <div
            key={`${name}${n}`}
            id={`emoji-${first + n}`}
            role="option"
            aria-selected={first + n === at}
            aria-label={name.replaceAll('_', ' ')}
            title={`:${name}:`}
            onClick={() => choose(name)}
          >
            {custom ? <img className="emoji" src={image(custom.id)} alt="" loading="lazy" /> : glyph}
          </div>
        ))}
      </div>
    );
  return (
    <Dialog title={t('emoji.title')} close={close} className="emoji-picker">
      <div onKeyDown={onKey}>
        <input
          className="field"
          role="combobox"
          aria-expanded="true"
          aria-controls="emoji-grid"
          aria-activedescendant={shown[at] ? `emoji-${at}` : undefined}
          aria-label={t('emoji.search')}
          placeholder={t('emoji.search')}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
        />
        {shown.length === 0 && <p className="empty">{t('emoji.none')}</p>}
        <div
          className="grid"
          id="emoji-grid"
          role="listbox"
          aria-label={t('emoji.title')}
          ref={grid}
          tabIndex={-1}
        >
          {isOwnFirst && part(t('emoji.own'), own, 0)}
          {part(t('emoji.standard'), others, isOwnFirst ? own.length : 0)}
          {!isOwnFirst && part(t('emoji.own'), own, others.length)}
        </div>
      </div>
      <Manage close={close} />
    </Dialog>
  );
}
