create table identity_links (
    user_id   uuid    primary key references users (id),
    service   text    not null,
    provider  text    not null,
    subject   text    not null,
    create_at bigint  not null,
    is_off    boolean not null default false
);
create unique index identity_links_by_subject on identity_links (service, provider, subject);
