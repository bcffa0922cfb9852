// How the person signs in, and changing that: both ends are proven, and every session ends.
import { useState } from 'react';
import { ApiError } from '../api/errors';
import { root } from '../api/request';
import * as usersApi from '../api/users';
import { useWords } from '../i18n';
import { codeWanted } from '../i18n/errors';
import { useStore } from '../store/state';
import { FormEnd } from '../ui/form';
import { useSubmit } from './dialogs';
import { providers } from './providers';

interface Way {
  service: string;
  name: string;
}

export function SignInMethod() {
  const { t } = useWords();
  const me = useStore((s) => s.me);
  const config = useStore((s) => s.config);
  const [wanted, setWanted] = useState('');
  const [wantsCode, setWantsCode] = useState(false);
  const own: Way = { service: 'email', name: t('method.password') };
  const others: Way[] = [
    ...(config.EnableLdap === 'true' ? [{ service: 'ldap', name: t('method.directory') }] : []),
    ...providers
      .filter((each) => config[each.is] === 'true')
      .map((each) => ({ service: each.service, name: each.named(config) })),
  ];
  const now = me?.auth_service || 'email';
  const ways = now === 'email' ? others : [own];
  const nowName = [own, ...others].find((each) => each.service === now)?.name ?? now;
  const chosen = ways.find((each) => each.service === wanted);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    const text = (name: string) => String(form.get(name) ?? '');
    try {
      const { follow_link } = await usersApi.switchSignIn({
        current_service: now,
        new_service: wanted,
        email: me?.email ?? '',
        password: text('password'),
        mfa_code: text('code').replaceAll(' ', ''),
        ldap_id: text('ldap_id'),
        new_password: text('new_password'),
      });
      // To the provider; or, once it is done, to the page that asks who one is.
      location.assign(follow_link.startsWith('/') ? root : follow_link);
    } catch (refusal) {
      if (!(refusal instanceof ApiError) || refusal.id !== codeWanted || wantsCode) throw refusal;
      setWantsCode(true);
    }
  });
  if (ways.length === 0) return null;
  return (
    <section aria-labelledby="method-title">
      <h3 id="method-title">{t('method.title')}</h3>
      <p>{t('method.now', { name: nowName })}</p>
      <form className="form" onSubmit={onSubmit} aria-labelledby="method-title">
        <label>
          {t('method.to')}
          <select
            className="field"
            required
            value={wanted}
            onChange={(event) => {
              setWanted(event.target.value);
              setWantsCode(false);
            }}
          >
            <option value="">{t('method.stay')}</option>
            {ways.map((each) => (
              <option key={each.service} value={each.service}>
                {each.name}
              </option>
            ))}
          </select>
        </label>
        {chosen && (
          <>
            {(now === 'email' || now === 'ldap') && (
              <label>
                {t(now === 'ldap' ? 'method.passwordThere' : 'settings.passwordNow')}
                <input
                  name="password"
                  type="password"
                  autoComplete="current-password"
                  required
                  className="field"
                />
              </label>
            )}
            {wanted === 'ldap' && (
              <>
                <label>
                  {t('method.nameThere')}
                  <input name="ldap_id" autoComplete="off" spellCheck={false} required className="field" />
                </label>
                <label>
                  {t('method.passwordThere')}
                  <input name="new_password" type="password" autoComplete="off" required className="field" />
                </label>
              </>
            )}
            {wanted === 'email' && (
              <label>
                {t('settings.passwordNew')}
                <input
                  name="new_password"
                  type="password"
                  autoComplete="new-password"
                  required
                  className="field"
                />
              </label>
            )}
            {wantsCode && (
              <label>
                {t('signin.code')}
                <input name="code" autoComplete="one-time-code" required className="field code" />
              </label>
            )}
            <p>{t('method.ends')}</p>
            <FormEnd error={error} isBusy={isBusy} label={t('method.change')} />
          </>
        )}
      </form>
    </section>
  );
}
