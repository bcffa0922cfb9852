-- Programs outside that take part: hooks, slash commands, and what the buttons of messages do. Sealed parts hold
-- names, addresses and tokens.

-- key_hash: SHA-256 of the hook's id on the wire, which is all that is needed to post by it.
create table incoming_hooks (
    id         uuid    primary key,
    key_hash   bytea   not null unique,
    user_id    uuid    not null references users (id),
    channel_id uuid    not null references channels (id),
    team_id    uuid    not null references teams (id),
    create_at  bigint  not null,
    update_at  bigint  not null,
    details    bytea   not null
);
create index incoming_hooks_by_team on incoming_hooks (team_id, create_at);
create index incoming_hooks_by_user on incoming_hooks (user_id);

create table outgoing_hooks (
    id         uuid    primary key,
    creator_id uuid    not null references users (id),
    channel_id uuid    references channels (id),
    team_id    uuid    not null references teams (id),
    create_at  bigint  not null,
    update_at  bigint  not null,
    details    bytea   not null
);
create index outgoing_hooks_by_team on outgoing_hooks (team_id, create_at);
create index outgoing_hooks_by_creator on outgoing_hooks (creator_id);

create table slash_commands (
    id         uuid    primary key,
    creator_id uuid    not null references users (id),
    team_id    uuid    not null references teams (id),
    trigger    text    not null,
    create_at  bigint  not null,
    update_at  bigint  not null,
    details    bytea   not null,
    unique (team_id, trigger)
);
create index slash_commands_by_creator on slash_commands (creator_id);

-- Where a command may answer later: key_hash is that of the address's last part.
create table command_callbacks (
    key_hash   bytea   primary key,
    command_id uuid    not null,
    user_id    uuid    not null,
    channel_id uuid    not null,
    root_id    uuid,
    create_at  bigint  not null,
    uses       integer not null default 0
);
create index command_callbacks_by_time on command_callbacks (create_at);

-- What stands behind the buttons and menus of a message. It is never part of the message.
create table post_actions (
    post_id uuid  primary key references posts (id) on delete cascade,
    body    bytea not null
);
