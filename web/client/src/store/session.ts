// Signing in and out, and what is loaded then.
import * as attributesApi from '../api/attributes';
import * as channelsApi from '../api/channels';
import { ApiError } from '../api/errors';
import type { PasskeyRequest } from '../api/passkeys';
import { cookie, get, root, whenSignedOut } from '../api/request';
import * as teamsApi from '../api/teams';
import type { Id, Preference, Team, User } from '../api/types';
import * as usersApi from '../api/users';
import { openRoute } from './channels';
import { forgetDrafts, loadDrafts } from './drafts';
import { loadGroups } from './groups';
import { connect, disconnect } from './live';
import { askPresence, needUsers } from './people';
import { isConsole, routeOf } from './route';
import { byId, forgetEverything, set, state } from './state';
import { refreshInbox } from './threads';
import { partnerOf } from './unread';

async function loadSite(): Promise<void> {
  const config = await get<Record<string, string>>('/config/client?format=old');
  set({ config, siteName: config.SiteName || 'Concordat' });
}

export async function start(): Promise<void> {
  whenSignedOut(() => {
    if (state().stage === 'sign-in') return;
    disconnect();
    forgetEverything('sign-in');
    set({ expired: true });
  });
  try {
    if (cookie('MMUSERID') !== '') return await enter();
    await loadSite().catch(() => undefined);
    set({ stage: 'sign-in' });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) set({ stage: 'sign-in', expired: true });
    else set({ stage: 'unreachable' });
  }
}

export async function signIn(
  name: string,
  password: string,
  code: string,
  passkey?: PasskeyRequest,
): Promise<void> {
  const answer = passkey ? JSON.stringify(await (await import('../api/passkeys')).show(passkey)) : '';
  await usersApi.logIn(name, password, code, answer);
  set({ expired: false });
  await enter();
}

export async function signInByPasskey(): Promise<void> {
  await (await import('../api/passkeys')).signInByPasskey();
  set({ expired: false });
  await enter();
}

/** The same, by a passkey that was chosen from among the names; until `end`. False when the browser cannot. */
export async function offerPasskeys(end: AbortSignal): Promise<boolean> {
  if (!(await (await import('../api/passkeys')).offerSignIn(end))) return false;
  set({ expired: false });
  await enter();
  return true;
}

export async function signOut(): Promise<void> {
  disconnect();
  forgetDrafts();
  // Tries of the console, which that person typed; what else is kept for this window goes with them.
  sessionStorage.clear();
  const { sign_out_url } = await usersApi.logOut();
  forgetEverything('sign-in');
  if (sign_out_url) return location.assign(sign_out_url);
  if (!isConsole(location.pathname)) history.replaceState(null, '', root);
}

function keepPreferences(list: Preference[]): void {
  const saved: Record<Id, true> = {};
  const hidden: Record<string, true> = {};
  for (const { category, name, value } of list) {
    if (category === 'flagged_post' && value === 'true') saved[name] = true;
    if (category === 'concordat_hidden_channel' && value === 'true') hidden[name] = true;
  }
  set({ saved, hidden });
}

const firstTeam = (teams: Team[]): Team | undefined => {
  const wanted = routeOf(location.pathname).team || localStorage.getItem('concordat.team');
  return (
    teams.find((team) => team.name === wanted) ??
    [...teams].sort((a, b) => a.display_name.localeCompare(b.display_name))[0]
  );
};

const factorWanted = 'api.context.mfa_required.app_error';

/** Loads what is needed; somebody who has to set up a second factor first is led there. */
async function enter(): Promise<void> {
  try {
    await load();
  } catch (error) {
    if (!(error instanceof ApiError) || error.id !== factorWanted) throw error;
    set({ stage: 'factor-wanted' });
  }
}

/** After the factor was set up. */
export const enterAgain = enter;

/** Somebody whom an application sent here to sign in goes on to the page where they allow it. */
function goToApplication(): boolean {
  const wanted = new URLSearchParams(location.search).get('redirect_to') ?? '';
  if (!wanted.startsWith('/oauth/authorize?')) return false;
  location.replace(root + wanted.slice(1));
  return true;
}

const period = 86_400_000;

async function areTermsWanted(me: User): Promise<boolean> {
  const { config } = state();
  if (config.EnableCustomTermsOfService !== 'true') return false;
  try {
    const newest = await attributesApi.terms();
    const days = Number(config.CustomTermsOfServiceReAcceptancePeriod);
    return (
      me.terms_of_service_id !== newest.id ||
      (me.terms_of_service_create_at ?? 0) + days * period < Date.now()
    );
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false; // none were published
    throw error;
  }
}

async function load(): Promise<void> {
  const site = loadSite().catch(() => undefined); // who is signed in is told more of it
  const loadsChat = !isConsole(location.pathname);
  const [me, all, preferences] = await Promise.all([
    usersApi.me(),
    loadsChat ? teamsApi.mine() : [],
    loadsChat ? usersApi.preferences() : [],
    site,
  ]);
  if (goToApplication()) return;
  if (await areTermsWanted(me)) return set({ me, stage: 'terms-wanted' });
  if (!loadsChat) return set({ me, stage: 'console' });
  const teams = all.filter((team) => team.delete_at === 0);
  set({ me, users: { ...state().users, [me.id]: me }, teams: byId(teams) });
  keepPreferences(preferences);
  loadDrafts();
  connect();
  void askPresence([me.id]);
  void loadGroups().catch(() => undefined); // without them nothing is highlighted or offered
  const team = firstTeam(teams);
  if (!team) return set({ stage: 'no-team' });
  await loadTeam(team.id);
  await openRoute(routeOf(location.pathname));
  set({ stage: 'ready' });
}

export async function loadTeam(id: Id): Promise<void> {
  const [channels, members] = await Promise.all([channelsApi.mine(id), channelsApi.myMembers(id)]);
  const team = state().teams[id];
  if (team) localStorage.setItem('concordat.team', team.name);
  set((s) => ({
    teamId: id,
    channels: { ...s.channels, ...byId(channels) },
    members: { ...s.members, ...Object.fromEntries(members.map((each) => [each.channel_id, each])) },
  }));
  needUsers(
    channels.filter((each) => each.type === 'D').map((each) => partnerOf(each, state().me?.id ?? '')),
  );
  void refreshInbox();
}

export async function openTeam(id: Id): Promise<void> {
  await loadTeam(id);
  set({ pane: { kind: 'none' } });
  await openRoute({ kind: 'home', team: state().teams[id].name });
}

export async function joinTeam(team: Team): Promise<void> {
  await teamsApi.addMember(team.id, state().me?.id ?? '');
  set((s) => ({ teams: { ...s.teams, [team.id]: team } }));
  await openTeam(team.id);
  set({ stage: 'ready' });
}

export async function makeTeam(display_name: string): Promise<void> {
  const base = display_name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const team = await teamsApi.create(
    base.length > 1 ? base : `team-${Date.now().toString(36)}`,
    display_name,
  );
  set((s) => ({ teams: { ...s.teams, [team.id]: team } }));
  await openTeam(team.id);
  set({ stage: 'ready' });
}
