// Who has a second factor, and whom rules about it would hold up.
import { get, post } from './request';
import type { Sections } from './settings';
import type { Id } from './types';

export interface Share {
  name: string;
  people: number;
  with_factor: number;
  /** Without one, though the rules ask for it. */
  affected: number;
}
export interface FactorReport {
  people: Share;
  guests: Share;
  bots: number;
  roles: Share[];
  services: Share[];
  is_on: boolean;
  enforced_from: number;
  affected_everywhere: number;
  affected_elsewhere: number;
  /** The first by their names. */
  affected: { id: Id; username: string; roles: string; service: string; is_elsewhere_only: boolean }[];
  includes_you: boolean;
  /** By mail, before the date. */
  sends_letters: boolean;
}
export const coverage = () => get<FactorReport>('/concordat/mfa/coverage');
/** By the rules that these settings would make; nothing changes. */
export const preview = (sections: Sections) => post<FactorReport>('/concordat/mfa/preview', { sections });
