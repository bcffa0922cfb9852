// What this browser saw of an audit log, so that a later look proves that it has only grown: the browser is a
// witness of its own.
export interface Kept {
  /** Base64 of the key that signed when it was first seen. */
  key: string;
  note: string;
  seen_at: number;
  first_at: number;
}
const place = (origin: string) => `concordat.audit.${origin}`;

export function keptLog(origin: string): Kept | undefined {
  const text = localStorage.getItem(place(origin));
  if (!text) return undefined;
  try {
    return JSON.parse(text) as Kept;
  } catch {
    return undefined;
  }
}
export const keepLog = (origin: string, kept: Kept) =>
  localStorage.setItem(place(origin), JSON.stringify(kept));
