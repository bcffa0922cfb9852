-- Posts that wait for their time. One that could not be sent has processed_at and error_code, and waits for its
-- author. attempt_at is when it is tried (again): scheduled_at at first.
create table scheduled_posts (
    id           uuid    primary key,
    user_id      uuid    not null references users (id),
    channel_id   uuid    not null references channels (id),
    root_id      uuid    not null,  -- the empty id for a root post
    create_at    bigint  not null,
    update_at    bigint  not null,
    scheduled_at bigint  not null,
    processed_at bigint  not null default 0,
    attempt_at   bigint  not null,
    attempts     integer not null default 0,
    error_code   text    not null default '',
    body         bytea   not null  -- sealed: message, type, props, file_ids, priority
);
create index scheduled_posts_by_user on scheduled_posts (user_id);
create index scheduled_posts_by_root on scheduled_posts (root_id);
create index scheduled_posts_due on scheduled_posts (attempt_at) where processed_at = 0;
create index scheduled_posts_failed on scheduled_posts (processed_at) where processed_at > 0;
