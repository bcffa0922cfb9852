-- A personal access token is what sessions are begun with that belong to programs. The session itself is a
-- row of sessions with the same token_hash, made when the token is used.
create table access_tokens (
    id         uuid    primary key,
    user_id    uuid    not null references users (id),
    token_hash bytea   not null unique,
    is_active  boolean not null default true,
    create_at  bigint  not null,
    expires_at bigint  not null default 0,  -- 0: never
    secret     bytea   not null             -- sealed: description
);
create index access_tokens_by_user on access_tokens (user_id);

create table bots (
    user_id   uuid   primary key references users (id),
    owner_id  uuid   not null,
    create_at bigint not null
);
create index bots_by_owner on bots (owner_id);
