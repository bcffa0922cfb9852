// Words that a search found, marked where they stand. Plain text only: what is inside of code stays as it is.
import { createContext, useContext, type ReactNode } from 'react';

export const FoundWords = createContext<string[]>([]);

const special = /[.*+?^${}()|[\]\\]/g;

export function Marked({ text }: { text: string }): ReactNode {
  const words = useContext(FoundWords).filter(Boolean);
  if (words.length === 0) return text;
  const longestFirst = [...words].sort((a, b) => b.length - a.length);
  const rule = new RegExp(`(${longestFirst.map((each) => each.replace(special, '\\$&')).join('|')})`, 'giu');
  // Every second part is what the group caught.
  return text.split(rule).map((part, at) => (at % 2 ? <mark key={at}>{part}</mark> : part));
}
