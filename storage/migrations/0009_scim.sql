create table scim_clients (
    id           uuid    primary key,
    name         text    not null unique,
    service      text    not null,  -- by which the people it makes sign in
    provider     text    not null,
    token_hash   bytea   not null unique,
    create_at    bigint  not null,
    last_used_at bigint  not null default 0
);
create table scim_people (
    user_id   uuid   primary key references users (id),
    client_id uuid   not null references scim_clients (id) on delete cascade,
    user_name text   not null,  -- as the client calls them
    update_at bigint not null
);
create unique index scim_people_by_name on scim_people (client_id, lower(user_name));
