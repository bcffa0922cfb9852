// The one way to the node: cookies, the CSRF header, errors as ApiError. Nothing else calls fetch.
import { ApiError } from './errors';
import type { PasskeyRequest } from './passkeys';

/** Where the site lives, with a final slash: the scripts are one level below it. */
export const root = import.meta.env.PROD ? new URL('..', import.meta.url).pathname : '/';

/** "//…" stands outside the interface, as in the node's own table of routes. */
export const apiPath = (path: string) =>
  path.startsWith('//') ? root + path.slice(2) : `${root}api/v4${path}`;

export function cookie(name: string): string {
  const found = document.cookie.split('; ').find((part) => part.startsWith(`${name}=`));
  return found ? found.slice(name.length + 1) : '';
}

export const headers = (): Record<string, string> => ({
  'X-Requested-With': 'XMLHttpRequest',
  'X-CSRF-Token': cookie('MMCSRF'),
});

let onSignedOut: () => void = () => undefined;
/** Called when a request finds the session gone. */
export const whenSignedOut = (tell: () => void) => {
  onSignedOut = tell;
};

/** Another 401, such as that of a wrong code, leaves the session as it is. */
const sessionGone = 'api.context.session_expired.app_error';

export function errorOf(status: number, text: string): ApiError {
  try {
    const body = JSON.parse(text) as {
      id?: string;
      message?: string;
      request_id?: string;
      passkey?: PasskeyRequest;
    };
    return new ApiError(body.id ?? '', status, body.message ?? '', body.request_id, body.passkey);
  } catch {
    return new ApiError('', status, '');
  }
}

type Body = Record<string, unknown> | unknown[] | FormData;

async function send(verb: string, path: string, body?: Body, signal?: AbortSignal): Promise<Response> {
  const isForm = body instanceof FormData;
  let reply: Response;
  try {
    reply = await fetch(apiPath(path), {
      method: verb,
      // Of a form the browser itself says where its parts begin.
      headers: !body || isForm ? headers() : { ...headers(), 'Content-Type': 'application/json' },
      body: isForm ? body : body && JSON.stringify(body),
      credentials: 'same-origin',
      signal,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError('client.unreachable', 0, '');
  }
  if (reply.ok) return reply;
  const error = errorOf(reply.status, await reply.text());
  if (error.id === sessionGone && path !== '/users/login' && path !== '/users/me') onSignedOut();
  throw error;
}

export async function request<T>(verb: string, path: string, body?: Body, signal?: AbortSignal): Promise<T> {
  const text = await (await send(verb, path, body, signal)).text();
  return (text ? JSON.parse(text) : undefined) as T;
}

/** Saves what the node sends under the name that it gives. */
export async function saveFile(path: string): Promise<void> {
  const reply = await send('GET', path);
  const name = /filename="([^"]*)"/.exec(reply.headers.get('Content-Disposition') ?? '')?.[1];
  saveBlob(name ?? 'download', await reply.blob());
}

/** Saves a file of this browser's making. */
export function saveBlob(name: string, blob: Blob) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // Some browsers begin to read a moment later.
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
export const saveJson = (name: string, text: string) =>
  saveBlob(name, new Blob([text], { type: 'application/json' }));

export const get = <T>(path: string, signal?: AbortSignal) => request<T>('GET', path, undefined, signal);
export const post = <T>(path: string, body: Body = {}) => request<T>('POST', path, body);
export const put = <T>(path: string, body: Body = {}) => request<T>('PUT', path, body);
export const patch = <T>(path: string, body: Body = {}) => request<T>('PATCH', path, body);
export const remove = <T>(path: string) => request<T>('DELETE', path);

/** "?a=1&b=2"; what is undefined is left out. */
export function query(fields: Record<string, string | number | boolean | undefined>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : '';
}
