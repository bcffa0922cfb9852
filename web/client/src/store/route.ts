// Addresses: /team/channels/name, /team/messages/@user, /team/messages/id, /team/threads, /team/pl/post.
import { root } from '../api/request';

export type Route =
  | { kind: 'home'; team: string }
  | { kind: 'channel'; team: string; name: string }
  | { kind: 'message'; team: string; name: string }
  | { kind: 'threads'; team: string }
  | { kind: 'post'; team: string; id: string };

/** The console stands beside the teams. */
export const isConsole = (path: string) => path === `${root}console` || path.startsWith(`${root}console/`);

/** Where the link of a letter leads. */
export interface Letter {
  kind: 'reset' | 'prove' | 'join';
  token: string;
  email: string;
  invitation: string;
}

export function letterOf(path: string, search: string): Letter | undefined {
  const page = path.startsWith(root) ? path.slice(root.length).replace(/\/$/, '') : '';
  const query = new URLSearchParams(search);
  const kinds = {
    reset_password_complete: 'reset',
    do_verify_email: 'prove',
    signup_user_complete: 'join',
  } as const;
  if (!(page in kinds)) return undefined;
  return {
    kind: kinds[page as keyof typeof kinds],
    token: query.get('token') ?? query.get('t') ?? '',
    email: query.get('email') ?? '',
    invitation: query.get('id') ?? '',
  };
}

export function routeOf(path: string): Route {
  const inside = path.startsWith(root) ? path.slice(root.length) : '';
  const [team = '', kind = '', name = ''] = inside.split('/').map((step) => decodeURIComponent(step));
  if (kind === 'channels' && name) return { kind: 'channel', team, name };
  if (kind === 'messages' && name) return { kind: 'message', team, name };
  if (kind === 'threads') return { kind: 'threads', team };
  if (kind === 'pl' && name) return { kind: 'post', team, id: name };
  return { kind: 'home', team };
}

export function pathOf(route: Route): string {
  const team = encodeURIComponent(route.team);
  if (route.kind === 'channel') return `${root}${team}/channels/${encodeURIComponent(route.name)}`;
  if (route.kind === 'message') return `${root}${team}/messages/${route.name}`;
  if (route.kind === 'threads') return `${root}${team}/threads`;
  if (route.kind === 'post') return `${root}${team}/pl/${route.id}`;
  return `${root}${team}`;
}

export function show(route: Route, replace = false): void {
  const path = pathOf(route);
  if (path === location.pathname) return;
  if (replace) history.replaceState(null, '', path);
  else history.pushState(null, '', path);
}
