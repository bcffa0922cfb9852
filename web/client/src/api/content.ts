// Rules about content, and where they struck.
import { get, post, request } from './request';
import type { Id } from './types';

export const kinds = ['words', 'pattern', 'card', 'iban', 'file'] as const;
export const actions = ['log', 'warn', 'block'] as const;
export const places = ['all', 'teams', 'channels', 'shared'] as const;

export interface Rule {
  [field: string]: unknown;
  id: Id;
  create_at: number;
  name: string;
  kind: (typeof kinds)[number];
  content: string;
  where: (typeof places)[number];
  team_ids: Id[];
  channel_ids: Id[];
  action: (typeof actions)[number];
  message: string;
  is_on: boolean;
}
export interface Hit {
  id: Id;
  rule_id: Id;
  create_at: number;
  user_id: Id;
  channel_id: Id;
  place: 'message' | 'attachment' | 'file';
  outcome: 'logged' | 'warned' | 'sent' | 'blocked';
}
export type NewRule = Omit<Rule, 'id' | 'create_at'>;
export const rules = () => get<Rule[]>('/concordat/content/rules');
export const make = (rule: NewRule) => post<Rule>('/concordat/content/rules', rule);
export const change = (rule: Rule) => request<Rule>('PUT', `/concordat/content/rules/${rule.id}`, rule);
export const remove = (id: Id) => request<unknown>('DELETE', `/concordat/content/rules/${id}`);
/** Places in the text, in bytes. */
export const attempt = (rule: NewRule, text: string) =>
  post<{ start: number; length: number }[]>('/concordat/content/rules/try', { rule, text, file_name: text });
export const hits = () => get<Hit[]>('/concordat/content/hits?per_page=50');
