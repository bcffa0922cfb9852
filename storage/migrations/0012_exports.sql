-- Work that takes long and goes on after a restart.
create table jobs (
    id               uuid    primary key,
    type             text    not null,
    status           text    not null,  -- pending, in_progress, success, warning, error, cancel_requested, canceled
    priority         bigint  not null default 0,
    create_at        bigint  not null,
    start_at         bigint  not null default 0,
    last_activity_at bigint  not null default 0,
    progress         bigint  not null default 0,
    data             jsonb   not null  -- of texts; times and counts, no content
);
create index jobs_by_type on jobs (type, create_at desc);
create index jobs_to_do on jobs (create_at) where status in ('pending', 'in_progress', 'cancel_requested');

-- What a job of export has written so far: sealed archives beside the database.
create table export_parts (
    job_id     uuid   not null references jobs (id) on delete cascade,
    number     bigint not null,  -- 0: the whole, once it is finished
    blob       uuid   not null,
    name       text   not null,
    size       bigint not null,
    sha256     bytea  not null,
    posts      bigint not null,
    warnings   bigint not null,
    starts     bigint not null,  -- milliseconds
    ends       bigint not null,
    to_tx      xid8   not null,  -- the journal up to here is in it
    to_seq     bigint not null,
    primary key (job_id, number)
);

-- What people were called when: an export says who somebody was at the time.
create table identity_history (
    user_id  uuid   not null,
    from_at  bigint not null,
    username text   not null,
    email    text   not null,
    primary key (user_id, from_at)
);
insert into identity_history (user_id, from_at, username, email)
    select id, create_at, username, email from users;
