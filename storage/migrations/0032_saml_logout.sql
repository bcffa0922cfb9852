-- Whom a SAML provider meant by a session, so that either side can end it. Rows outlive their sessions.
create table saml_sessions (
    session_id uuid   primary key,
    user_id    uuid   not null references users (id),
    provider   text   not null,
    name_hash  bytea  not null,  -- SHA-256 of the NameID
    name       bytea  not null,  -- sealed JSON: NameID, its format and qualifiers, SessionIndex
    create_at  bigint not null
);
create index saml_sessions_by_name on saml_sessions (provider, name_hash, create_at);
create index saml_sessions_by_age on saml_sessions (create_at);
-- Sign-outs that were begun here and go on at the provider.
create table saml_logouts (
    handle_hash bytea  primary key,  -- SHA-256 of what names it in the address and in the request
    session_id  uuid   not null references saml_sessions (session_id) on delete cascade,
    expires_at  bigint not null
);
create index saml_logouts_by_end on saml_logouts (expires_at);
-- Metadata as it was last fetched from an address.
create table saml_metadata (
    provider   text   primary key,
    address    text   not null,
    body       text   not null,  -- XML
    fetched_at bigint not null
);
