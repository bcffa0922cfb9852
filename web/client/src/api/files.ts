import { ApiError } from './errors';
import { apiPath, errorOf, headers } from './request';
import type { FileInfo, Id } from './types';

export const url = (id: Id) => apiPath(`/files/${id}`);
export const thumbnail = (id: Id) => apiPath(`/files/${id}/thumbnail`);
export const preview = (id: Id) => apiPath(`/files/${id}/preview`);
export const picture = (user: Id, version = 0) => apiPath(`/users/${user}/image?_=${version}`);

export interface Transfer {
  done: Promise<FileInfo>;
  cancel(): void;
}

/** Sends one file; `onPart` hears how much of it has gone, from 0 to 1. */
export function send(channel: Id, file: File, onPart: (part: number) => void): Transfer {
  const call = new XMLHttpRequest();
  const done = new Promise<FileInfo>((resolve, reject) => {
    call.open('POST', apiPath('/files'));
    for (const [name, value] of Object.entries(headers())) call.setRequestHeader(name, value);
    call.upload.onprogress = (event) => event.lengthComputable && onPart(event.loaded / event.total);
    call.onload = () => {
      if (call.status >= 300) return reject(errorOf(call.status, call.responseText));
      resolve((JSON.parse(call.responseText) as { file_infos: FileInfo[] }).file_infos[0]);
    };
    call.onerror = () => reject(new ApiError('client.unreachable', 0, ''));
    call.onabort = () => reject(new ApiError('client.cancelled', 0, ''));
    const form = new FormData();
    form.append('channel_id', channel);
    form.append('files', file, file.name || 'pasted.png');
    call.send(form);
  });
  return { done, cancel: () => call.abort() };
}
