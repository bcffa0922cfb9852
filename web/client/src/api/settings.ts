// The node's settings, by their names in the settings file; and what runs.
import { get, post, put, remove } from './request';

export type Value = boolean | number | string | string[];
export interface Setting {
  section: string;
  name: string;
  kind: 'truth' | 'number' | 'text' | 'choice' | 'texts' | 'secret';
  value: Value;
  default: Value;
  choices?: string[];
  least?: number;
  most?: number;
  needs_restart: boolean;
  /** Another value is in force until the node is started again. */
  is_waiting: boolean;
  /** Changed at the machine only. */
  is_local: boolean;
  /** By the node's environment. */
  is_decided: boolean;
  /** It is about how people sign in: a change can be on trial first. */
  can_be_tried: boolean;
  may_change: boolean;
}
export const pathOf = (setting: Setting) => `${setting.section}.${setting.name}`;
export const settings = () => get<Setting[]>('/concordat/settings');
export type Sections = Record<string, Record<string, Value>>;
export const changeAll = (sections: Sections) => put('/config/patch', sections);
export const change = (section: string, name: string, value: Value) =>
  changeAll({ [section]: { [name]: value } });

export interface Trial {
  is_running: boolean;
  ends_at: number;
  keys: { section: string; name: string }[];
  /** By what somebody has to sign in, and the attempt that did. */
  ways: { way: string; attempt: string }[];
  is_proven: boolean;
  may_change: boolean;
  admitted: number;
  refused: number;
  /** The newest sign-ins since it began, the newest first. */
  attempts?: { attempt: string; create_at: number; is_admitted: boolean; service: string; rule: string }[];
}
const trialPath = '/concordat/settings/trial';
export const trial = () => get<Trial>(trialPath);
export const beginTrial = (sections: Sections, minutes: number) =>
  post<Trial>(trialPath, { sections, minutes });
export const confirmTrial = () => post(`${trialPath}/confirm`);
export const rollBackTrial = () => remove(trialPath);

export interface NodeStatus {
  version: string;
  schema: number;
  data: string;
  started_at?: number;
  certificate_ends_at?: number;
  database: { state: string; is_external?: boolean; version?: string };
  users: number;
  sessions: number;
  sockets?: number;
  files: { count: number; stored_bytes: number; free_bytes: number };
  search: { items: number; bytes: number; weeks_to_write: number; failure: string };
  audit: { state: string; leaves: number; signed_at: number; faults: number; witness_error: string };
}
export const status = () => get<NodeStatus>('/concordat/status');

export interface Certificate {
  /** "" is that of SamlSettings. */
  provider: string;
  subject: string;
  not_after: number;
  is_ours: boolean;
}
/** Of SAML providers that are switched on: which certificates count, and what is wrong. */
export const certificates = () =>
  get<{ certificates: Certificate[]; problems: string[] }>('/saml/certificate/status');
