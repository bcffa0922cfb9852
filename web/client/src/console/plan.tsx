// What a sync of the directory would do, line by line.
import type { Plan } from '../api/groups';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { Table } from './table';

type Act = Plan['changes'][0]['action'] | Plan['places'][0]['action'] | Plan['groups'][0]['action'];
const acts: Record<Act, Key> = {
  update: 'plan.update',
  reactivate: 'plan.reactivate',
  deactivate: 'plan.deactivate',
  refuse: 'plan.refuse',
  join: 'plan.join',
  leave: 'plan.leave',
  promote: 'plan.promote',
  demote: 'plan.demote',
  rename: 'plan.rename',
  vanish: 'plan.vanish',
  empty: 'plan.empty',
  return: 'plan.return',
};

const most_shown = 200;

export function PlanShown({ plan }: { plan: Plan }) {
  const { t } = useWords();
  const lines = [
    ...plan.groups.map((each) => ({ action: each.action, who: each.group, what: each.detail })),
    ...plan.changes.map((each) => ({ action: each.action, who: each.username, what: each.detail })),
    ...plan.places.map((each) => ({
      action: each.action,
      who: each.username,
      what: t('plan.by', { place: each.place, group: each.group }),
    })),
  ];
  return (
    <>
      <p role="status">{t('plan.counts', { people: plan.people, accounts: plan.accounts })}</p>
      {lines.length === 0 && <p className="empty">{t('plan.nothing')}</p>}
      {lines.length > 0 && (
        <Table label={t('plan.title')} columns={['plan.who', 'plan.act', 'plan.why']}>
          {lines.slice(0, most_shown).map((line, place) => (
            <tr key={place}>
              <td>{line.who}</td>
              <td>{t(acts[line.action])}</td>
              <td>{line.what}</td>
            </tr>
          ))}
        </Table>
      )}
      {lines.length > most_shown && <p>{t('plan.more', { count: lines.length - most_shown })}</p>}
    </>
  );
}
