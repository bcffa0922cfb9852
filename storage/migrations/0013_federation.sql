-- Organisations this one is paired with. The id is the beginning of the digest of its public key.
create table federation_partners (
    id            uuid    primary key,
    name          text    not null unique,  -- what it is called here: its people are NAME:partner
    display_name  text    not null,
    public_key    bytea   not null,
    address       text    not null default '',  -- where its nodes listen; empty: it dials
    state         text    not null,             -- pending, active, suspended, revoked
    policy        jsonb   not null,
    token         bytea,                        -- sealed: of the invitation that was accepted here
    create_at     bigint  not null,
    confirm_at    bigint  not null default 0,
    last_seen_at  bigint  not null default 0,
    reason        text    not null default ''   -- of the state
);
create table federation_invitations (
    id         uuid    primary key,
    name       text    not null,
    token      bytea   not null,  -- sealed
    create_at  bigint  not null,
    expires_at bigint  not null,
    failures   integer not null default 0
);
-- Organisations that take part in shared channels, introduced by the home of one.
create table federation_organisations (
    id           uuid  primary key,
    display_name text  not null,
    public_key   bytea not null
);

-- Shared channels. At its home a channel has a row for each partner below.
create table federation_shares (
    channel_id uuid    primary key,
    home       uuid    not null,
    is_home    boolean not null,
    state      text    not null,             -- offered, joined, ended
    since      bigint  not null,
    details    bytea   not null              -- sealed: names, header, purpose, who takes part
);
create table federation_share_partners (
    channel_id uuid    not null references federation_shares (channel_id),
    partner_id uuid    not null references federation_partners (id),
    state      text    not null,             -- invited, joined, ended
    since      bigint  not null,
    creator_id uuid,
    primary key (channel_id, partner_id)
);

-- What each organisation said in a channel, in its order.
create table federation_streams (
    origin      uuid   not null,
    channel_id  uuid   not null,
    next_seq    bigint not null default 1,
    head        bytea  not null,               -- digest of the event before next_seq
    applied_seq bigint not null default 0,
    fault       text   not null default '',    -- why nothing more is taken
    primary key (origin, channel_id)
);
create table federation_events (
    origin      uuid     not null,
    channel_id  uuid     not null,
    seq         bigint   not null,
    kind        text     not null,
    target      uuid,
    state       smallint not null,             -- 0 received, 1 applied, 2 refused, 3 waits for its target
    reason      text     not null default '',
    received_at bigint   not null,
    header      text     not null,             -- byte by byte as it was hashed
    body        bytea,                         -- sealed; null: erased
    primary key (origin, channel_id, seq)
);
create index federation_events_waiting on federation_events (channel_id, target) where state = 3;
create index federation_events_refused on federation_events (origin, channel_id) where state = 2;
create table federation_seals (
    origin     uuid   not null,
    channel_id uuid   not null,
    last_seq   bigint not null,
    seal       text   not null,                -- byte by byte as it was signed
    signature  bytea  not null,
    primary key (origin, channel_id, last_seq)
);
-- How far a partner has it, by its own word.
create table federation_cursors (
    partner_id uuid   not null references federation_partners (id),
    origin     uuid   not null,
    channel_id uuid   not null,
    acked_seq  bigint not null default 0,
    acked_at   bigint not null default 0,
    primary key (partner_id, origin, channel_id)
);
create table federation_refusals (
    partner_id uuid   not null references federation_partners (id),
    origin     uuid   not null,
    channel_id uuid   not null,
    seq        bigint not null,
    code       text   not null,
    create_at  bigint not null,
    primary key (partner_id, origin, channel_id, seq)
);
-- Of whom the own stream of a channel has told, and as they were when.
create table federation_announced (
    channel_id uuid   not null,
    user_id    uuid   not null,
    update_at  bigint not null,
    primary key (channel_id, user_id)
);
-- Two things that one organisation signed and that cannot both be true.
create table federation_evidence (
    id         uuid   primary key,
    origin     uuid   not null,
    channel_id uuid   not null,
    seq        bigint not null,
    create_at  bigint not null,
    ours       bytea  not null,                -- sealed: header, seal, signature
    theirs     bytea  not null
);
