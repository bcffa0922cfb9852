create table identity_decisions (
    seq         bigint  generated always as identity primary key,
    id          uuid    not null unique,
    create_at   bigint  not null,
    attempt     text    not null,
    act         text    not null,
    is_admitted boolean not null,
    rule        text    not null,
    service     text    not null,
    user_id     uuid,             -- whom it is about; null when no account was meant
    body        bytea   not null  -- sealed: the decision, and the digest of the body before it
);
create index identity_decisions_by_attempt on identity_decisions (attempt);
create index identity_decisions_by_user on identity_decisions (user_id, seq);
create index identity_decisions_by_time on identity_decisions (create_at);
