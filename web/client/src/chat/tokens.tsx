// Access tokens: how one's own programs sign in.
import { useEffect, useState } from 'react';
import * as api from '../api/security';
import { useWords } from '../i18n';
import { tell } from '../store/notify';
import { FormEnd } from '../ui/form';
import { useSubmit } from './dialogs';
import { report } from './report';

const day = 86_400_000;

export function TokensPart() {
  const { t, date } = useWords();
  const [list, setList] = useState<api.Token[]>();
  const [made, setMade] = useState<api.Token>();
  const [count, setCount] = useState(0);
  const load = () => report(api.tokens().then(setList));
  useEffect(load, []);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    const days = Number(form.get('days'));
    setMade(await api.makeToken(String(form.get('name')), days > 0 ? Date.now() + days * day : undefined));
    setCount(count + 1);
    load();
  });
  const change = (act: Promise<unknown>) => report(act.then(load));
  const stateOf = (token: api.Token) => {
    if (token.expires_at && token.expires_at < Date.now()) return t('token.ended');
    if (!token.is_active) return t('token.off');
    return token.expires_at ? t('token.until', { time: date(token.expires_at) }) : t('token.forever');
  };
  return (
    <section aria-labelledby="tokens-title" aria-busy={!list}>
      <h3 id="tokens-title">{t('token.title')}</h3>
      <p>{t('token.hint')}</p>
      {made?.token && (
        <div className="note" role="status">
          <p>{t('token.once')}</p>
          <code className="secret">{made.token}</code>
          <div className="buttons">
            <button
              className="ghost small"
              onClick={() =>
                report(navigator.clipboard.writeText(made.token ?? '').then(() => tell(t('post.textCopied'))))
              }
            >
              {t('post.copyText')}
            </button>
            <button className="ghost small" onClick={() => setMade(undefined)}>
              {t('app.close')}
            </button>
          </div>
        </div>
      )}
      <ul className="choices">
        {list?.map((token) => (
          <li key={token.id}>
            <span className="text">
              <b>{token.description}</b>
              <small>{stateOf(token)}</small>
            </span>
            <button
              className="ghost small"
              onClick={() => change(api.switchToken(token.id, !token.is_active))}
            >
              {t(token.is_active ? 'token.switchOff' : 'token.switchOn')}
            </button>
            <button
              className="ghost small"
              aria-label={t('token.revokeThis', { name: token.description })}
              onClick={() => change(api.revokeToken(token.id))}
            >
              {t('token.revoke')}
            </button>
          </li>
        ))}
      </ul>
      <form className="form" key={count} onSubmit={onSubmit}>
        <label>
          {t('token.name')}
          <input name="name" className="field" required maxLength={255} />
        </label>
        <label>
          {t('token.end')}
          <select name="days" className="field" defaultValue="90">
            {[30, 90, 365].map((days) => (
              <option key={days} value={days}>
                {t('token.days', { count: days })}
              </option>
            ))}
            <option value="0">{t('token.forever')}</option>
          </select>
        </label>
        <FormEnd error={error} isBusy={isBusy} label={t('token.make')} />
      </form>
    </section>
  );
}
