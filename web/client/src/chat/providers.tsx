// The providers at which people may sign in instead of with a password: a link for each.
import { root } from '../api/request';
import { useWords } from '../i18n';
import { isDesktop } from '../store/desktop';
import { useStore } from '../store/state';

type Config = Record<string, string>;

export const providers: { is: string; service: string; at: string; named: (config: Config) => string }[] = [
  {
    is: 'EnableSaml',
    service: 'saml',
    at: 'login/sso/saml',
    named: (config) => config.SamlLoginButtonText || 'SAML',
  },
  {
    is: 'EnableSignUpWithOpenId',
    service: 'openid',
    at: 'oauth/openid/login',
    named: (config) => config.OpenIdButtonText || 'OpenID',
  },
  {
    is: 'EnableSignUpWithGitLab',
    service: 'gitlab',
    at: 'oauth/gitlab/login',
    named: (config) => config.GitLabButtonText || 'GitLab',
  },
  { is: 'EnableSignUpWithGoogle', service: 'google', at: 'oauth/google/login', named: () => 'Google' },
  {
    is: 'EnableSignUpWithOffice365',
    service: 'office365',
    at: 'oauth/office365/login',
    named: () => 'Microsoft',
  },
];

export function Providers() {
  const { t } = useWords();
  const config = useStore((s) => s.config);
  const here = providers.filter((provider) => config[provider.is] === 'true');
  if (!here.length) return null;
  // Back to what they came for.
  const back = encodeURIComponent(location.pathname.slice(root.length - 1) + location.search);
  return (
    <nav className="providers" aria-label={t('signin.providers')}>
      {here.map((provider) => (
        <a
          key={provider.at}
          href={`${root}${provider.at}?redirect_to=${back}`}
          onClick={(event) => {
            if (!isDesktop()) return;
            event.preventDefault();
            const address = event.currentTarget.href;
            void import('./desktop').then((room) => room.beginInBrowser(address));
          }}
        >
          {t('signin.with', { name: provider.named(config) })}
        </a>
      ))}
    </nav>
  );
}
