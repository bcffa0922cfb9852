// Fills a message: chooses the form for {count} in the language, puts numbers as the language writes them.
import type { Forms } from './catalogue';

export type Values = Record<string, string | number>;

export function fill(message: string | Forms, values: Values, locale: string): string {
  const text =
    typeof message === 'string'
      ? message
      : message[new Intl.PluralRules(locale).select(Number(values.count)) === 'one' ? 'one' : 'other'];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? new Intl.NumberFormat(locale).format(value) : value;
  });
}
