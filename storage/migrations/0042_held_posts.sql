-- Messages that rules about content keep until an officer has decided.
create table held_posts (
    id          uuid   primary key,
    create_at   bigint not null,
    expires_at  bigint not null,
    user_id     uuid   not null references users (id),
    channel_id  uuid   not null references channels (id),
    rule_id     uuid   not null,              -- perhaps of a rule that is gone
    pending     text,                         -- what the client calls it: the same again is not kept twice
    state       text   not null,              -- waiting, released, refused, expired
    decided_at  bigint not null default 0,
    decided_by  uuid   references users (id), -- null: nobody yet, or the operator
    post_id     uuid,                         -- of what was released
    file_ids    uuid[] not null,
    body        bytea,                        -- sealed in the channel; null once it is decided
    unique (user_id, pending)
);
create index held_posts_by_state on held_posts (state, create_at);
