// Rules about second factors as a form has them, and the settings that they are. Pure.
import type { Sections, Setting, Value } from '../api/settings';

export interface Rules {
  isOn: boolean;
  everybody: boolean;
  guests: boolean;
  roles: string[];
  services: string[];
  networks: string[];
  /** Milliseconds; 0: at once. */
  from: number;
}

const places: Record<keyof Rules, [section: string, name: string]> = {
  isOn: ['ServiceSettings', 'EnableMultifactorAuthentication'],
  everybody: ['ServiceSettings', 'EnforceMultifactorAuthentication'],
  guests: ['GuestAccountsSettings', 'EnforceMultifactorAuthentication'],
  roles: ['ConcordatSettings', 'MfaForRoles'],
  services: ['ConcordatSettings', 'MfaForServices'],
  networks: ['ConcordatSettings', 'MfaOutsideNetworks'],
  from: ['ConcordatSettings', 'MfaEnforcedFrom'],
};
const all = Object.keys(places) as (keyof Rules)[];

const settingOf = (rule: keyof Rules, settings: Setting[]) =>
  settings.find((each) => each.section === places[rule][0] && each.name === places[rule][1]);

/** As they are in force; nothing while the person does not see all of them. */
export function rulesIn(settings: Setting[]): Rules | undefined {
  const found = all.map((rule) => [rule, settingOf(rule, settings)?.value] as const);
  if (found.some(([, value]) => value === undefined)) return undefined;
  return Object.fromEntries(found) as unknown as Rules;
}

/** Rules that the node's environment decides, or that are changed at the machine. */
export const shutRules = (settings: Setting[]) =>
  all.filter((rule) => settingOf(rule, settings)?.may_change === false);

/** What differs, as the settings file has it. */
export function changesOf(before: Rules, after: Rules): Sections {
  const sections: Sections = {};
  for (const rule of all) {
    if (JSON.stringify(before[rule]) === JSON.stringify(after[rule])) continue;
    const [section, name] = places[rule];
    sections[section] = { ...sections[section], [name]: after[rule] as Value };
  }
  return sections;
}

const day = 86_400_000;
export const delays = [7, 30];
/** The hour that is so many days ahead, on the full hour, so that letters name a date that people can keep. */
export const inDays = (days: number, now: number) => Math.ceil((now + days * day) / 3_600_000) * 3_600_000;

/** As fields for a date and a time have it, by the clock of this browser. */
export function localText(at: number): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
