// The desktop application, as far as the page needs to know of it.
import { root } from '../api/request';

export const isDesktop = () => / Electron\//.test(navigator.userAgent);

/** What a browser brings back from a provider for the application: its own token and the server's. */
export interface DesktopReturn {
  client: string;
  server: string;
}

export function desktopReturnOf(path: string, search: string): DesktopReturn | undefined {
  if (path.replace(/\/$/, '') !== `${root}login/desktop`) return undefined;
  const query = new URLSearchParams(search);
  return { client: query.get('client_token') ?? '', server: query.get('server_token') ?? '' };
}
