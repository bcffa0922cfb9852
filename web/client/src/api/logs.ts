// The newest lines of the operator's log.
import { post, saveFile } from './request';

export interface LogLine {
  timestamp: string;
  level: string;
  msg: string;
  [field: string]: unknown;
}
/** At and above none of the levels: all. Oldest first. */
export const logLines = async (levels: string[]) =>
  (await post<{ default: LogLine[] }>('/logs/query', { log_levels: levels })).default;
export const saveLog = () => saveFile('/logs/download');
