// How lines of the log are shown.
import type { LogLine } from '../api/logs';

export const logPage = 200;

const shown = new Set(['timestamp', 'level', 'msg']);

/** What a line says besides, as key=value. */
export const restOf = (line: LogLine): string =>
  Object.entries(line)
    .filter(([key]) => !shown.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
