-- What the store itself needs: facts about this installation, wrapped data keys, the journal.
create table system (
    name  text primary key,
    value text not null
);

-- One data key per scope and day, wrapped by an expiry-bucket key that is not in this database.
create table data_keys (
    scope   uuid    not null,
    day     integer not null,
    bucket  uuid    not null,
    wrapped bytea   not null,
    primary key (scope, day)
);
create index data_keys_by_bucket on data_keys (bucket);

-- Every change writes its fact here, in the transaction of the change. Order: (tx, seq).
create table journal (
    tx        xid8     not null default pg_current_xact_id(),
    seq       bigint   generated always as identity,
    kind      text     not null,
    scope     uuid     not null,
    record    uuid     not null,
    create_at bigint   not null,
    body      bytea    not null,
    primary key (tx, seq)
);
create table journal_cursors (
    sink text   primary key,
    tx   xid8   not null default '0',
    seq  bigint not null default 0
);
