// Choosing an emoji: a field and a grid that arrows walk through.
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useWords } from '../i18n';
import { Dialog } from '../ui/dialog';
import { allEmoji, findEmoji, glyphOf, loadEmoji, quickNames } from './emoji';
import { report } from './report';

const columns = 9;
const most_shown = 180;

export function EmojiPicker({ choose, close }: { choose(name: string): void; close(): void }) {
  const { t } = useWords();
  const [text, setText] = useState('');
  const [isLoaded, setLoaded] = useState(allEmoji().length > 0);
  const [at, setAt] = useState(0);
  const grid = useRef<HTMLDivElement>(null);
  useEffect(() => report(loadEmoji().then(() => setLoaded(true))), []);
  const shown = useMemo(() => {
    if (text) return findEmoji(text, most_shown);
    const quick = quickNames.map((name) => ({ name, glyph: glyphOf(name) ?? '' }));
    const rest = isLoaded ? allEmoji().slice(0, most_shown) : [];
    return [...quick, ...rest.map(({ glyph, names }) => ({ name: names[0], glyph }))];
  }, [text, isLoaded]);
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
      grid.current?.children[next]?.scrollIntoView({ block: 'nearest' });
    }
  };
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
          {shown.map(({ name, glyph }, n) => (
            <div
              key={`${name}${n}`}
              id={`emoji-${n}`}
              role="option"
              aria-selected={n === at}
              aria-label={name.replaceAll('_', ' ')}
              title={`:${name}:`}
              onClick={() => choose(name)}
            >
              {glyph}
            </div>
          ))}
        </div>
      </div>
    </Dialog>
  );
}
