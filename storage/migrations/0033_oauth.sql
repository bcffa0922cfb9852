-- Applications that people let act for them (OAuth 2.0).
create table oauth_apps (
    id         uuid    primary key,
    creator_id uuid    not null,
    create_at  bigint  not null,
    update_at  bigint  not null,
    is_trusted boolean not null default false,
    is_public  boolean not null default false,  -- has no secret
    is_dynamic boolean not null default false,  -- registered itself
    secret     bytea   not null                 -- sealed: what it is called, its addresses, its secret
);
create index oauth_apps_by_creator on oauth_apps (creator_id);

-- What a browser carries to an application, and it redeems once. Kept until it would have expired, so that a
-- second use is noticed.
create table oauth_codes (
    code_hash  bytea   primary key,
    app_id     uuid    not null references oauth_apps (id) on delete cascade,
    user_id    uuid    not null references users (id),
    expires_at bigint  not null,
    is_used    boolean not null default false,
    secret     bytea   not null  -- sealed: redirect address, challenge, resource
);
create index oauth_codes_by_end on oauth_codes (expires_at);

-- Whom a person allowed to act for them.
create table oauth_consents (
    user_id   uuid   not null references users (id),
    app_id    uuid   not null references oauth_apps (id) on delete cascade,
    create_at bigint not null,
    primary key (user_id, app_id)
);
create index oauth_consents_by_app on oauth_consents (app_id);

-- The sessions of applications. A row outlives a session that expires, since it can be refreshed; one that is
-- ended takes it along.
create table oauth_tokens (
    id             uuid   primary key,
    app_id         uuid   not null references oauth_apps (id) on delete cascade,
    user_id        uuid   not null references users (id),
    session_id     uuid   not null,
    code_hash      bytea  not null,           -- which gave the first of them
    refresh_hash   bytea,                     -- none: it cannot be refreshed
    replaced_hash  bytea,                     -- the refresh token before, worth nothing
    create_at      bigint not null,
    refresh_at     bigint not null            -- when it was refreshed last, or made
);
create unique index oauth_tokens_by_refresh on oauth_tokens (refresh_hash);
create index oauth_tokens_by_replaced on oauth_tokens (replaced_hash) where replaced_hash is not null;
create index oauth_tokens_by_code on oauth_tokens (code_hash);
create index oauth_tokens_by_session on oauth_tokens (session_id);
create index oauth_tokens_by_user on oauth_tokens (user_id, app_id, create_at);

-- Terms of service that the node keeps: the newest are in force.
create table terms (
    id        uuid   primary key,
    create_at bigint not null,
    user_id   uuid   not null,
    secret    bytea  not null  -- sealed: the text
);
create table terms_accepted (
    user_id   uuid   primary key references users (id),
    terms_id  uuid   not null references terms (id),
    create_at bigint not null
);

-- Attributes of people that the organisation defines, and what they are for each.
create table profile_fields (
    id        uuid   primary key,
    create_at bigint not null,
    update_at bigint not null,
    delete_at bigint not null default 0,
    secret    bytea  not null  -- sealed: name, kind, attributes
);
create table profile_values (
    user_id   uuid   not null references users (id),
    field_id  uuid   not null references profile_fields (id),
    update_at bigint not null,
    secret    bytea  not null,  -- sealed: the value
    primary key (user_id, field_id)
);
create index profile_values_by_field on profile_values (field_id);
