-- What administrators here call a partner, who brought it, where its channels go, since when its state holds.
alter table federation_partners
    add column label           text   not null default '',
    add column default_team_id uuid,                        -- channels that it offers are joined into this team
    add column creator_id      uuid,
    add column state_at        bigint not null default 0;
update federation_partners set state_at = greatest(create_at, confirm_at);
alter table federation_invitations
    add column label           text   not null default '',
    add column default_team_id uuid,
    add column creator_id      uuid;
