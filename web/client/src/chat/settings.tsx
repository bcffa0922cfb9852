// The person's own settings, and the page of keys.
import { useEffect, useState } from 'react';
import type { Session } from '../api/types';
import * as usersApi from '../api/users';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { isWanted, tell, want } from '../store/notify';
import { set, useStore } from '../store/state';
import { Dialog } from '../ui/dialog';
import { FormEnd } from '../ui/form';
import { LanguageChoice } from '../ui/language';
import { chosenTheme, setTheme, type Theme } from '../ui/theme';
import { useSubmit } from './dialogs';
import { report } from './report';
import { hasPasskeys } from '../api/passkeys';
import { ApplicationsPart } from './applications';
import { AttributesPart } from './attributes';
import { SignInMethod } from './sign_in_method';
import { FactorPart } from './second_factor';
import { TokensPart } from './tokens';

function ProfilePart() {
  const { t } = useWords();
  const me = useStore((s) => s.me);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    const fields = Object.fromEntries([...form].map(([name, value]) => [name, String(value)]));
    const user = await usersApi.patch(fields);
    set((s) => ({ me: user, users: { ...s.users, [user.id]: user } }));
    tell(t('settings.saved'));
  });
  const parts = [
    ['first_name', 'settings.firstName'],
    ['last_name', 'settings.lastName'],
    ['nickname', 'settings.nickname'],
    ['position', 'settings.position'],
  ] as const;
  return (
    <>
      <form className="form" onSubmit={onSubmit}>
        {parts.map(([name, key]) => (
          <label key={name}>
            {t(key)}
            <input name={name} className="field" defaultValue={me?.[name]} maxLength={64} />
          </label>
        ))}
        <FormEnd error={error} isBusy={isBusy} label={t('app.save')} />
      </form>
      <AttributesPart />
    </>
  );
}

function DisplayPart() {
  const { t } = useWords();
  const [theme, choose] = useState(chosenTheme);
  const themes: [Theme, Key][] = [
    ['auto', 'settings.themeAuto'],
    ['light', 'settings.themeLight'],
    ['dark', 'settings.themeDark'],
  ];
  return (
    <div className="form">
      <fieldset>
        <legend>{t('settings.theme')}</legend>
        {themes.map(([value, key]) => (
          <label key={value} className="choice">
            <input
              type="radio"
              name="theme"
              checked={theme === value}
              onChange={() => {
                setTheme(value);
                choose(value);
              }}
            />{' '}
            {t(key)}
          </label>
        ))}
      </fieldset>
      <b>{t('settings.language')}</b>
      <LanguageChoice />
    </div>
  );
}

function NotificationPart() {
  const { t } = useWords();
  const [on, setOn] = useState(isWanted);
  const [isDenied, setDenied] = useState(false);
  const change = async (wanted: boolean) => {
    const granted = await want(wanted);
    setOn(granted);
    setDenied(wanted && !granted);
  };
  return (
    <div className="form">
      <label className="choice">
        <input type="checkbox" checked={on} onChange={(event) => report(change(event.target.checked))} />{' '}
        {t('settings.notify')}
      </label>
      <p role="alert" className="error">
        {isDenied && t('settings.notifyDenied')}
      </p>
    </div>
  );
}

function Sessions() {
  const { t, date } = useWords();
  const [list, setList] = useState<Session[]>([]);
  useEffect(() => report(usersApi.sessions().then(setList)), []);
  const end = async (id: string) => {
    await usersApi.endSession(id);
    setList((all) => all.filter((each) => each.id !== id));
  };
  return (
    <section aria-labelledby="sessions-title">
      <h3 id="sessions-title">{t('settings.sessions')}</h3>
      <ul className="choices">
        {list.map((each) => (
          <li key={each.id}>
            <span className="text">
              <b>
                {each.is_oauth
                  ? t('application.session', { name: each.props.platform ?? '' })
                  : [each.props.browser, each.props.os].filter(Boolean).join(' · ') ||
                    each.props.platform ||
                    t('settings.sessionUnknown')}
              </b>
              <small>{t('settings.sessionActive', { time: date(each.last_activity_at) })}</small>
            </span>
            <button className="ghost small" onClick={() => report(end(each.id))}>
              {t('settings.sessionEnd')}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function SecurityPart() {
  const { t } = useWords();
  const me = useStore((s) => s.me);
  const config = useStore((s) => s.config);
  const roles = me?.roles.split(' ') ?? [];
  const mayHaveTokens =
    config.EnableUserAccessTokens === 'true' &&
    (roles.includes('system_admin') || roles.includes('system_user_access_token'));
  const [done, setDone] = useState(0);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await usersApi.changePassword(me?.id ?? '', String(form.get('now')), String(form.get('new')));
    tell(t('settings.passwordChanged'));
    setDone(done + 1);
  });
  return (
    <>
      <form className="form" key={done} onSubmit={onSubmit}>
        <input type="hidden" autoComplete="username" value={me?.username ?? ''} />
        <label>
          {t('settings.passwordNow')}
          <input name="now" type="password" autoComplete="current-password" required className="field" />
        </label>
        <label>
          {t('settings.passwordNew')}
          <input name="new" type="password" autoComplete="new-password" required className="field" />
        </label>
        <FormEnd error={error} isBusy={isBusy} label={t('settings.passwordChange')} />
      </form>
      <SignInMethod />
      <FactorPart
        mayHaveApp={config.EnableMultifactorAuthentication === 'true'}
        mayHavePasskeys={config.EnablePasskeys === 'true' && hasPasskeys()}
      />
      <Sessions />
      {config.EnableOAuthServiceProvider === 'true' && <ApplicationsPart />}
      {mayHaveTokens && <TokensPart />}
    </>
  );
}

const parts = {
  profile: ProfilePart,
  display: DisplayPart,
  notifications: NotificationPart,
  security: SecurityPart,
};
type Part = keyof typeof parts;

export function Settings({ part: first = 'profile', close }: { part?: Part; close(): void }) {
  const { t } = useWords();
  const [part, setPart] = useState<Part>(first);
  const Shown = parts[part];
  return (
    <Dialog title={t('nav.settings')} close={close} className="settings">
      <nav aria-label={t('nav.settings')}>
        {(Object.keys(parts) as Part[]).map((each) => (
          <button key={each} aria-current={each === part ? 'page' : undefined} onClick={() => setPart(each)}>
            {t(`settings.${each}`)}
          </button>
        ))}
      </nav>
      <div className="part">
        <Shown />
      </div>
    </Dialog>
  );
}

const keys: [string, Key][] = [
  ['Ctrl K', 'help.goTo'],
  ['Ctrl Shift F', 'help.search'],
  ['Alt ↑ ↓', 'help.channel'],
  ['Alt Shift ↑ ↓', 'help.unread'],
  ['F6 · Shift F6', 'help.regions'],
  ['↑ ↓ PgUp PgDn', 'help.posts'],
  ['Home · End', 'help.ends'],
  ['Enter · R', 'help.reply'],
  ['+', 'help.react'],
  ['E', 'help.editPost'],
  ['↑', 'help.editLast'],
  ['D · Del', 'help.deletePost'],
  ['S', 'help.savePost'],
  ['U', 'help.markUnread'],
  ['Ctrl B · Ctrl I · Ctrl Shift K', 'help.bold'],
  ['Esc', 'help.close'],
  ['Ctrl /', 'help.this'],
];

export function Help({ close }: { close(): void }) {
  const { t } = useWords();
  return (
    <Dialog title={t('help.title')} close={close}>
      <dl className="keys">
        {keys.map(([key, name]) => (
          <div key={name}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(name)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
