-- Letters on their way. A row goes when its letter was taken by the mail server, or given up.
create table letters (
    id        uuid   primary key,
    kind      text   not null,
    only_one  bytea  unique,           -- while such a row waits, another is not taken
    create_at bigint not null,
    due_at    bigint not null,
    tries     bigint not null default 0,
    body      bytea  not null          -- sealed: address and what the text names
);
create index letters_by_due on letters (due_at);
create index letters_by_kind on letters (kind);

-- What a link in a letter proves, once. Of the token only a digest is kept.
create table mail_links (
    id         uuid   primary key,
    token_hash bytea  not null unique,
    kind       text   not null,
    user_id    uuid   references users (id),
    made_by    uuid,
    create_at  bigint not null,
    expires_at bigint not null,
    body       bytea  not null         -- sealed: address, team and channels
);
create index mail_links_by_user on mail_links (user_id, kind, create_at);
create index mail_links_by_maker on mail_links (made_by, create_at);
create index mail_links_by_end on mail_links (expires_at);
