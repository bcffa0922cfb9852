-- The tree over the records of decisions (docs/compliance/audit-log.md). An operator begins another log when the
-- database was put back; what is there of earlier ones stays.
create table audit_logs (
    log       integer primary key,
    origin    text    not null unique,      -- the name that checkpoints carry
    create_at bigint  not null,
    leaves    bigint  not null default 0,
    seq       bigint  not null default 0    -- of identity_decisions: all up to it are leaves
);
create table audit_leaves (
    log       integer not null references audit_logs,
    leaf      bigint  not null,             -- from 0, without gaps
    seq       bigint  not null,             -- the rest as in identity_decisions
    id        uuid    not null,
    create_at bigint  not null,
    sealed    bytea   not null,             -- SHA-256 of the body
    content   bytea   not null,             -- SHA-256 of what was sealed; empty: it could not be opened
    primary key (log, leaf)
);
create unique index audit_leaves_by_id on audit_leaves (log, id);
-- Hashes of complete subtrees: at level n those of 256^n leaves, 256 in a tile.
create table audit_tiles (
    log    integer  not null references audit_logs,
    level  smallint not null,
    tile   bigint   not null,
    hashes bytea    not null,
    primary key (log, level, tile)
);
create table audit_checkpoints (
    log       integer not null references audit_logs,
    size      bigint  not null,
    create_at bigint  not null,
    note      text    not null,             -- as it was signed
    primary key (log, size)
);
