// Every setting by its name in the settings file: found, explained by its bounds, and changed.
import { useMemo, useState } from 'react';
import * as api from '../api/settings';
import { useWords } from '../i18n';
import { isSame, SettingRows } from './setting_rows';
import { Failure, useAsked } from './table';

export function Settings() {
  const { t } = useWords();
  const [all, failure, load] = useAsked(api.settings, 30_000);
  const [word, setWord] = useState('');
  const [isSetOnly, setSetOnly] = useState(false);
  const sections = useMemo(() => {
    const wanted = word.trim().toLowerCase();
    const found = (all ?? []).filter(
      (each) =>
        api.pathOf(each).toLowerCase().includes(wanted) &&
        (!isSetOnly || each.is_waiting || each.is_decided || !isSame(each.value, each.default)),
    );
    const grouped = new Map<string, api.Setting[]>();
    for (const each of found) grouped.set(each.section, [...(grouped.get(each.section) ?? []), each]);
    return grouped;
  }, [all, word, isSetOnly]);
  const waiting = all?.filter((each) => each.is_waiting) ?? [];
  return (
    <>
      <p>{t('setting.hint')}</p>
      <div className="form ask" role="search">
        <label>
          {t('setting.find')}
          <input
            type="search"
            className="field"
            value={word}
            placeholder="LdapSettings.BaseDN"
            spellCheck={false}
            onChange={(e) => setWord(e.target.value)}
          />
        </label>
        <label className="tick">
          <input type="checkbox" checked={isSetOnly} onChange={(e) => setSetOnly(e.target.checked)} />
          {t('setting.setOnly')}
        </label>
      </div>
      {failure && <Failure text={failure} />}
      {!all && !failure && <p aria-busy="true">{t('app.loading')}</p>}
      {waiting.length > 0 && (
        <p className="note" role="status">
          {t('setting.waiting', { count: waiting.length })} {waiting.map(api.pathOf).join(', ')}
        </p>
      )}
      {all && sections.size === 0 && <p className="empty">{t('setting.none')}</p>}
      {[...sections].map(([section, settings]) => (
        <section key={section} className="part" aria-label={section}>
          <h2>
            <code>{section}</code>
          </h2>
          <SettingRows settings={settings} changed={load} />
        </section>
      ))}
    </>
  );
}
