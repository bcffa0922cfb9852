// What guests, members and administrators may do: everywhere, in the teams of a scheme, and in one channel.
import { useEffect, useState } from 'react';
import * as api from '../api/roles';
import * as teamsApi from '../api/teams';
import type { Channel, Id } from '../api/types';
import { useSubmit } from '../chat/dialogs';
import { report } from '../chat/report';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { anyRole, type Rights } from './console';
import { Failure, Table, useAsked } from './table';

// Rights that people ask about; roles may hold more, which stay as they are.
const inTeams = [
  'invite_user',
  'invite_guest',
  'create_public_channel',
  'create_private_channel',
  'join_public_channels',
  'manage_team_roles',
  'remove_user_from_team',
  'manage_incoming_webhooks',
  'manage_slash_commands',
] as const;
const inChannels = [
  'create_post',
  'edit_post',
  'delete_post',
  'delete_others_posts',
  'add_reaction',
  'upload_file',
  'use_channel_mentions',
  'manage_public_channel_members',
  'manage_private_channel_members',
  'manage_public_channel_properties',
  'manage_private_channel_properties',
  'delete_public_channel',
] as const;
type Right = (typeof inTeams)[number] | (typeof inChannels)[number];
const words: Record<Right, Key> = {
  invite_user: 'right.invite_user',
  invite_guest: 'right.invite_guest',
  create_public_channel: 'right.create_public_channel',
  create_private_channel: 'right.create_private_channel',
  join_public_channels: 'right.join_public_channels',
  manage_team_roles: 'right.manage_team_roles',
  remove_user_from_team: 'right.remove_user_from_team',
  manage_incoming_webhooks: 'right.manage_incoming_webhooks',
  manage_slash_commands: 'right.manage_slash_commands',
  create_post: 'right.create_post',
  edit_post: 'right.edit_post',
  delete_post: 'right.delete_post',
  delete_others_posts: 'right.delete_others_posts',
  add_reaction: 'right.add_reaction',
  upload_file: 'right.upload_file',
  use_channel_mentions: 'right.use_channel_mentions',
  manage_public_channel_members: 'right.manage_public_channel_members',
  manage_private_channel_members: 'right.manage_private_channel_members',
  manage_public_channel_properties: 'right.manage_public_channel_properties',
  manage_private_channel_properties: 'right.manage_private_channel_properties',
  delete_public_channel: 'right.delete_public_channel',
};
const moderatedWords: Record<string, Key> = {
  create_post: 'right.create_post',
  create_reactions: 'right.add_reaction',
  manage_members: 'right.manage_public_channel_members',
  use_channel_mentions: 'right.use_channel_mentions',
  manage_bookmarks: 'right.manage_bookmarks',
};
const who: Key[] = ['roles.guests', 'roles.members', 'roles.administrators'];

interface Choice {
  team: string[];
  channel: string[];
}
const everywhere: Choice = {
  team: ['team_guest', 'team_user', 'team_admin'],
  channel: ['channel_guest', 'channel_user', 'channel_admin'],
};
const rolesOf = (scheme: api.Scheme): Choice => ({
  team: [scheme.default_team_guest_role, scheme.default_team_user_role, scheme.default_team_admin_role],
  channel: [
    scheme.default_channel_guest_role,
    scheme.default_channel_user_role,
    scheme.default_channel_admin_role,
  ],
});

/** Three roles side by side; what was ticked is shown as a difference before it is saved. */
function Matrix({
  label,
  names,
  rights,
  mayWrite,
}: {
  label: Key;
  names: string[];
  rights: readonly Right[];
  mayWrite: boolean;
}) {
  const { t } = useWords();
  const [roles, failure, load] = useAsked(() => api.named(names), 60_000);
  const [changed, setChanged] = useState<Record<string, boolean>>({});
  const ordered = names.map((name) => roles?.find((role) => role.name === name));
  const holds = (role: api.Role, right: string) =>
    changed[`${role.name} ${right}`] ?? role.permissions.includes(right);
  const differences = Object.keys(changed).length;
  const save = async () => {
    for (const role of ordered) {
      if (!role) continue;
      const mine = rights.filter((right) => `${role.name} ${right}` in changed);
      if (mine.length === 0) continue;
      const kept = role.permissions.filter((each) => !(mine as string[]).includes(each));
      await api.save(role.id, [...kept, ...mine.filter((right) => changed[`${role.name} ${right}`])]);
    }
    setChanged({});
    load();
  };
  return (
    <section className="part" aria-label={t(label)}>
      <h2>{t(label)}</h2>
      <Failure text={failure} />
      {roles && (
        <Table label={t(label)} columns={['roles.right', ...who]}>
          {rights.map((right) => (
            <tr key={right}>
              <th scope="row">{t(words[right])}</th>
              {ordered.map((role, at) => (
                <td key={who[at]}>
                  {role && (
                    <input
                      type="checkbox"
                      aria-label={`${t(words[right])}: ${t(who[at]!)}`}
                      disabled={!mayWrite}
                      checked={holds(role, right)}
                      onChange={(event) => {
                        const key = `${role.name} ${right}`;
                        const next = { ...changed, [key]: event.target.checked };
                        if (event.target.checked === role.permissions.includes(right)) delete next[key];
                        setChanged(next);
                      }}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </Table>
      )}
      {differences > 0 && (
        <div role="status">
          <p>{t('roles.changes', { count: differences })}</p>
          <ul>
            {rights.flatMap((right) =>
              ordered.flatMap((role, at) =>
                role && `${role.name} ${right}` in changed
                  ? [
                      <li key={`${role.name} ${right}`}>
                        {t(changed[`${role.name} ${right}`] ? 'roles.given' : 'roles.taken', {
                          who: t(who[at]!),
                          right: t(words[right]),
                        })}
                      </li>,
                    ]
                  : [],
              ),
            )}
          </ul>
          <button className="primary" onClick={() => report(save())}>
            {t('roles.save')}
          </button>{' '}
          <button className="ghost" onClick={() => setChanged({})}>
            {t('roles.discard')}
          </button>
        </div>
      )}
    </section>
  );
}

function TeamsOfScheme({ scheme, mayWrite }: { scheme: api.Scheme; mayWrite: boolean }) {
  const { t } = useWords();
  const [all] = useAsked(teamsApi.open, 60_000);
  const [teams, failure, load] = useAsked(() => api.teamsOf(scheme.id));
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await api.giveTeam(String(form.get('team')), scheme.id);
    load();
  });
  const others = all?.filter((team) => !teams?.some((each) => each.id === team.id)) ?? [];
  return (
    <section className="part" aria-label={t('roles.teams', { scheme: scheme.display_name })}>
      <h2>{t('roles.teams', { scheme: scheme.display_name })}</h2>
      <Failure text={failure} />
      {teams?.length === 0 && <p className="empty">{t('roles.noTeams')}</p>}
      <ul>
        {teams?.map((team) => (
          <li key={team.id}>
            {team.display_name}{' '}
            {mayWrite && (
              <button
                className="ghost small"
                aria-label={t('roles.takeAwayFrom', { team: team.display_name })}
                onClick={() => report(api.giveTeam(team.id, '').then(load))}
              >
                {t('roles.takeAway')}
              </button>
            )}
          </li>
        ))}
      </ul>
      {mayWrite && others.length > 0 && (
        <form className="form ask" onSubmit={onSubmit} aria-label={t('roles.giveTeam')}>
          <label>
            {t('group.team')}
            <select name="team" className="field" required>
              {others.map((team) => (
                <option key={team.id} value={team.id}>
                  {team.display_name}
                </option>
              ))}
            </select>
          </label>
          <button className="primary" disabled={isBusy}>
            {t('roles.giveTeam')}
          </button>
          <Failure text={error} />
        </form>
      )}
    </section>
  );
}

function NewScheme({ done }: { done(scheme: api.Scheme): void }) {
  const { t } = useWords();
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    done(await api.makeScheme(String(form.get('name')).trim()));
  });
  return (
    <form className="form ask" onSubmit={onSubmit} aria-label={t('roles.newScheme')}>
      <label>
        {t('hold.name')}
        <input name="name" className="field" required maxLength={64} autoComplete="off" />
      </label>
      <button className="ghost" disabled={isBusy}>
        {t('roles.newScheme')}
      </button>
      <Failure text={error} />
    </form>
  );
}

function ChannelModeration({ channel, mayWrite }: { channel: Channel; mayWrite: boolean }) {
  const { t } = useWords();
  const [list, setList] = useState<api.Moderation[]>();
  useEffect(() => report(api.moderations(channel.id).then(setList)), [channel.id]);
  const box = (thing: api.Moderation, whose: 'members' | 'guests') => {
    const state = thing.roles[whose];
    if (!state) return '–';
    return (
      <input
        type="checkbox"
        aria-label={`${t(moderatedWords[thing.name]!)}: ${t(whose === 'guests' ? 'roles.guests' : 'roles.members')}`}
        disabled={!mayWrite || !state.enabled}
        checked={state.value}
        onChange={(event) =>
          report(api.moderate(channel.id, thing.name, whose, event.target.checked).then(setList))
        }
      />
    );
  };
  return (
    <Table
      label={t('roles.moderationOf', { channel: channel.display_name })}
      columns={['roles.right', 'roles.guests', 'roles.members']}
    >
      {list
        ?.filter((thing) => thing.name in moderatedWords)
        .map((thing) => (
          <tr key={thing.name}>
            <th scope="row">{t(moderatedWords[thing.name]!)}</th>
            <td>{box(thing, 'guests')}</td>
            <td>{box(thing, 'members')}</td>
          </tr>
        ))}
    </Table>
  );
}

function ModeratedChannels({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useWords();
  const [teams] = useAsked(teamsApi.open, 60_000);
  const [team, setTeam] = useState<Id>('');
  const [channels, setChannels] = useState<Channel[]>([]);
  const [channel, setChannel] = useState<Channel>();
  const chosen = team || teams?.[0]?.id || '';
  useEffect(() => {
    setChannel(undefined);
    if (chosen) report(api.channelsOf(chosen).then(setChannels));
  }, [chosen]);
  return (
    <section className="part" aria-label={t('roles.moderation')}>
      <h2>{t('roles.moderation')}</h2>
      <p>{t('roles.moderationHint')}</p>
      <div className="form ask">
        <label>
          {t('group.team')}
          <select className="field" value={chosen} onChange={(event) => setTeam(event.target.value)}>
            {teams?.map((each) => (
              <option key={each.id} value={each.id}>
                {each.display_name}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('roles.channel')}
          <select
            className="field"
            value={channel?.id ?? ''}
            onChange={(event) => setChannel(channels.find((each) => each.id === event.target.value))}
          >
            <option value="">{t('roles.choose')}</option>
            {channels.map((each) => (
              <option key={each.id} value={each.id}>
                {each.display_name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {channel && <ChannelModeration key={channel.id} channel={channel} mayWrite={mayWrite} />}
    </section>
  );
}

export function Roles({ rights }: { rights: Rights }) {
  const { t } = useWords();
  const mayWrite = anyRole(rights, 'sysconsole_write_user_management_permissions');
  const [schemes, failure, load] = useAsked(api.schemes);
  const [chosen, setChosen] = useState('');
  const scheme = schemes?.find((each) => each.id === chosen);
  const names = scheme ? rolesOf(scheme) : everywhere;
  return (
    <>
      <p>{t('roles.hint')}</p>
      <Failure text={failure} />
      <div className="form ask">
        <label>
          {t('roles.where')}
          <select className="field" value={chosen} onChange={(event) => setChosen(event.target.value)}>
            <option value="">{t('roles.everywhere')}</option>
            {schemes?.map((each) => (
              <option key={each.id} value={each.id}>
                {each.display_name}
              </option>
            ))}
          </select>
        </label>
        {scheme && mayWrite && (
          <button
            className="ghost danger"
            onClick={() =>
              report(
                api.removeScheme(scheme.id).then(() => {
                  setChosen('');
                  load();
                }),
              )
            }
          >
            {t('roles.deleteScheme')}
          </button>
        )}
      </div>
      {mayWrite && (
        <NewScheme
          key={schemes?.length}
          done={(made) => {
            load();
            setChosen(made.id);
          }}
        />
      )}
      {scheme && <TeamsOfScheme key={scheme.id} scheme={scheme} mayWrite={mayWrite} />}
      <Matrix
        key={`team ${chosen}`}
        label="roles.inTeams"
        names={names.team}
        rights={inTeams}
        mayWrite={mayWrite}
      />
      <Matrix
        key={`channel ${chosen}`}
        label="roles.inChannels"
        names={names.channel}
        rights={inChannels}
        mayWrite={mayWrite}
      />
      {anyRole(rights, 'sysconsole_read_user_management_channels') && (
        <ModeratedChannels mayWrite={anyRole(rights, 'sysconsole_write_user_management_channels')} />
      )}
    </>
  );
}
