-- body is sealed (version: edit_at): message, props, hashtags. A row with an original_id is an earlier version of
-- that post. pending is a hash of (author, pending_post_id).
create table posts (
    id            uuid    primary key,
    create_at     bigint  not null,
    update_at     bigint  not null,
    edit_at       bigint  not null default 0,
    delete_at     bigint  not null default 0,
    delete_by     uuid,
    channel_id    uuid    not null references channels (id),
    user_id       uuid    not null,
    root_id       uuid,
    original_id   uuid,
    type          text    not null default '',
    is_pinned     boolean not null default false,
    has_reactions boolean not null default false,
    has_priority  boolean not null default false,
    file_ids      uuid[],
    remote_id     text,
    pending       uuid,
    body          bytea   not null
) with (fillfactor = 90);
create unique index posts_by_pending on posts (pending) where pending is not null;
create index posts_by_channel on posts (channel_id, create_at, id) where original_id is null;
create index posts_by_update on posts (channel_id, update_at) where original_id is null;
create index posts_by_root on posts (root_id, create_at) where root_id is not null;
create index posts_by_original on posts (original_id) where original_id is not null;
create index posts_pinned on posts (channel_id) where is_pinned and delete_at = 0;

create table post_priorities (
    post_id                  uuid primary key references posts (id),
    priority                 text not null,
    requested_ack            boolean not null default false,
    persistent_notifications boolean not null default false
);
create table post_acknowledgements (
    post_id         uuid   not null references posts (id),
    user_id         uuid   not null,
    channel_id      uuid   not null,
    acknowledged_at bigint not null,
    primary key (post_id, user_id)
);
create table post_reminders (
    post_id     uuid   not null references posts (id),
    user_id     uuid   not null,
    target_time bigint not null,  -- seconds
    primary key (post_id, user_id)
);
create index post_reminders_due on post_reminders (target_time);

create table threads (
    post_id       uuid   primary key references posts (id),
    channel_id    uuid   not null,
    team_id       uuid   not null,
    reply_count   bigint not null,
    last_reply_at bigint not null,
    participants  uuid[] not null,
    delete_at     bigint not null default 0
) with (fillfactor = 80);
create index threads_by_channel on threads (channel_id);
create table thread_memberships (
    post_id         uuid    not null,
    user_id         uuid    not null,
    following       boolean not null,
    last_viewed     bigint  not null default 0,
    last_update     bigint  not null default 0,
    unread_mentions bigint  not null default 0,
    primary key (post_id, user_id)
) with (fillfactor = 80);
create index thread_memberships_by_user on thread_memberships (user_id);

create table reactions (
    post_id    uuid   not null references posts (id),
    user_id    uuid   not null,
    emoji_name text   not null,
    channel_id uuid   not null,
    create_at  bigint not null,
    update_at  bigint not null,
    delete_at  bigint not null default 0,
    remote_id  text,
    primary key (post_id, user_id, emoji_name)
);

create table drafts (
    user_id    uuid   not null references users (id),
    channel_id uuid   not null references channels (id),
    root_id    uuid   not null,  -- the empty id for a draft of a root post
    create_at  bigint not null,
    update_at  bigint not null,
    body       bytea  not null,  -- sealed: message, type, props, file_ids, priority
    primary key (user_id, channel_id, root_id)
);
create index drafts_by_root on drafts (root_id);

-- details is sealed: name, extension, mime_type, mini_preview. Blobs are named by random ids.
create table files (
    id                uuid    primary key,
    user_id           uuid    not null,
    post_id           uuid,
    channel_id        uuid    not null,
    create_at         bigint  not null,
    update_at         bigint  not null,
    delete_at         bigint  not null default 0,
    size              bigint  not null,
    width             integer not null default 0,
    height            integer not null default 0,
    has_preview_image boolean not null default false,
    remote_id         text,
    blob              uuid    not null,
    thumbnail         uuid,
    preview           uuid,
    details           bytea   not null
);
create index files_by_post on files (post_id) where post_id is not null;
create index files_by_channel on files (channel_id) where post_id is not null;
create index files_unattached on files (user_id) where post_id is null;

create table uploads (
    id          uuid   primary key,
    type        text   not null,
    create_at   bigint not null,
    user_id     uuid   not null,
    channel_id  uuid   not null,
    file_size   bigint not null,
    file_offset bigint not null default 0,
    blob        uuid   not null,
    details     bytea  not null  -- sealed: filename
);
create index uploads_by_user on uploads (user_id);

create table emoji (
    id         uuid   primary key,
    create_at  bigint not null,
    update_at  bigint not null,
    delete_at  bigint not null default 0,
    creator_id uuid   not null,
    name       text   not null,
    blob       uuid   not null,
    mime_type  text   not null
);
create unique index emoji_by_name on emoji (name) where delete_at = 0;
