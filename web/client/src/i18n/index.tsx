// The language of the page: chosen by the person, else by the browser.
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Catalogue, ChatCatalogue, ConsoleCatalogue, Key } from './catalogue';
import { en } from './en';
import { fill, type Values } from './format';

export type Language = 'en' | 'fr' | 'de';
export const languages: Record<Language, string> = { en: 'English', fr: 'Français', de: 'Deutsch' };
const key = 'concordat.language';

const catalogues: Record<Language, () => Promise<ChatCatalogue>> = {
  en: () => Promise.resolve(en),
  fr: () => import('./fr').then((module) => module.fr),
  de: () => import('./de').then((module) => module.de),
};
const consoleCatalogues: Record<Language, () => Promise<ConsoleCatalogue>> = {
  en: () => import('./console/en').then((module) => module.en),
  fr: () => import('./console/fr').then((module) => module.fr),
  de: () => import('./console/de').then((module) => module.de),
};

/** A page that is not the console says nothing with the console's keys; a unit test looks after that. */
async function wordsFor(language: Language, isConsole: boolean): Promise<Catalogue> {
  const chat = catalogues[language]();
  return { ...(await chat), ...(isConsole ? await consoleCatalogues[language]() : {}) } as Catalogue;
}

function firstLanguage(): Language {
  const kept = localStorage.getItem(key);
  const wanted = [kept ?? '', ...navigator.languages].map((each) => each.slice(0, 2));
  return wanted.find((each): each is Language => each in catalogues) ?? 'en';
}

export interface Words {
  language: Language;
  setLanguage(language: Language): void;
  t(key: Key, values?: Values): string;
  time(at: number): string;
  day(at: number): string;
  date(at: number): string;
  /** Of "2026-11-30". */
  calendarDay(day: string): string;
  size(bytes: number): string;
}

const Context = createContext<Words>(null as unknown as Words);
export const useWords = () => useContext(Context);

function wordsOf(language: Language, messages: Catalogue, setLanguage: Words['setLanguage']): Words {
  // The regional form of the language that the browser asks for: en-GB writes 20:53.
  const locale = navigator.languages.find((each) => each.startsWith(language)) ?? language;
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
  const day = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const calendarDay = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
  const isSameDay = (at: number, other: number) =>
    new Date(at).toDateString() === new Date(other).toDateString();
  const t: Words['t'] = (name, values = {}) => fill(messages[name], values, locale);
  return {
    language,
    setLanguage,
    t,
    time: (at) => time.format(at),
    day: (at) => {
      if (isSameDay(at, Date.now())) return t('day.today');
      return isSameDay(at, Date.now() - 86_400_000) ? t('day.yesterday') : day.format(at);
    },
    date: (at) => date.format(at),
    calendarDay: (day) => calendarDay.format(Date.parse(`${day}T00:00:00Z`)),
    size: (bytes) => {
      const steps = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
      const step = Math.min(3, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
      const form = {
        style: 'unit',
        unit: steps[step],
        unitDisplay: 'short',
        maximumFractionDigits: 1,
      } as const;
      return new Intl.NumberFormat(locale, form).format(bytes / 1024 ** step);
    },
  };
}

export function LanguageRoom({ isConsole, children }: { isConsole: boolean; children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);
  const [shown, setShown] = useState<{ language: Language; messages: Catalogue }>();
  useEffect(() => {
    let isWanted = true;
    void wordsFor(language, isConsole).then((messages) => {
      if (!isWanted) return;
      document.documentElement.lang = language;
      setShown({ language, messages });
    });
    return () => {
      isWanted = false;
    };
  }, [language, isConsole]);
  const words = useMemo(() => {
    const choose = (wanted: Language) => {
      localStorage.setItem(key, wanted);
      setLanguage(wanted);
    };
    return shown && wordsOf(shown.language, shown.messages, choose);
  }, [shown]);
  return words ? <Context.Provider value={words}>{children}</Context.Provider> : null;
}
