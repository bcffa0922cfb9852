// What languages say, by key. The chat's words and the console's come in files of their own: the chat does not
// load the console's. The English catalogues are where keys are made.
import type { en as consoleEn } from './console/en';
import type { en } from './en';

export type Forms = { one: string; other: string };
type Like<English> = { [K in keyof English]: English[K] extends string ? string : Forms };
/** The same keys, and forms where the English has forms. */
export type ChatCatalogue = Like<typeof en>;
export type ConsoleCatalogue = Like<typeof consoleEn>;
export type Catalogue = ChatCatalogue & ConsoleCatalogue;
export type Key = keyof Catalogue;
