// The whole of the chat: its regions, what lies over them, and the keys that work everywhere.
import { lazy, Suspense, useEffect } from 'react';
import { useWords } from '../i18n';
import { sayError } from '../i18n/errors';
import { currentLabel, markRead, openRoute, step } from '../store/channels';
import { openTeam } from '../store/session';
import { routeOf } from '../store/route';
import { set, state, useStore } from '../store/state';
import { isUnread } from '../store/unread';
import { FileViewer } from './files';
import { Go } from './go';
import { MainPane } from './main_pane';
import { hide, show, useOverlay, type Overlay } from './overlays';
import { Rail } from './rail';
import { report, setSayer } from './report';
import { Sidebar } from './sidebar';
import { SidePane } from './side_pane';

const Browse = lazy(() => import('./dialogs').then((room) => ({ default: room.Browse })));
const NewChannel = lazy(() => import('./dialogs').then((room) => ({ default: room.NewChannel })));
const NewMessage = lazy(() => import('./dialogs').then((room) => ({ default: room.NewMessage })));
const Invite = lazy(() => import('./dialogs').then((room) => ({ default: room.Invite })));
const Teams = lazy(() => import('./dialogs').then((room) => ({ default: room.Teams })));
const ChannelText = lazy(() => import('./dialogs').then((room) => ({ default: room.ChannelText })));
const BookmarkDialog = lazy(() =>
  import('./bookmark_dialog').then((room) => ({ default: room.BookmarkDialog })),
);
const CustomEmojiDialog = lazy(() =>
  import('./custom_emoji').then((room) => ({ default: room.CustomEmojiDialog })),
);
const Groups = lazy(() => import('./groups').then((room) => ({ default: room.Groups })));
const GroupCard = lazy(() => import('./groups').then((room) => ({ default: room.GroupCard })));
const Archive = lazy(() => import('./dialogs').then((room) => ({ default: room.Archive })));
const Convert = lazy(() => import('./convert').then((room) => ({ default: room.Convert })));
const Profile = lazy(() => import('./dialogs').then((room) => ({ default: room.Profile })));
const Settings = lazy(() => import('./settings').then((room) => ({ default: room.Settings })));
const Help = lazy(() => import('./settings').then((room) => ({ default: room.Help })));

function drawOverlay(overlay: Overlay) {
  switch (overlay.kind) {
    case 'go':
      return <Go close={hide} />;
    case 'help':
      return <Help close={hide} />;
    case 'settings':
      return <Settings part={overlay.part} close={hide} />;
    case 'browse':
      return <Browse close={hide} />;
    case 'new-channel':
      return <NewChannel close={hide} />;
    case 'new-message':
      return <NewMessage close={hide} />;
    case 'invite':
      return <Invite close={hide} />;
    case 'teams':
      return <Teams close={hide} />;
    case 'channel-text':
      return <ChannelText field={overlay.field} close={hide} />;
    case 'bookmark':
      return <BookmarkDialog bookmark={overlay.bookmark} close={hide} />;
    case 'archive':
      return <Archive close={hide} />;
    case 'groups':
      return <Groups close={hide} />;
    case 'group':
      return <GroupCard key={overlay.id} id={overlay.id} close={hide} />;
    case 'convert':
      return <Convert close={hide} />;
    case 'custom-emoji':
      return <CustomEmojiDialog close={hide} />;
    case 'profile':
      return <Profile id={overlay.id} near={overlay.near} close={hide} />;
    case 'files':
      return <FileViewer files={overlay.files} at={overlay.at} close={hide} />;
    default:
      return null;
  }
}

/** Focus goes to the next region; within it to its own beginning. */
function nextRegion(by: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(
    (each) => each.offsetParent,
  );
  const at = regions.findIndex((each) => each.contains(document.activeElement));
  const next = regions[(at + by + regions.length) % regions.length];
  const entry =
    next?.querySelector<HTMLElement>('[data-start]') ??
    next?.querySelector<HTMLElement>('button,a,textarea,input,[tabindex="0"]');
  entry?.focus();
}

function escape(): void {
  const s = state();
  if (s.pane.kind !== 'none') {
    set({ pane: { kind: 'none' } });
    document.querySelector<HTMLElement>('.foot textarea')?.focus();
  } else if (s.channelId) {
    set({ newSince: 0 });
    report(markRead(s.channelId));
  }
}

function onKey(event: KeyboardEvent): void {
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  const isOpen = useOverlay.getState().overlay.kind !== 'none' || document.querySelector('dialog[open]');
  if (command && key === 'k' && !event.shiftKey) {
    if (useOverlay.getState().overlay.kind === 'go') hide();
    else show({ kind: 'go' });
  } else if (isOpen) {
    // A dialog hears its own keys; one whose part is still on its way is given up here.
    if (key !== 'escape' || document.querySelector('dialog[open]')) return;
    hide();
  } else if (command && event.shiftKey && key === 'f') set({ pane: { kind: 'search', terms: '' } });
  else if (command && key === '/') show({ kind: 'help' });
  else if (event.altKey && (key === 'arrowdown' || key === 'arrowup'))
    step(key === 'arrowdown' ? 1 : -1, event.shiftKey);
  else if (key === 'f6') nextRegion(event.shiftKey ? -1 : 1);
  else if (key === 'escape' && !event.defaultPrevented) escape();
  else return;
  event.preventDefault();
}

function onBack(): void {
  const route = routeOf(location.pathname);
  const team = Object.values(state().teams).find((each) => each.name === route.team);
  const move = async () => {
    if (team && team.id !== state().teamId) await openTeam(team.id);
    await openRoute(route);
  };
  report(move());
}

function Title() {
  const label = useStore(currentLabel);
  const unread = useStore((s) => {
    let hits = 0;
    let any = s.inboxUnread > 0;
    for (const member of Object.values(s.members)) {
      const channel = s.channels[member.channel_id];
      hits += member.mention_count_root;
      any ||= !!channel && !channel.delete_at && isUnread(channel, member);
    }
    return hits > 0 ? `(${hits}) ` : any ? '• ' : '';
  });
  const site = useStore((s) => s.siteName);
  useEffect(() => {
    document.title = `${unread}${label} · ${site}`;
  }, [label, unread, site]);
  return null;
}

export function Shell() {
  const words = useWords();
  const pane = useStore((s) => s.pane);
  const notice = useStore((s) => s.notice);
  const channel = useStore((s) => s.channelId);
  const view = useStore((s) => s.view);
  const overlay = useOverlay((s) => s.overlay);
  useEffect(() => setSayer((error) => sayError(words, error)), [words]);
  useEffect(() => {
    addEventListener('keydown', onKey);
    addEventListener('popstate', onBack);
    return () => {
      removeEventListener('keydown', onKey);
      removeEventListener('popstate', onBack);
    };
  }, []);
  // On a phone one thing is seen at a time: opening something leaves the list.
  useEffect(() => document.documentElement.classList.remove('shows-list'), [channel, view]);
  const leaveList = () => document.documentElement.classList.remove('shows-list');
  return (
    <div className={`shell${pane.kind === 'none' ? '' : ' with-pane'}`}>
      <a
        className="skip"
        href="#compose"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>('.foot textarea')?.focus();
        }}
      >
        {words.t('app.skip')}
      </a>
      <Rail />
      <div
        className="side-room"
        onClick={(event) => (event.target as HTMLElement).closest('.row') && leaveList()}
      >
        <Sidebar />
      </div>
      <MainPane />
      <SidePane pane={pane} />
      <Suspense>{drawOverlay(overlay)}</Suspense>
      <div className="notice" role="status">
        {notice && <p>{notice}</p>}
      </div>
      <Title />
    </div>
  );
}
