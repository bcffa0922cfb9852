-- Whose turn it is to sync a directory, over all nodes; and when it last went through.
create table directory_syncs (
    provider   text   primary key,
    holder     text   not null default '',
    held_until bigint not null default 0,
    last_at    bigint not null default 0
);
-- Which picture of the directory an account has: taken again only when it changes there.
create table directory_pictures (
    user_id uuid  primary key references users (id),
    digest  bytea not null
);
