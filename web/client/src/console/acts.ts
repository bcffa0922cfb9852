// Kinds of decisions, in words.
import type { Words } from '../i18n';
import type { Key } from '../i18n/catalogue';

export const acts = [
  'sign_in',
  'sign_out',
  'factor',
  'session',
  'token',
  'account',
  'directory_sync',
  'provisioning',
  'settings',
  'oauth',
  'terms',
  'export',
  'hold',
  'retention',
  'federation',
  'audit',
];
/** A newer node may know more kinds. */
export const actName = (t: Words['t'], act: string) =>
  acts.includes(act) ? t(`decision.act.${act}` as Key) : act;
