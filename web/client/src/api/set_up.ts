// Directories and providers asked before they are in force: nothing here changes anything. `proposed` are keys of
// the section that it is about; what is not among them counts as it is now.
import type { Plan } from './groups';
import { get, post } from './request';
import type { Value } from './settings';

export type Values = Record<string, Value>;

export interface ServerAnswer {
  /** "" when the settings themselves cannot be used. */
  server: string;
  failed_at: '' | 'settings' | 'connect' | 'tls' | 'account' | 'base';
  problem: string;
  millis: number;
}
export const askServers = (proposed: Values) => post<ServerAnswer[]>('/concordat/ldap/test', proposed);

export interface Sample {
  dn: string;
  username?: string;
  email?: string;
  first_name?: string;
  last_name?: string;
  /** By their names in small letters. */
  available_attributes?: Record<string, string>;
}
export interface Finding {
  test_name: string;
  test_value: string;
  total_count: number;
  entries_with_value: number;
  error: string;
  sample_results: Sample[];
}
export const tryFilters = (proposed: Values) =>
  post<Finding[]>('/ldap/test_diagnostics?test=filters', proposed);
export const tryAttributes = (proposed: Values) =>
  post<Finding[]>('/ldap/test_diagnostics?test=attributes', proposed);
export const previewSync = (proposed: Values) => post<Plan>('/concordat/ldap/sync', proposed);

/** What a SAML provider has to be told of us. */
export interface Ours {
  entity_id: string;
  consumer_url: string;
  /** "" without a key of ours. */
  sign_out_url: string;
  metadata: string;
  signs_requests: boolean;
  takes_encrypted: boolean;
}
export const ours = () => get<Ours>('/concordat/saml/ours');

export interface ProviderSeen {
  idp_descriptor_url: string;
  idp_url: string;
  idp_logout_url: string;
  /** 0: not said. */
  valid_until: number;
  certificates: { subject: string; not_before: number; not_after: number; is_strong: boolean }[];
}
export const lookAtAddress = (saml_metadata_url: string) =>
  post<ProviderSeen>('/saml/metadatafromidp', { saml_metadata_url });
export const lookAtFile = (saml_metadata: string) =>
  post<ProviderSeen>('/saml/metadatafromidp', { saml_metadata });

export interface OpenIdSeen {
  description: { issuer: string; authorization_endpoint: string; token_endpoint: string; jwks_uri: string };
  keys: number;
  redirect_uri: string;
}
export const lookAtOpenId = (service: string, address: string) =>
  post<OpenIdSeen>(`/concordat/oidc/${service}/look`, { address });
