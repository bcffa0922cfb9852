-- Files of posts that other organisations wrote: what is fetched, through whom, and what became of it. A row
-- changes only while its post is locked.
create table federation_files (
    id          uuid    primary key,           -- of the file here
    origin      uuid    not null,
    channel_id  uuid    not null,
    file_id     uuid    not null,              -- of the file at its origin
    post_id     uuid    not null,
    partner_id  uuid    not null,              -- who is asked for it: the origin, or the home of the channel
    size        bigint  not null,
    details     bytea   not null,              -- sealed: name, type, SHA-256
    state       text    not null,              -- wanted, here, refused
    reason      text    not null default '',
    blob        uuid    not null,              -- what it is written to while it comes
    create_at   bigint  not null,
    attempts    integer not null default 0,
    retry_at    bigint  not null default 0,
    unique (origin, channel_id, file_id)
);
create index federation_files_wanted on federation_files (partner_id, size) where state = 'wanted';
create index federation_files_by_partner on federation_files (partner_id, create_at);
create index federation_files_by_post on federation_files (post_id);
-- Files of this organisation that its streams have told of: partners get these and no others.
create table federation_files_told (
    channel_id uuid not null,
    file_id    uuid not null,
    primary key (channel_id, file_id)
);
create index federation_files_told_by_file on federation_files_told (file_id);
-- Files that a partner does not take, by its own word or by the policy here, and those it had no right to.
create table federation_file_refusals (
    partner_id uuid   not null references federation_partners (id),
    origin     uuid   not null,
    channel_id uuid   not null,
    file_id    uuid   not null,
    code       text   not null,
    create_at  bigint not null,
    primary key (partner_id, origin, channel_id, file_id)
);
