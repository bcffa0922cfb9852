// Go to a channel or person by typing a few letters.
import { useEffect, useMemo, useState, type KeyboardEvent } from 'react';
import type { User } from '../api/types';
import * as usersApi from '../api/users';
import { useWords } from '../i18n';
import { openChannel, openDirect } from '../store/channels';
import { set, state } from '../store/state';
import { fullName, isUnread, labelOf } from '../store/unread';
import { Dialog } from '../ui/dialog';
import { Icon, type IconName } from '../ui/icon';
import { report } from './report';

interface Hit {
  key: string;
  label: string;
  icon: IconName;
  rank: number;
  open(): Promise<void>;
}

function channelHits(text: string): Hit[] {
  const s = state();
  const icons = { O: 'hash', P: 'lock', D: 'chat', G: 'people' } as const;
  return Object.values(s.channels)
    .filter((each) => s.members[each.id] && !each.delete_at && (each.team_id === s.teamId || !each.team_id))
    .map((each) => ({ each, label: labelOf(each, s.users, s.me) }))
    .filter(({ each, label }) => label.toLowerCase().includes(text) || each.name.startsWith(text))
    .map(({ each, label }) => ({
      key: each.id,
      label,
      icon: icons[each.type],
      rank:
        (label.toLowerCase().startsWith(text) ? 4e13 : 0) +
        (isUnread(each, s.members[each.id]) ? 2e13 : 0) +
        each.last_post_at,
      open: () => openChannel(each.id),
    }));
}

export function Go({ close }: { close(): void }) {
  const { t } = useWords();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [people, setPeople] = useState<User[]>([]);
  useEffect(() => {
    if (text.trim().length < 2) return setPeople([]);
    let isWanted = true;
    const timer = setTimeout(() => {
      const found = usersApi.search(text.trim().replace(/^@/, ''), { team_id: state().teamId });
      report(found.then((list) => isWanted && setPeople(list)));
    }, 120);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [text]);
  const hits = useMemo(() => {
    const s = state();
    const known = channelHits(text.trim().toLowerCase()).sort((a, b) => b.rank - a.rank);
    const names = new Set(known.map((each) => each.label));
    const others = people
      .filter((each) => each.id !== s.me?.id && !names.has(fullName(each)))
      .map((each) => ({
        key: each.id,
        label: `${fullName(each)} (@${each.username})`,
        icon: 'chat' as const,
        rank: 0,
        open: () => {
          set((now) => ({ users: { ...now.users, [each.id]: each } }));
          return openDirect([each.id]);
        },
      }));
    return [...known, ...others].slice(0, 9);
  }, [text, people]);
  const choose = (n: number) => {
    if (!hits[n]) return;
    close();
    report(hits[n].open());
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(hits.length - 1, at + 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1));
    else if (event.key === 'Enter') choose(at);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t('go.title')} close={close} className="go">
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls="go-list"
        aria-activedescendant={hits[at] ? `go-${at}` : undefined}
        aria-label={t('go.placeholder')}
        placeholder={t('go.placeholder')}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <ul role="listbox" id="go-list" aria-label={t('go.title')}>
        {hits.map((each, n) => (
          <li
            key={each.key}
            id={`go-${n}`}
            role="option"
            aria-selected={n === at}
            onMouseMove={() => setAt(n)}
            onClick={() => choose(n)}
          >
            <Icon name={each.icon} size={16} />
            <span dir="auto">{each.label}</span>
          </li>
        ))}
      </ul>
      {hits.length === 0 && <p className="empty">{t('go.none', { text })}</p>}
    </Dialog>
  );
}
