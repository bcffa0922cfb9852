create table teams (
    id                    uuid    primary key,
    create_at             bigint  not null,
    update_at             bigint  not null,
    delete_at             bigint  not null default 0,
    name                  text    not null unique,
    display_name          text    not null,
    type                  text    not null,
    allow_open_invite     boolean not null default false,
    invite_hash           bytea   not null unique,
    last_team_icon_update bigint  not null default 0,
    icon                  uuid,
    scheme_id             uuid,
    group_constrained     boolean,
    details               bytea   not null  -- sealed: description, email, company_name, allowed_domains, invite_id
);
create table team_members (
    team_id      uuid    not null references teams (id),
    user_id      uuid    not null references users (id),
    create_at    bigint  not null,
    delete_at    bigint  not null default 0,
    roles        text    not null default '',
    scheme_guest boolean not null default false,
    scheme_user  boolean not null default true,
    scheme_admin boolean not null default false,
    primary key (team_id, user_id)
);
create index team_members_by_user on team_members (user_id);

-- team_id is the empty id (all zero) for direct and group channels.
-- revision changes with every change of a post in the channel: the tag of a page of posts.
create table channels (
    id                   uuid    primary key,
    create_at            bigint  not null,
    update_at            bigint  not null,
    delete_at            bigint  not null default 0,
    team_id              uuid    not null,
    type                 text    not null,
    name                 text    not null,
    display_name         text    not null,
    creator_id           uuid    not null,
    last_post_at         bigint  not null default 0,
    last_root_post_at    bigint  not null default 0,
    total_msg_count      bigint  not null default 0,
    total_msg_count_root bigint  not null default 0,
    revision             bigint  not null default 0,
    scheme_id            uuid,
    group_constrained    boolean,
    shared               boolean,
    details              bytea   not null,  -- sealed: header, purpose, props
    unique (team_id, name)
) with (fillfactor = 70);

create table channel_members (
    channel_id           uuid    not null references channels (id),
    user_id              uuid    not null references users (id),
    roles                text    not null default '',
    scheme_guest         boolean not null default false,
    scheme_user          boolean not null default true,
    scheme_admin         boolean not null default false,
    last_viewed_at       bigint  not null default 0,
    last_update_at       bigint  not null default 0,
    msg_count            bigint  not null default 0,
    msg_count_root       bigint  not null default 0,
    mention_count        bigint  not null default 0,
    mention_count_root   bigint  not null default 0,
    urgent_mention_count bigint  not null default 0,
    notify_props         text    not null,
    primary key (channel_id, user_id)
) with (fillfactor = 80);
create index channel_members_by_user on channel_members (user_id);

-- Who was in a channel when: intervals, never changed after leave_at is set.
create table channel_member_history (
    channel_id uuid   not null,
    user_id    uuid   not null,
    join_at    bigint not null,
    leave_at   bigint,
    primary key (channel_id, user_id, join_at)
);

create table sidebar_categories (
    user_id    uuid    not null references users (id),
    team_id    uuid    not null references teams (id),
    id         text    not null,
    sort_order bigint  not null,
    sorting    text    not null default '',
    type       text    not null,
    muted      boolean not null default false,
    collapsed  boolean not null default false,
    details    bytea   not null,  -- sealed: display_name
    primary key (user_id, team_id, id)
);
create table sidebar_channels (
    user_id     uuid   not null,
    team_id     uuid   not null,
    channel_id  uuid   not null,
    category_id text   not null,
    sort_order  bigint not null,
    primary key (user_id, team_id, channel_id)
);
