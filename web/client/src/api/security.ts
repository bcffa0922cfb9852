// Second factors and access tokens of the person who is signed in.
import { get, post, put } from './request';
import type { Id } from './types';

export interface FactorStatus {
  is_active: boolean;
  create_at: number;
  recovery_codes_left: number;
  passkeys: number;
  /** Whether the rules ask for one. */
  is_asked?: boolean;
}
export const factor = () => get<FactorStatus>('/concordat/users/me/mfa');
/** A new secret, which counts once its first code was shown. */
export const beginFactor = () => post<{ secret: string; qr_code: string }>('/users/me/mfa/generate');
export const activateFactor = (code: string) => put('/users/me/mfa', { activate: true, code });
export const removeFactor = (code: string) => put('/users/me/mfa', { activate: false, code });
/** New recovery codes; without a code within ten minutes of showing one. */
export const makeRecoveryCodes = async (code: string) =>
  (await post<{ codes: string[] }>('/concordat/users/me/mfa/recovery_codes', { code })).codes;

export interface Token {
  id: Id;
  description: string;
  is_active: boolean;
  expires_at?: number;
  /** Only when it is made. */
  token?: string;
}
export const tokens = () => get<Token[]>('/users/me/tokens?per_page=200');
export const makeToken = (description: string, expires_at?: number) =>
  post<Token>('/users/me/tokens', { description, ...(expires_at && { expires_at }) });
export const revokeToken = (token_id: Id) => post('/users/tokens/revoke', { token_id });
export const switchToken = (token_id: Id, on: boolean) =>
  post(`/users/tokens/${on ? 'enable' : 'disable'}`, { token_id });
