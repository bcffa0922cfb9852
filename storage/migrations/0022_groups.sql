-- Groups of directories that are linked here. missing_at: when a sync first no longer found it there.
create table user_groups (
    id              uuid    primary key,
    provider        text    not null,
    remote_id       text    not null,
    name            text    not null default '',
    display_name    text    not null,
    description     text    not null default '',
    allow_reference boolean not null default false,
    create_at       bigint  not null,
    update_at       bigint  not null,
    delete_at       bigint  not null default 0,
    missing_at      bigint  not null default 0,
    roles           text    not null default '',  -- of the system, separated by spaces; "-role": no longer given
    unique (provider, remote_id)
);
create unique index user_groups_by_name on user_groups (name) where name <> '';

create table user_group_members (
    group_id  uuid   not null references user_groups (id),
    user_id   uuid   not null references users (id),
    create_at bigint not null,
    primary key (group_id, user_id)
);
create index user_group_members_by_user on user_group_members (user_id);

-- Teams and channels that a group is linked to.
create table user_group_places (
    group_id     uuid    not null references user_groups (id),
    place_id     uuid    not null,
    is_channel   boolean not null,
    auto_add     boolean not null,
    scheme_admin boolean not null,
    create_at    bigint  not null,
    update_at    bigint  not null,
    delete_at    bigint  not null default 0,
    primary key (group_id, place_id)
);
create index user_group_places_by_place on user_group_places (place_id);

-- What a person has in a place because of groups. A row without gave_membership: they had joined themselves.
create table user_group_grants (
    user_id         uuid    not null references users (id),
    place_id        uuid    not null,
    is_channel      boolean not null,
    group_id        uuid    not null references user_groups (id),
    gave_membership boolean not null,
    gave_admin      boolean not null,
    primary key (user_id, place_id)
);
