-- Schemes: roles of their own for the members of teams and channels. teams.scheme_id and channels.scheme_id
-- name them.
create table schemes (
    id            uuid   primary key,
    name          text   not null unique,
    display_name  text   not null,
    description   text   not null,
    create_at     bigint not null,
    update_at     bigint not null,
    delete_at     bigint not null,
    scope         text   not null check (scope in ('team', 'channel')),
    team_admin    text   not null,
    team_user     text   not null,
    team_guest    text   not null,
    channel_admin text   not null,
    channel_user  text   not null,
    channel_guest text   not null
);
alter table roles add column scheme_id uuid;
alter table teams add foreign key (scheme_id) references schemes (id);
alter table channels add foreign key (scheme_id) references schemes (id);
create index teams_by_scheme on teams (scheme_id) where scheme_id is not null;
create index channels_by_scheme on channels (scheme_id) where scheme_id is not null;
