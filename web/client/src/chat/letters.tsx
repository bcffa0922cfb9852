// Pages that letters lead to, and the one that asks for a letter. They need no session.
import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import * as letters from '../api/letters';
import { root } from '../api/request';
import { useWords } from '../i18n';
import { sayError } from '../i18n/errors';
import type { Letter } from '../store/route';
import { signIn } from '../store/session';
import { useStore } from '../store/state';

interface Step {
  title: string;
  action: string;
  run: () => Promise<unknown>;
  done?: string;
  children?: ReactNode;
  leave: () => void;
}

function Sheet({ title, action, run, done, children, leave }: Step) {
  const words = useWords();
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [isDone, setDone] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError('');
    try {
      await run();
      setDone(true);
    } catch (refusal) {
      setError(sayError(words, refusal));
    }
    setBusy(false);
  };
  return (
    <main className="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <img src={`${root}icon.svg`} alt="" width="40" height="40" />
        <h1>{title}</h1>
        {isDone && done ? <p role="status">{done}</p> : children}
        <p role="alert" className="error">
          {error}
        </p>
        {!(isDone && done) && (
          <button className="primary" disabled={isBusy}>
            {action}
          </button>
        )}
        <button type="button" className="link" onClick={leave}>
          {words.t('letter.toSignIn')}
        </button>
      </form>
    </main>
  );
}

interface FieldOf {
  label: string;
  value: string;
  set: (text: string) => void;
  type?: string;
  complete: string;
  focus?: boolean;
}

const Field = ({ label, value, set, type = 'text', complete, focus }: FieldOf) => (
  <label>
    {label}
    <input
      className="field"
      type={type}
      required
      autoFocus={focus}
      autoComplete={complete}
      value={value}
      onChange={(event) => set(event.target.value)}
    />
  </label>
);

export function ForgotPassword({ leave }: { leave: () => void }) {
  const { t } = useWords();
  const [email, setEmail] = useState('');
  return (
    <Sheet
      title={t('letter.forgot')}
      action={t('letter.send')}
      done={t('letter.sent')}
      run={() => letters.askForReset(email)}
      leave={leave}
    >
      <p>{t('letter.forgotHint')}</p>
      <Field label={t('letter.email')} value={email} set={setEmail} type="email" complete="email" focus />
    </Sheet>
  );
}

function NewPassword({ token, leave }: { token: string; leave: () => void }) {
  const { t } = useWords();
  const [password, setPassword] = useState('');
  return (
    <Sheet
      title={t('letter.newPassword')}
      action={t('letter.setPassword')}
      done={t('letter.passwordSet')}
      run={() => letters.resetPassword(token, password)}
      leave={leave}
    >
      <Field
        label={t('letter.newPassword')}
        value={password}
        set={setPassword}
        type="password"
        complete="new-password"
        focus
      />
    </Sheet>
  );
}

/** Asked with a button, because programs that look into letters follow links. */
function ProveAddress({ token, email, leave }: { token: string; email: string; leave: () => void }) {
  const { t } = useWords();
  return (
    <Sheet
      title={t('letter.prove')}
      action={t('letter.proveDo')}
      done={t('letter.proved')}
      run={() => letters.proveAddress(token)}
      leave={leave}
    >
      <p>{email}</p>
    </Sheet>
  );
}

function SignUp({ token, invitation, leave }: { token: string; invitation: string; leave: () => void }) {
  const { t } = useWords();
  const site = useStore((s) => s.siteName);
  const signedIn = useStore((s) => s.me !== undefined);
  const [username, setUsername] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  if (signedIn)
    return (
      <Sheet
        title={t('letter.join', { site })}
        action={t('letter.joinDo')}
        run={async () => {
          await letters.joinTeam(token ? `token=${token}` : `invite_id=${invitation}`);
          location.assign(root);
        }}
        leave={leave}
      />
    );
  return (
    <Sheet
      title={t('letter.account', { site })}
      action={t('letter.accountDo')}
      run={async () => {
        await letters.makeAccount(token ? `t=${token}` : `iid=${invitation}`, { username, password, email });
        await signIn(username, password, '');
        leave();
      }}
      leave={leave}
    >
      <Field label={t('letter.username')} value={username} set={setUsername} complete="username" focus />
      {!token && (
        <Field label={t('letter.email')} value={email} set={setEmail} type="email" complete="email" />
      )}
      <Field
        label={t('signin.password')}
        value={password}
        set={setPassword}
        type="password"
        complete="new-password"
      />
    </Sheet>
  );
}

export function LetterPage({ letter, leave }: { letter: Letter; leave: () => void }) {
  // The token does not stay in the address, where others who look at the screen or the history find it.
  useEffect(() => history.replaceState(null, '', location.pathname), []);
  if (letter.kind === 'reset') return <NewPassword token={letter.token} leave={leave} />;
  if (letter.kind === 'prove')
    return <ProveAddress token={letter.token} email={letter.email} leave={leave} />;
  return <SignUp token={letter.token} invitation={letter.invitation} leave={leave} />;
}
