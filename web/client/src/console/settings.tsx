// Every setting by its name in the settings file: found, explained by its bounds, changed with the difference
// shown first.
import { useMemo, useState } from 'react';
import { ApiError } from '../api/errors';
import * as api from '../api/settings';
import { useSubmit } from '../chat/dialogs';
import { useWords } from '../i18n';
import { useProof } from './proof';
import { Failure, useAsked } from './table';

const isSame = (a: api.Value, b: api.Value) => JSON.stringify(a) === JSON.stringify(b);

function useTold() {
  const { t } = useWords();
  return (value: api.Value) => {
    if (value === true) return t('setting.on');
    if (value === false) return t('setting.off');
    const text = Array.isArray(value) ? value.join(', ') : String(value);
    return text === '' ? t('setting.empty') : text;
  };
}

function Field({
  setting,
  id,
  value,
  set,
}: {
  setting: api.Setting;
  id: string;
  value: api.Value;
  set(value: api.Value): void;
}) {
  const { t } = useWords();
  const { kind } = setting;
  if (kind === 'truth')
    return <input id={id} type="checkbox" checked={value === true} onChange={(e) => set(e.target.checked)} />;
  if (kind === 'choice')
    return (
      <select id={id} className="field" value={String(value)} onChange={(e) => set(e.target.value)}>
        {setting.choices?.map((each) => (
          <option key={each} value={each}>
            {each || t('setting.empty')}
          </option>
        ))}
      </select>
    );
  if (kind === 'number')
    return (
      <input
        id={id}
        className="field"
        type="number"
        required
        min={setting.least}
        max={setting.most}
        value={String(value)}
        onChange={(e) => set(e.target.value === '' ? '' : Number(e.target.value))}
      />
    );
  if (kind === 'texts')
    return (
      <textarea
        id={id}
        className="field"
        rows={4}
        spellCheck={false}
        value={(value as string[]).join('\n')}
        onChange={(e) => set(e.target.value.split('\n'))}
      />
    );
  return (
    <input
      id={id}
      className="field"
      type={kind === 'secret' ? 'password' : 'text'}
      autoComplete="off"
      spellCheck={false}
      value={String(value)}
      onFocus={(e) => kind === 'secret' && e.target.select()}
      onChange={(e) => set(e.target.value)}
    />
  );
}

function Change({ setting, done }: { setting: api.Setting; done(): void }) {
  const { t } = useWords();
  const told = useTold();
  const [value, setValue] = useState(setting.value);
  const [refused, setRefused] = useState('');
  const [proof, proved] = useProof();
  const next =
    setting.kind === 'texts' ? (value as string[]).map((each) => each.trim()).filter(Boolean) : value;
  const { onSubmit, error, isBusy } = useSubmit(() =>
    proved(async () => {
      setRefused('');
      try {
        await api.change(setting.section, setting.name, next);
      } catch (refusal) {
        // The node names the key and what is wrong with it, which no catalogue could.
        if (!(refusal instanceof ApiError) || !refusal.id.startsWith('config.')) throw refusal;
        return setRefused(refusal.message);
      }
      done();
    }),
  );
  const id = `set-${api.pathOf(setting)}`;
  const isChanged = !isSame(next, setting.value);
  return (
    <>
      <form
        className="form change"
        onSubmit={onSubmit}
        aria-label={t('setting.changeOf', { name: api.pathOf(setting) })}
      >
        <label htmlFor={id}>{setting.kind === 'texts' ? t('setting.oneEach') : t('setting.newValue')}</label>
        <Field setting={setting} id={id} value={value} set={setValue} />
        {(setting.least !== undefined || setting.most !== undefined) && (
          <small>{t('setting.bounds', { least: setting.least ?? '−∞', most: setting.most ?? '∞' })}</small>
        )}
        {isChanged && setting.kind !== 'secret' && (
          <p className="note" role="status">
            <span>
              <del>{told(setting.value)}</del> → <ins>{told(next)}</ins>
            </span>
          </p>
        )}
        {setting.needs_restart && <p>{t('setting.restart')}</p>}
        <p role="alert" className="error">
          {refused ? t('setting.refused', { what: refused }) : error}
        </p>
        <div className="buttons">
          <button className="primary" disabled={isBusy || !isChanged}>
            {t('setting.save')}
          </button>
          {!isSame(setting.value, setting.default) && setting.kind !== 'secret' && (
            <button type="button" className="ghost" onClick={() => setValue(setting.default)}>
              {t('setting.asItComes')}
            </button>
          )}
        </div>
      </form>
      {proof}
    </>
  );
}

export function Settings() {
  const { t } = useWords();
  const told = useTold();
  const [all, failure, load] = useAsked(api.settings, 30_000);
  const [word, setWord] = useState('');
  const [isSetOnly, setSetOnly] = useState(false);
  const [open, setOpen] = useState('');
  const [saved, setSaved] = useState('');
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
      {saved && (
        <p className="note" role="status">
          {t('setting.saved', { name: saved })}
        </p>
      )}
      {all && sections.size === 0 && <p className="empty">{t('setting.none')}</p>}
      {[...sections].map(([section, settings]) => (
        <section key={section} className="part" aria-label={section}>
          <h2>
            <code>{section}</code>
          </h2>
          <ul className="setting-list">
            {settings.map((each) => (
              <li key={each.name}>
                <div className="setting">
                  <code>{each.name}</code>
                  <span className="value">{told(each.value)}</span>
                  <span className="state">
                    {each.is_waiting && t('setting.isWaiting')}
                    {each.is_decided && t('setting.isDecided')}
                    {each.is_local && t('setting.isLocal')}
                  </span>
                  {each.may_change && (
                    <button
                      className="link"
                      aria-expanded={open === api.pathOf(each)}
                      aria-label={t('setting.changeOf', { name: api.pathOf(each) })}
                      onClick={() => setOpen(open === api.pathOf(each) ? '' : api.pathOf(each))}
                    >
                      {t('setting.change')}
                    </button>
                  )}
                </div>
                {open === api.pathOf(each) && (
                  <Change
                    setting={each}
                    done={() => {
                      setOpen('');
                      setSaved(api.pathOf(each));
                      load();
                    }}
                  />
                )}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
