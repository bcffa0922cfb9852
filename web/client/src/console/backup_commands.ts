// The commands that save a node, as docs/install.md has them, with the paths of this one.
import type { Places } from '../api/appliance';

/** As a shell takes it for one word. */
export const word = (path: string) =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;

export interface BackupCommands {
  /** Nothing with an external database: its own tools save it. */
  database?: string;
  files: string;
  keys: string;
  rest: string;
}
export function backupCommands(places: Places): BackupCommands {
  const keys = [places.key_store, places.master_key].filter(Boolean).map(word).join(' ');
  return {
    ...(places.database_socket && {
      database: `pg_basebackup -h ${word(places.database_socket)} -U concordat_admin -D $B/cluster -c fast`,
    }),
    files: `cp -a ${word(places.files)} ${word(places.exports)} $B/`,
    keys: `cp ${keys} /somewhere/else/`,
    rest: `cp -a ${word(places.config)} ${word(places.tls)} $B/`,
  };
}
