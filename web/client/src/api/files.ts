import { ApiError } from './errors';
import { apiPath, errorOf, get, headers, post } from './request';
import type { FileInfo, Id } from './types';

export const url = (id: Id) => apiPath(`/files/${id}`);
export const thumbnail = (id: Id) => apiPath(`/files/${id}/thumbnail`);
export const preview = (id: Id) => apiPath(`/files/${id}/preview`);
export const picture = (user: Id, version = 0) => apiPath(`/users/${user}/image?_=${version}`);

interface Transfer {
  onSent(bytes: number): void;
  signal: AbortSignal;
}

/** What fetch cannot: tells how much has gone. Ends as `client.cancelled` when it is called off. */
function transfer(path: string, body: FormData | Blob, { onSent, signal }: Transfer): Promise<string> {
  const call = new XMLHttpRequest();
  const stop = () => call.abort();
  const done = new Promise<string>((resolve, reject) => {
    if (signal.aborted) return reject(new ApiError('client.cancelled', 0, ''));
    signal.addEventListener('abort', stop);
    call.open('POST', apiPath(path));
    for (const [name, value] of Object.entries(headers())) call.setRequestHeader(name, value);
    if (body instanceof Blob) call.setRequestHeader('Content-Type', 'application/octet-stream');
    call.upload.onprogress = (event) => onSent(event.loaded);
    call.onload = () =>
      call.status >= 300 ? reject(errorOf(call.status, call.responseText)) : resolve(call.responseText);
    call.onerror = () => reject(new ApiError('client.unreachable', 0, ''));
    call.onabort = () => reject(new ApiError('client.cancelled', 0, ''));
    call.send(body);
  });
  return done.finally(() => signal.removeEventListener('abort', stop));
}

/** The name of a file; what was pasted has none. */
export const nameOf = (file: File) => file.name || 'pasted.png';

/** A file in one piece. */
export async function send(channel: Id, file: File, how: Transfer): Promise<FileInfo> {
  const form = new FormData();
  form.append('channel_id', channel);
  form.append('files', file, nameOf(file));
  const text = await transfer('/files', form, how);
  return (JSON.parse(text) as { file_infos: FileInfo[] }).file_infos[0];
}

/** A file in pieces: an upload is opened, then takes them from its offset on. */
export interface UploadSession {
  id: Id;
  file_size: number;
  file_offset: number;
}
export const openUpload = (channel_id: Id, file: File) =>
  post<UploadSession>('/uploads', { channel_id, filename: nameOf(file), file_size: file.size });
export const uploadOf = (id: Id) => get<UploadSession>(`/uploads/${id}`);
/** The file, when this was its last piece. */
export async function sendPiece(id: Id, piece: Blob, how: Transfer): Promise<FileInfo | undefined> {
  const text = await transfer(`/uploads/${id}`, piece, how);
  return text ? (JSON.parse(text) as FileInfo) : undefined;
}
