-- Rules about content, and where they struck.
create table content_rules (
    id         uuid    primary key,
    create_at  bigint  not null,
    update_at  bigint  not null,
    creator_id uuid    references users (id),  -- null: the operator
    is_on      boolean not null,
    body       bytea   not null                -- sealed
);
-- What was written is not in it.
create table content_hits (
    id         uuid   primary key,
    rule_id    uuid   not null,  -- perhaps of a rule that is gone
    create_at  bigint not null,
    user_id    uuid   not null references users (id),
    channel_id uuid   not null,
    post_id    uuid,             -- null: an upload
    place      text   not null,  -- message, attachment, file
    start      bigint not null,
    length     bigint not null,
    action     text   not null,
    outcome    text   not null   -- logged, warned, sent, blocked
);
create index content_hits_by_time on content_hits (create_at desc, id desc);
create index content_hits_by_rule on content_hits (rule_id, create_at desc, id desc);
