-- How long messages of some teams and channels are kept; a channel's policy goes before its team's.
create table retention_policies (
    id            uuid   primary key,
    display_name  text   not null,
    post_duration bigint not null,  -- days; -1: for ever
    create_at     bigint not null,
    update_at     bigint not null
);
create table retention_policy_teams (
    team_id   uuid primary key references teams (id),
    policy_id uuid not null references retention_policies (id) on delete cascade
);
create index retention_policy_teams_by_policy on retention_policy_teams (policy_id);
create table retention_policy_channels (
    channel_id uuid primary key references channels (id),
    policy_id  uuid not null references retention_policies (id) on delete cascade
);
create index retention_policy_channels_by_policy on retention_policy_channels (policy_id);

-- Legal holds. One is in force while frees_at is 0 or later than now.
create table legal_matters (
    id         uuid   primary key,
    create_at  bigint not null,
    close_at   bigint not null default 0,
    creator_id uuid,              -- null: the operator at the machine
    details    bytea  not null    -- sealed: name, description
);
create table legal_holds (
    id                      uuid    primary key,
    matter_id               uuid    not null references legal_matters (id),
    create_at               bigint  not null,
    creator_id              uuid,
    starts_at               bigint  not null,            -- of messages; 0: from the first
    ends_at                 bigint  not null default 0,  -- 0: open
    include_public_channels boolean not null,
    release_asked_at        bigint  not null default 0,
    release_asked_by        uuid,
    released_at             bigint  not null default 0,
    released_by             uuid,
    frees_at                bigint  not null default 0,
    details                 bytea   not null             -- sealed: name
);
create index legal_holds_by_matter on legal_holds (matter_id);
create table legal_hold_people (
    hold_id uuid not null references legal_holds (id),
    user_id uuid not null,
    primary key (hold_id, user_id)
);
create table legal_hold_channels (
    hold_id    uuid not null references legal_holds (id),
    channel_id uuid not null,
    primary key (hold_id, channel_id)
);
create index channel_member_history_by_user on channel_member_history (user_id);

-- Buckets whose key is to be destroyed, or is: a key store that still has one is refused.
create table destroyed_buckets (
    bucket     uuid    primary key,
    data_class text    not null,
    week       integer not null,
    data_keys  bigint  not null,            -- that went with it
    job_id     uuid    not null,
    create_at  bigint  not null,
    is_gone    boolean not null default false  -- the key store has confirmed it
);
-- Data keys that went with them, until what they sealed is cleared away, too.
create table destroyed_keys (
    scope uuid    not null,
    day   integer not null,
    primary key (scope, day)
);
-- Bodies of files whose rows went: removed after the commit, found again after a crash.
create table destroyed_blobs (
    blob uuid primary key
);
create table destruction_certificates (
    number    bigint primary key,
    id        uuid   not null unique,
    job_id    uuid   not null unique,
    create_at bigint not null,
    body      text   not null,
    signature bytea  not null
);
-- The journal grows in the order of time, so a few bytes for many rows find a day in it.
create index journal_by_time on journal using brin (create_at) with (pages_per_range = 16);
