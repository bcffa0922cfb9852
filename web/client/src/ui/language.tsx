// Choosing the language, each named in itself.
import { languages, useWords, type Language } from '../i18n';

export function LanguageChoice() {
  const { t, language, setLanguage } = useWords();
  return (
    <label className="language">
      <span className="hidden">{t('settings.language')}</span>
      <select
        className="field"
        value={language}
        onChange={(event) => setLanguage(event.target.value as Language)}
      >
        {Object.entries(languages).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
