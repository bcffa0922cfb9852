// What the node is made of: keys, certificate, database, and where what a backup holds lies. No secret.
import { get } from './request';

export interface KeyClass {
  data_class: string;
  live: number;
  retired: number;
  destroyed: number;
  oldest_at: number;
  newest_at: number;
}
export interface Places {
  data: string;
  config: string;
  files: string;
  exports: string;
  key_store: string;
  /** "" when it is in no file of this machine. */
  master_key: string;
  tls: string;
  /** Of the node's own database. */
  database_socket?: string;
}
export interface Appliance {
  keys: {
    source: 'file' | 'credential' | 'passphrase';
    generation: number;
    outdated: number;
    revision: number;
    classes: KeyClass[];
  };
  /** Fingerprints, the newest first. */
  evidence: string[];
  organisation: { is_on: boolean; id?: string };
  tls: { is_on: boolean; is_own?: boolean; file?: string; fingerprint?: string; ends_at?: number };
  database: {
    is_external: boolean;
    version: string;
    bytes: number;
    schema: number;
    newest_known: number;
    steps: number;
    stepped_at: number;
  };
  places: Places;
}
export const appliance = () => get<Appliance>('/concordat/appliance');
