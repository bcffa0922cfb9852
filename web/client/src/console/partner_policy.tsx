// What a partner learns of us besides messages: history, pictures, positions. The difference is shown before it is saved.
import { useState } from 'react';
import * as api from '../api/partners';
import { useSubmit } from '../chat/dialogs';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { FormEnd } from '../ui/form';

const most_days = 36500;
const switches = ['emoji', 'positions'] as const;
type Switch = (typeof switches)[number];
const names: Record<Switch, Key> = {
  emoji: 'partner.emoji',
  positions: 'partner.positions',
};
type Shared = Pick<api.Policy, Switch | 'history_days'>;

export function SharedPolicy({ partner, changed }: { partner: api.Partner; changed(): void }) {
  const { t } = useWords();
  const before: Shared = partner.policy;
  const [after, setAfter] = useState<Shared>({
    history_days: before.history_days,
    emoji: before.emoji,
    positions: before.positions,
  });
  const history = (days: number) =>
    days === 0
      ? t('partner.noHistory')
      : days < 0
        ? t('partner.allHistory')
        : t('partner.days', { count: days });
  const differences = [
    ...(after.history_days === before.history_days
      ? []
      : [
          t('partner.changes', {
            what: t('partner.history'),
            before: history(before.history_days),
            after: history(after.history_days),
          }),
        ]),
    ...switches
      .filter((each) => after[each] !== before[each])
      .map((each) => t(after[each] ? 'partner.goesOn' : 'partner.goesOff', { what: t(names[each]) })),
  ];
  const { onSubmit, error, isBusy } = useSubmit(async () => {
    await api.setPolicy(partner.id, after);
    changed();
  });
  const kind = after.history_days === 0 ? 'none' : after.history_days < 0 ? 'all' : 'days';
  return (
    <form className="form change" onSubmit={onSubmit} aria-label={t('partner.shared')}>
      <label>
        {t('partner.history')}
        <select
          className="field"
          value={kind}
          onChange={(event) =>
            setAfter({ ...after, history_days: { none: 0, days: 30, all: -1 }[event.target.value] ?? 0 })
          }
        >
          <option value="none">{t('partner.noHistory')}</option>
          <option value="days">{t('partner.someHistory')}</option>
          <option value="all">{t('partner.allHistory')}</option>
        </select>
        <small>{t('partner.historyHint')}</small>
      </label>
      {kind === 'days' && (
        <label>
          {t('partner.historyDays')}
          <input
            className="field"
            type="number"
            required
            min={1}
            max={most_days}
            value={after.history_days}
            onChange={(event) =>
              setAfter({ ...after, history_days: Math.max(1, Math.round(Number(event.target.value))) })
            }
          />
        </label>
      )}
      {switches.map((each) => (
        <label key={each} className="choice">
          <input
            type="checkbox"
            checked={after[each]}
            onChange={(event) => setAfter({ ...after, [each]: event.target.checked })}
          />
          {t(names[each])}
        </label>
      ))}
      <div role="status">
        {differences.length > 0 && (
          <ul>
            {differences.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        )}
      </div>
      <FormEnd error={error} isBusy={isBusy || differences.length === 0} label={t('app.save')} />
    </form>
  );
}
