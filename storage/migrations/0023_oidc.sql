-- Sign-ins that a browser has begun at an OpenID Connect provider.
create table oidc_requests (
    handle_hash  bytea  primary key,  -- SHA-256 of what comes back as state
    service      text   not null,     -- openid, gitlab, google, office365
    provider     text   not null,
    browser_hash bytea  not null,     -- SHA-256 of the browser's cookie
    intent       text   not null,     -- JSON: where the person goes afterwards
    is_answered  boolean not null default false,
    person       bytea,               -- sealed: who it is, while a code of the second factor is asked for
    expires_at   bigint not null
);
create index oidc_requests_by_end on oidc_requests (expires_at);
