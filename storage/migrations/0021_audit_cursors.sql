-- How far the records of decisions were sent to what collects them outside. A row per sink.
create table audit_cursors (
    sink    text   primary key,
    seq     bigint not null default 0,   -- of identity_decisions; all up to it have arrived
    digest  text   not null default '',  -- of that record, as the next one must name it
    sent_at bigint not null default 0
);
