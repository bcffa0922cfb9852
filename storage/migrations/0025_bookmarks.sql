-- What is pinned above a channel. details is sealed: display_name, link_url, image_url, emoji; empty once removed.
create table channel_bookmarks (
    id          uuid   primary key,
    channel_id  uuid   not null references channels (id),
    owner_id    uuid   not null references users (id),
    create_at   bigint not null,
    update_at   bigint not null,
    delete_at   bigint not null default 0,
    sort_order  bigint not null,
    type        text   not null,
    file_id     uuid,
    original_id uuid,
    details     bytea  not null
);
create index channel_bookmarks_by_channel on channel_bookmarks (channel_id, update_at);
-- The bookmark that shows the file: it is then the channel's, and no post's.
alter table files add column bookmark_id uuid;
