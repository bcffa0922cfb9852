// Files on their way, by the channel or thread they are meant for. They go on when another channel is opened, wait
// when the connection is lost and go on by themselves, and can be paused. Large ones go in pieces: what the
// node has it keeps, so that going on begins at its offset. What has arrived belongs to the draft.
import { ApiError } from '../api/errors';
import * as api from '../api/files';
import type { FileInfo, Id } from '../api/types';
import { set, state, without } from './state';

export interface Upload {
  key: number;
  name: string;
  size: number;
  /** Bytes that have gone. */
  sent: number;
  /** `waiting`: for the connection. `refused`: the node does not want it, `error` says why. */
  stage: 'sending' | 'paused' | 'waiting' | 'refused' | 'done';
  info?: FileInfo;
  error?: unknown;
}

export const most_in_one = 1024 * 1024; // what is larger goes in pieces
export const piece_size = 8 * 1024 * 1024;
const waits_ms = [1000, 2000, 4000, 8000];

interface Job {
  place: Id;
  channel: Id;
  file: File;
  /** Of the node; none before it was opened. */
  uploadId: Id;
  control?: AbortController;
}
const jobs = new Map<number, Job>();
const sleepers = new Set<() => void>();
let last_key = 0;

const setList = (place: Id, change: (list: Upload[]) => Upload[]) =>
  set((s) => {
    const list = change(s.uploads[place] ?? []);
    return { uploads: list.length > 0 ? { ...s.uploads, [place]: list } : without(s.uploads, place) };
  });
const change = (key: number, place: Id, fields: Partial<Upload>) =>
  setList(place, (list) => list.map((each) => (each.key === key ? { ...each, ...fields } : each)));

/** Until the connection is back or the time is over. */
function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      sleepers.delete(end);
      signal.removeEventListener('abort', end);
      done();
    };
    const timer = setTimeout(end, ms);
    sleepers.add(end);
    signal.addEventListener('abort', end);
  });
}
export const wakeUploads = () => [...sleepers].forEach((end) => end());

/** Where the node is; a new upload when it knows the old one no more. */
async function offsetOf(job: Job): Promise<number> {
  if (job.uploadId) {
    try {
      return (await api.uploadOf(job.uploadId)).file_offset;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  }
  job.uploadId = (await api.openUpload(job.channel, job.file)).id;
  return 0;
}

async function inPieces(job: Job, signal: AbortSignal, onSent: (bytes: number) => void): Promise<FileInfo> {
  let from = await offsetOf(job);
  for (;;) {
    onSent(from);
    const start = from;
    const piece = job.file.slice(start, start + piece_size);
    const info = await api.sendPiece(job.uploadId, piece, { signal, onSent: (part) => onSent(start + part) });
    if (info) return info;
    if (piece.size === 0) throw new ApiError('client.unreachable', 0, ''); // it says that bytes are missing
    from += piece.size;
  }
}

/** Later it may work: not reached, busy, or another request of ours has not ended there yet. */
const isPassing = (error: unknown) =>
  error instanceof ApiError && [0, 409, 429, 502, 503, 504].includes(error.status);

async function run(key: number, job: Job): Promise<void> {
  const { place, channel, file } = job;
  const { signal } = (job.control = new AbortController());
  let tries = 0;
  let reached = 0;
  const onSent = (bytes: number) => {
    if (bytes > reached) tries = 0; // the line is good again
    reached = Math.max(reached, bytes);
    if (!signal.aborted) change(key, place, { sent: Math.min(bytes, file.size) });
  };
  for (;;) {
    change(key, place, { stage: 'sending', error: undefined });
    try {
      const info = await (file.size > most_in_one
        ? inPieces(job, signal, onSent)
        : api.send(channel, file, { signal, onSent }));
      if (signal.aborted && !jobs.has(key)) return; // thrown away in the last moment
      jobs.delete(key);
      return change(key, place, { stage: 'done', info, sent: file.size });
    } catch (error) {
      if (signal.aborted) return;
      if (!isPassing(error)) return change(key, place, { stage: 'refused', error });
    }
    change(key, place, { stage: 'waiting' });
    await rest(waits_ms[Math.min(tries++, waits_ms.length - 1)], signal);
    if (signal.aborted) return;
  }
}

export function addUpload(place: Id, channel: Id, file: File): void {
  const key = ++last_key;
  const job: Job = { place, channel, file, uploadId: '' };
  jobs.set(key, job);
  const name = api.nameOf(file);
  setList(place, (list) => [...list, { key, name, size: file.size, sent: 0, stage: 'sending' }]);
  void run(key, job);
}

export function pauseUpload({ key }: Upload): void {
  const job = jobs.get(key);
  if (!job) return;
  job.control?.abort();
  change(key, job.place, { stage: 'paused' });
}
/** After a pause, or once more after a refusal. */
export function resumeUpload({ key, stage }: Upload): void {
  const job = jobs.get(key);
  if (job && (stage === 'paused' || stage === 'refused')) void run(key, job);
}
export function dropUpload(place: Id, { key }: Upload): void {
  const job = jobs.get(key);
  jobs.delete(key);
  job?.control?.abort();
  setList(place, (list) => list.filter((each) => each.key !== key));
}
export const clearUploads = (place: Id) => state().uploads[place]?.forEach((each) => dropUpload(place, each));

/** At the end of the session. */
export function forgetUploads(): void {
  Object.keys(state().uploads).forEach(clearUploads);
}

/** Those that have arrived, as the draft keeps them. */
export const arrived = (list: Upload[] = []) => list.flatMap((each) => each.info ?? []);
export const asArrived = (files: FileInfo[]): Upload[] =>
  files.map((info) => ({
    key: ++last_key,
    name: info.name,
    size: info.size,
    sent: info.size,
    stage: 'done',
    info,
  }));
