// A message to a group becomes a private channel: its people and its history stay.
import { useWords } from '../i18n';
import { convert } from '../store/channels';
import { openTeam } from '../store/session';
import { state, useStore } from '../store/state';
import { Dialog } from '../ui/dialog';
import { FormEnd } from '../ui/form';
import { useSubmit } from './dialogs';

export function Convert({ close }: { close(): void }) {
  const { t } = useWords();
  const id = useStore((s) => s.channelId);
  const teams = useStore((s) => s.teams);
  const teamId = useStore((s) => s.teamId);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    const team = String(form.get('team'));
    await convert(id, team, String(form.get('name')).trim());
    if (team !== state().teamId) await openTeam(team);
    close();
  });
  return (
    <Dialog title={t('convert.title')} close={close}>
      <form className="form" onSubmit={onSubmit}>
        <p>{t('convert.hint')}</p>
        <label>
          {t('channel.name')}
          <input name="name" required maxLength={64} className="field" />
        </label>
        <label>
          {t('convert.team')}
          <select name="team" className="field" defaultValue={teamId}>
            {Object.values(teams).map((team) => (
              <option key={team.id} value={team.id}>
                {team.display_name}
              </option>
            ))}
          </select>
        </label>
        <FormEnd error={error} isBusy={isBusy} label={t('convert.do')} />
      </form>
    </Dialog>
  );
}
