// Applications that one has allowed to act for oneself.
import { useEffect, useState } from 'react';
import * as api from '../api/attributes';
import { useWords } from '../i18n';
import { tell } from '../store/notify';
import { report } from './report';

export function ApplicationsPart() {
  const { t } = useWords();
  const [list, setList] = useState<api.Application[]>();
  const load = () => report(api.allowedApplications().then(setList));
  useEffect(load, []);
  const withdraw = async (app: api.Application) => {
    await api.withdrawApplication(app.id);
    tell(t('application.withdrawn', { name: app.name }));
    load();
  };
  if (!list?.length) return null;
  return (
    <section aria-labelledby="applications-title">
      <h3 id="applications-title">{t('application.title')}</h3>
      <p>{t('application.hint')}</p>
      <ul className="choices">
        {list.map((app) => (
          <li key={app.id}>
            <span className="text">
              <b dir="auto">{app.name}</b>
              <small dir="auto">{app.description}</small>
            </span>
            <button
              className="ghost small"
              aria-label={t('application.withdrawOf', { name: app.name })}
              onClick={() => report(withdraw(app))}
            >
              {t('application.withdraw')}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
