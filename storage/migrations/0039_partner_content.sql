-- How far a home has told what was said in a channel before it was shared with partners.
create table federation_histories (
    channel_id    uuid   primary key references federation_shares (channel_id),
    from_at       bigint not null,             -- of the oldest root that a partner is to have
    roots_upto_at bigint not null,             -- roots from here on were told before
    upto_at       bigint not null,             -- from here on it is told as it is said
    root_at       bigint not null default 0,   -- the last root, and the last of its replies
    root_id       uuid,
    reply_at      bigint not null default 0,
    reply_id      uuid,
    done_at       bigint not null default 0,
    told          bigint not null default 0,   -- messages
    kept_back     bigint not null default 0
);
-- What is older is not told to this partner. Partners of before have all of the streams.
alter table federation_share_partners add column history_from bigint not null default 0;

-- Custom emoji of other organisations' people, by the ids that they have there.
create table federation_emoji (
    origin    uuid   not null,
    emoji_id  uuid   not null,             -- at its origin
    name      text   not null,             -- there
    local_id  uuid,                        -- of the emoji here; null: refused, or removed at its origin
    reason    text   not null default '',  -- why it is not here
    create_at bigint not null,
    primary key (origin, emoji_id)
);
create index federation_emoji_by_local on federation_emoji (local_id) where local_id is not null;
create index federation_emoji_by_name on federation_emoji (origin, name);
-- Own ones that the own stream of a channel has told of.
create table federation_emoji_told (
    channel_id uuid not null,
    emoji_id   uuid not null,
    primary key (channel_id, emoji_id)
);
