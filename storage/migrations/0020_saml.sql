-- Sign-ins that a browser has begun at a SAML provider.
create table saml_requests (
    handle_hash  bytea  primary key,  -- SHA-256 of what comes back as RelayState
    request_id   text   not null,
    provider     text   not null,
    browser_hash bytea  not null,     -- SHA-256 of the browser's cookie
    intent       text   not null,     -- JSON: where the person goes afterwards
    expires_at   bigint not null
);
create index saml_requests_by_end on saml_requests (expires_at);
-- Assertions that have signed somebody in, until they would be refused as too old.
create table saml_assertions (
    provider       text   not null,
    assertion_hash bytea  not null,
    expires_at     bigint not null,
    primary key (provider, assertion_hash)
);
create index saml_assertions_by_end on saml_assertions (expires_at);
-- Sessions that wait for the application that asked for them.
create table sign_in_codes (
    code_hash  bytea  primary key,
    kind       text   not null,  -- desktop, mobile
    session_id uuid   not null,
    user_id    uuid   not null references users (id),
    challenge  text   not null,  -- of the application, SHA-256 in base64; '' is none
    state      text   not null,
    expires_at bigint not null
);
create index sign_in_codes_by_end on sign_in_codes (expires_at);
