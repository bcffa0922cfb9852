// What this person may do anywhere: in the whole system, or in one of their teams. It only decides what is
// offered; the node decides what happens.
import * as rolesApi from '../api/roles';
import { set, state } from './state';

let asking: Promise<void> | undefined;

async function load(): Promise<void> {
  const me = state().me;
  const members = await rolesApi.inTeams();
  const names = [me?.roles ?? '', ...members.map((each) => each.roles)].flatMap((each) => each.split(' '));
  const roles = await rolesApi.named([...new Set(names.filter(Boolean))]);
  if (state().me?.id === me?.id) set({ rights: new Set(roles.flatMap((each) => each.permissions)) });
}

/** Asks when a window is opened whose offer depends on it, not at the start. */
export function needRights(): Promise<void> {
  asking ??= load().finally(() => (asking = undefined));
  return asking;
}
