// Groups of the directory: which of them lead into teams, and who administrates there by them.
import { useState } from 'react';
import * as api from '../api/groups';
import * as teamsApi from '../api/teams';
import { useSubmit } from '../chat/dialogs';
import { report } from '../chat/report';
import { useWords } from '../i18n';
import { tell } from '../store/notify';
import { useStore } from '../store/state';
import { anyRole, type Rights } from './console';
import { PlanShown } from './plan';
import { Failure, Table, useAsked } from './table';

function LinkTeam({ group, done }: { group: string; done(): void }) {
  const { t } = useWords();
  const [teams, failure] = useAsked(teamsApi.open, 60_000);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await api.linkTeam(group, String(form.get('team')), form.get('admin') === 'on');
    done();
  });
  return (
    <form className="form ask" onSubmit={onSubmit} aria-label={t('group.addTeam')}>
      <label>
        {t('group.team')}
        <select name="team" className="field" required>
          {teams?.map((team) => (
            <option key={team.id} value={team.id}>
              {team.display_name}
            </option>
          ))}
        </select>
      </label>
      <label className="choice">
        <input name="admin" type="checkbox" /> {t('group.asAdministrators')}
      </label>
      <button className="primary" disabled={isBusy || !teams?.length}>
        {t('group.addTeam')}
      </button>
      <Failure text={error || failure} />
    </form>
  );
}

function Linked({ group, id, mayWrite }: { group: api.Found; id: string; mayWrite: boolean }) {
  const { t } = useWords();
  const [size] = useAsked(() => api.size(id));
  const [teams, failure, load] = useAsked(() => api.teams(id));
  const [channels, , loadChannels] = useAsked(() => api.channels(id));
  const act = (what: Promise<unknown>, then: () => void) => report(what.then(then));
  return (
    <section className="part" aria-label={group.name}>
      <h2>{group.name}</h2>
      {size !== undefined && <p>{t('group.size', { count: size })}</p>}
      {mayWrite && <LinkTeam group={id} done={load} />}
      <Failure text={failure} />
      {teams?.length === 0 && channels?.length === 0 && <p className="empty">{t('group.nowhere')}</p>}
      {((teams?.length ?? 0) > 0 || (channels?.length ?? 0) > 0) && (
        <Table
          label={t('group.places', { group: group.name })}
          columns={['group.place', 'group.role', 'export.acts']}
        >
          {teams?.map((each) => (
            <tr key={each.team_id}>
              <td>{each.team_display_name}</td>
              <td>{t(each.scheme_admin ? 'group.administrators' : 'group.members')}</td>
              <td className="acts">
                {mayWrite && (
                  <>
                    <button
                      className="ghost small"
                      onClick={() => act(api.patchTeam(id, each.team_id, !each.scheme_admin), load)}
                    >
                      {t(each.scheme_admin ? 'group.toMembers' : 'group.toAdministrators')}
                    </button>
                    <button
                      className="ghost small"
                      onClick={() => act(api.unlinkTeam(id, each.team_id), load)}
                    >
                      {t('group.removeTeam')}
                    </button>
                  </>
                )}
              </td>
            </tr>
          ))}
          {channels?.map((each) => (
            <tr key={each.channel_id}>
              <td>
                {each.channel_display_name}
                <small>{each.team_display_name}</small>
              </td>
              <td>{t(each.scheme_admin ? 'group.administrators' : 'group.members')}</td>
              <td className="acts">
                {mayWrite && (
                  <button
                    className="ghost small"
                    onClick={() => act(api.unlinkChannel(id, each.channel_id), loadChannels)}
                  >
                    {t('group.removeTeam')}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

/** What a sync would do, line by line. */
function Sync() {
  const { t } = useWords();
  const [plan, setPlan] = useState<api.Plan>();
  const [isBusy, setBusy] = useState(false);
  const look = () => {
    setBusy(true);
    report(
      api
        .plan()
        .then(setPlan)
        .finally(() => setBusy(false)),
    );
  };
  const sync = () =>
    report(
      api.sync().then(() => {
        setPlan(undefined);
        tell(t('group.syncing'));
      }),
    );
  return (
    <section className="part" aria-label={t('plan.title')}>
      <h2>{t('plan.title')}</h2>
      <button className="ghost" disabled={isBusy} onClick={look}>
        {t('plan.look')}
      </button>
      {plan && (
        <>
          <PlanShown plan={plan} />
          <button className="primary" onClick={sync}>
            {t('group.sync')}
          </button>
        </>
      )}
    </section>
  );
}

export function Groups({ rights }: { rights: Rights }) {
  const { t } = useWords();
  const isOn = useStore((s) => s.config.EnableLdap === 'true');
  return isOn ? <Directory rights={rights} /> : <p className="empty">{t('group.off')}</p>;
}

function Directory({ rights }: { rights: Rights }) {
  const { t } = useWords();
  const [list, failure, load] = useAsked(() => api.found(''), 60_000);
  const [chosen, setChosen] = useState('');
  const mayWrite = anyRole(rights, 'sysconsole_write_user_management_groups');
  const shown = list?.groups?.find((each) => each.primary_key === chosen);
  return (
    <>
      <p>{t('group.hint')}</p>
      <Failure text={failure} />
      {!list && !failure && <p aria-busy="true">{t('app.loading')}</p>}
      {list?.count === 0 && <p className="empty">{t('group.none')}</p>}
      {list && list.count > 0 && (
        <Table label={t('console.groups')} columns={['group.name', 'export.state', 'export.acts']}>
          {list.groups?.map((group) => (
            <tr key={group.primary_key} aria-selected={group.primary_key === chosen}>
              <td>{group.name}</td>
              <td>
                {group.mattermost_group_id
                  ? t(group.has_syncables ? 'group.linkedTo' : 'group.linked')
                  : t('group.notLinked')}
              </td>
              <td className="acts">
                {group.mattermost_group_id && (
                  <button className="ghost small" onClick={() => setChosen(group.primary_key)}>
                    {t('hold.show', { matter: group.name })}
                  </button>
                )}
                {mayWrite && (
                  <button
                    className="ghost small"
                    onClick={() =>
                      report(
                        (group.mattermost_group_id
                          ? api.unlink(group.primary_key)
                          : api.link(group.primary_key)
                        ).then(load),
                      )
                    }
                  >
                    {t(group.mattermost_group_id ? 'group.unlink' : 'group.link', { group: group.name })}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {list && list.count > (list.groups?.length ?? 0) && <p>{t('group.more')}</p>}
      {shown?.mattermost_group_id && (
        <Linked key={chosen} group={shown} id={shown.mattermost_group_id} mayWrite={mayWrite} />
      )}
      {anyRole(rights, 'create_ldap_sync_job') && <Sync />}
    </>
  );
}
