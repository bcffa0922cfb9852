// Settings, one a row: their values, and a form that shows the difference before it is saved.
import { useState } from 'react';
import { ApiError } from '../api/errors';
import * as api from '../api/settings';
import { useSubmit } from '../chat/dialogs';
import { useWords } from '../i18n';
import { useProof } from '../chat/proof';
import { tellTrial } from './trial';

export const trial_minutes = 10;

export const isSame = (a: api.Value, b: api.Value) => JSON.stringify(a) === JSON.stringify(b);

export function useTold() {
  const { t } = useWords();
  return (value: api.Value) => {
    if (value === true) return t('setting.on');
    if (value === false) return t('setting.off');
    const text = Array.isArray(value) ? value.join(', ') : String(value);
    return text === '' ? t('setting.empty') : text;
  };
}

export function Field({
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
  const { onSubmit, error, isBusy } = useSubmit((form) =>
    proved(async () => {
      setRefused('');
      const isTried = setting.can_be_tried && form.get('trial') !== null;
      try {
        if (isTried) await api.beginTrial({ [setting.section]: { [setting.name]: next } }, trial_minutes);
        else await api.change(setting.section, setting.name, next);
        if (isTried) tellTrial();
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
        {setting.can_be_tried && (
          <label className="tick">
            <input type="checkbox" name="trial" defaultChecked />
            <span>
              {t('trial.try', { count: trial_minutes })} <small>{t('trial.tryHint')}</small>
            </span>
          </label>
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

/** `changed` is called after each change. */
export function SettingRows({ settings, changed }: { settings: api.Setting[]; changed(): void }) {
  const { t } = useWords();
  const told = useTold();
  const [open, setOpen] = useState('');
  const [saved, setSaved] = useState('');
  return (
    <>
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
                  aria-expanded={open === each.name}
                  aria-label={t('setting.changeOf', { name: api.pathOf(each) })}
                  onClick={() => setOpen(open === each.name ? '' : each.name)}
                >
                  {t('setting.change')}
                </button>
              )}
            </div>
            {open === each.name && (
              <Change
                setting={each}
                done={() => {
                  setOpen('');
                  setSaved(api.pathOf(each));
                  changed();
                }}
              />
            )}
          </li>
        ))}
      </ul>
      {saved && (
        <p className="note" role="status">
          {t('setting.saved', { name: saved })}
        </p>
      )}
    </>
  );
}
