-- Reports for an auditor. The archive is a sealed blob.
create table compliance_reports (
    id        uuid   primary key,
    create_at bigint not null,
    user_id   uuid   not null,
    status    text   not null,
    posts     bigint not null default 0,
    start_at  bigint not null,
    end_at    bigint not null,
    blob      uuid,
    sha256    bytea,
    body      bytea  not null  -- sealed: description, words, addresses
);
create index compliance_reports_waiting on compliance_reports (id) where status in ('created', 'running');
