// Passkeys in the settings: the list, a new one, other names, and taking one away.
import { useEffect, useState } from 'react';
import * as api from '../api/passkeys';
import type { Id } from '../api/types';
import { useWords } from '../i18n';
import { tell } from '../store/notify';
import { useStore } from '../store/state';
import { FormEnd } from '../ui/form';
import { useSubmit } from './dialogs';
import { useProof } from './proof';
import { report } from './report';

/** `changed` is told whenever there are others than before. */
export function PasskeysPart({ hasFactor, changed }: { hasFactor: boolean; changed(): void }) {
  const { t, date } = useWords();
  const me = useStore((s) => s.me);
  const [list, setList] = useState<api.Passkey[]>();
  const [act, setAct] = useState<'add' | Id>();
  const [proof, run] = useProof();
  const load = () => report(api.passkeys().then(setList));
  useEffect(load, []);
  const done = (words: string) => {
    setAct(undefined);
    tell(words);
    load();
    changed();
  };
  const needsPassword = !hasFactor && !!me && !me.auth_service;
  const add = useSubmit(async (form) => {
    const name = String(form.get('name'));
    await run(() =>
      api.addPasskey(name, String(form.get('password') ?? '')).then(() => done(t('passkey.added'))),
    );
  });
  const rename = useSubmit(async (form) => {
    await api.renamePasskey(String(act), String(form.get('name')));
    done(t('settings.saved'));
  });
  const remove = (id: Id) => report(run(() => api.removePasskey(id).then(() => done(t('passkey.removed')))));
  const about = (each: api.Passkey) =>
    [
      t('passkey.made', { time: date(each.create_at) }),
      each.last_used_at ? t('passkey.used', { time: date(each.last_used_at) }) : t('passkey.unused'),
      each.can_sign_in ? '' : t('passkey.factorOnly'),
    ].join(' ');
  const nameField = (value: string) => (
    <label>
      {t('passkey.name')}
      <input
        name="name"
        className="field"
        required
        maxLength={64}
        defaultValue={value}
        data-focus
        autoFocus
      />
    </label>
  );
  const cancel = (
    <button type="button" className="ghost" onClick={() => setAct(undefined)}>
      {t('app.cancel')}
    </button>
  );
  return (
    <section aria-labelledby="passkeys-title" aria-busy={!list}>
      <h3 id="passkeys-title">{t('passkey.title')}</h3>
      <p>{t('passkey.hint')}</p>
      <ul className="choices">
        {list?.map((each) =>
          act === each.id ? (
            <li key={each.id}>
              <form className="form" onSubmit={rename.onSubmit}>
                {nameField(each.name)}
                <FormEnd error={rename.error} isBusy={rename.isBusy} label={t('app.save')} />
                {cancel}
              </form>
            </li>
          ) : (
            <li key={each.id}>
              <span className="text">
                <b>{each.name}</b>
                <small>{about(each)}</small>
              </span>
              <button
                className="ghost small"
                aria-label={t('passkey.renameThis', { name: each.name })}
                onClick={() => setAct(each.id)}
              >
                {t('passkey.rename')}
              </button>
              <button
                className="ghost small"
                aria-label={t('passkey.removeThis', { name: each.name })}
                onClick={() => remove(each.id)}
              >
                {t('passkey.remove')}
              </button>
            </li>
          ),
        )}
      </ul>
      {act === 'add' ? (
        <form className="form" onSubmit={add.onSubmit}>
          {nameField('')}
          {needsPassword && (
            <label>
              {t('signin.password')}
              <input
                name="password"
                type="password"
                autoComplete="current-password"
                required
                className="field"
              />
            </label>
          )}
          <FormEnd error={add.error} isBusy={add.isBusy} label={t('passkey.make')} />
          {cancel}
        </form>
      ) : (
        <div className="buttons start">
          <button className="ghost" onClick={() => setAct('add')}>
            {t('passkey.add')}
          </button>
        </div>
      )}
      {proof}
    </section>
  );
}
