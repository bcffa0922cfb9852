// A modal dialog and a menu, both native: focus, Esc and what lies behind are the browser's business.
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { useWords } from '../i18n';
import { Icon, type IconName } from './icon';

interface DialogProps {
  title: string;
  close(): void;
  className?: string;
  children: ReactNode;
}
export function Dialog({ title, close, className = '', children }: DialogProps) {
  const { t } = useWords();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    const fields = '.content :is(input:not([type=hidden]), textarea, select)';
    const first = ['[data-focus]', fields, '.content button'].map((each) =>
      dialog.current?.querySelector<HTMLElement>(each),
    );
    first.find(Boolean)?.focus();
    return () => before?.focus();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={`dialog ${className}`}
      aria-labelledby={id}
      onClose={close}
      onKeyDown={(event) => {
        // At once: the browser would tell a moment later, and a key pressed meanwhile would be lost on a dialog
        // that is gone, or what it opened be shut instead.
        if (event.key !== 'Escape' || event.defaultPrevented || event.nativeEvent.isComposing) return;
        event.preventDefault();
        event.stopPropagation();
        close();
      }}
      onMouseDown={(event) => event.target === dialog.current && close()}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <button className="icon" aria-label={t('app.close')} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      {/* Reached by keys, so that what is longer than the window can be scrolled with them. */}
      <div className="content" tabIndex={0} role="group" aria-label={title}>
        {children}
      </div>
    </dialog>
  );
}

export interface MenuItem {
  label: string;
  icon?: IconName;
  danger?: boolean;
  checked?: boolean;
  act(): void;
}
interface MenuProps {
  label: string;
  items: MenuItem[];
  children: ReactNode;
  className?: string;
  tabIndex?: number;
}
export function Menu({ label, items, children, className = 'icon', tabIndex }: MenuProps) {
  const [place, setPlace] = useState<{ top?: number; bottom?: number; left?: number; right?: number }>();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const open = () => {
    const box = button.current!.getBoundingClientRect();
    const below = box.bottom + 40 * items.length + 16 < innerHeight;
    setPlace({
      ...(below ? { top: box.bottom + 4 } : { bottom: innerHeight - box.top + 4 }),
      ...(box.left > innerWidth / 2 ? { right: innerWidth - box.right } : { left: box.left }),
    });
  };
  const shut = () => {
    setPlace(undefined);
    button.current?.focus();
  };
  useEffect(() => {
    if (!place) return;
    list.current?.querySelector('button')?.focus();
    const outside = (event: MouseEvent) =>
      !list.current?.contains(event.target as Node) && setPlace(undefined);
    addEventListener('mousedown', outside);
    return () => removeEventListener('mousedown', outside);
  }, [place]);
  const step = (by: number) => {
    const all = [...list.current!.querySelectorAll('button')];
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    all[(at + by + all.length) % all.length]?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={!!place}
        tabIndex={tabIndex}
        onClick={() => (place ? shut() : open())}
      >
        {children}
      </button>
      {place && (
        <div
          ref={list}
          role="menu"
          aria-label={label}
          className="menu"
          style={place}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === 'Escape' || event.key === 'Tab') shut();
            if (event.key === 'ArrowDown') step(1);
            if (event.key === 'ArrowUp') step(-1);
            if (['ArrowDown', 'ArrowUp', 'Escape', 'Tab'].includes(event.key)) event.preventDefault();
          }}
        >
          {items.map((item) => (
            <button
              key={item.label}
              role={item.checked === undefined ? 'menuitem' : 'menuitemradio'}
              aria-checked={item.checked}
              className={item.danger ? 'danger' : undefined}
              onClick={() => {
                shut();
                item.act();
              }}
            >
              {item.icon && <Icon name={item.icon} size={16} />}
              <span>{item.label}</span>
              {item.checked && <Icon name="check" size={15} />}
            </button>
          ))}
        </div>
      )}
    </>
  );
}
