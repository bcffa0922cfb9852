// Attributes that the organisation defines, terms of service, and applications that act for people.
import { get, patch, post } from './request';
import type { Id } from './types';

export interface Attribute {
  id: Id;
  name: string;
  type: 'text' | 'select' | 'multiselect' | 'date' | 'user' | 'multiuser';
  attrs: {
    visibility: 'hidden' | 'when_set' | 'always';
    options: { id: Id; name: string; color: string }[];
    value_type: '' | 'email' | 'url' | 'phone';
    managed: '' | 'admin';
  };
}
export type AttributeValues = Record<Id, string | string[]>;

export const attributes = () => get<Attribute[]>('/custom_profile_attributes/fields');
export const attributesOf = (user: Id) => get<AttributeValues>(`/users/${user}/custom_profile_attributes`);
export const saveAttributes = (values: AttributeValues) =>
  patch<AttributeValues>('/custom_profile_attributes/values', values);

export interface Terms {
  id: Id;
  create_at: number;
  text: string;
}
export const terms = () => get<Terms>('/terms_of_service');
export const publishTerms = (text: string) => post<Terms>('/terms_of_service', { text });
export const answerTerms = (id: Id, accepted: boolean) =>
  post('/users/me/terms_of_service', { termsOfServiceId: id, accepted });

export interface Application {
  id: Id;
  name: string;
  description: string;
  homepage: string;
}
export const allowedApplications = () => get<Application[]>('/users/me/oauth/apps/authorized?per_page=200');
export const withdrawApplication = (client_id: Id) => post('//oauth/deauthorize', { client_id });
