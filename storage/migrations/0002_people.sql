create table users (
    id                   uuid    primary key,
    create_at            bigint  not null,
    update_at            bigint  not null,
    delete_at            bigint  not null default 0,
    username             text    not null,
    email                text    not null,
    nickname             text    not null default '',
    first_name           text    not null default '',
    last_name            text    not null default '',
    roles                text    not null,
    locale               text    not null default 'en',
    auth_service         text    not null default '',
    remote_id            text,
    is_bot               boolean not null default false,
    email_verified       boolean not null default false,
    last_password_update bigint  not null default 0,
    last_picture_update  bigint  not null default 0,
    picture              uuid,             -- blob
    profile              bytea   not null  -- sealed: position, props, notify_props, timezone, ...
);
create unique index users_by_username on users (username);
create unique index users_by_email on users (email) where email <> '';
create index users_by_update on users (update_at);
create index users_like_username on users (username text_pattern_ops);
create index users_like_first_name on users (lower(first_name) text_pattern_ops);
create index users_like_last_name on users (lower(last_name) text_pattern_ops);
create index users_like_nickname on users (lower(nickname) text_pattern_ops);

create table credentials (
    user_id         uuid    primary key references users (id),
    secret          bytea   not null,  -- sealed: password hash and other factors
    failed_attempts integer not null default 0,
    last_failure_at bigint  not null default 0
);

create table sessions (
    id               uuid    primary key,
    token_hash       bytea   not null,
    user_id          uuid    not null references users (id),
    create_at        bigint  not null,
    expires_at       bigint  not null,
    last_activity_at bigint  not null,
    is_oauth         boolean not null default false,
    secret           bytea   not null  -- sealed: csrf value, device, props
);
create unique index sessions_by_token on sessions (token_hash);
create index sessions_by_user on sessions (user_id);

create table roles (
    id             uuid    primary key,
    name           text    not null unique,
    display_name   text    not null,
    description    text    not null,
    create_at      bigint  not null,
    update_at      bigint  not null,
    delete_at      bigint  not null default 0,
    permissions    text    not null,
    scheme_managed boolean not null,
    built_in       boolean not null
);

create table statuses (
    user_id          uuid    primary key references users (id),
    status           text    not null,
    manual           boolean not null default false,
    last_activity_at bigint  not null default 0,
    dnd_end_time     bigint  not null default 0,
    prev_status      text    not null default ''
);

create table preferences (
    user_id  uuid  not null references users (id),
    category text  not null,
    name     text  not null,
    value    bytea not null,
    primary key (user_id, category, name)
);
create index preferences_of_saved_posts on preferences (name) where category = 'flagged_post';
