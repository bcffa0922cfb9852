-- Passkeys (W3C Web Authentication) of people.
create table passkeys (
    id              uuid    primary key,
    user_id         uuid    not null references users (id),
    credential_hash bytea   not null unique,     -- SHA-256 of the credential's id
    create_at       bigint  not null,
    last_used_at    bigint  not null default 0,  -- 0: never
    sign_count      bigint  not null,            -- the authenticator's own; one that goes back is a copy's
    is_synced       boolean not null,
    secret          bytea   not null             -- sealed: name, credential id, public key
);
create index passkeys_by_user on passkeys (user_id);
-- What authenticators know a person by: random, so that it says nothing elsewhere.
create table passkey_owners (
    user_id uuid  primary key references users (id),
    handle  bytea not null
);
-- Challenges that were given out and not answered.
create table passkey_challenges (
    challenge_hash bytea  primary key,  -- SHA-256
    purpose        text   not null,     -- registration, sign_in, second_factor, step_up
    user_id        uuid   references users (id),  -- whose answer is wanted; null: anybody's
    address        text   not null,
    expires_at     bigint not null
);
create index passkey_challenges_by_end on passkey_challenges (expires_at);
create index passkey_challenges_by_user on passkey_challenges (user_id) where user_id is not null;
create index passkey_challenges_by_address on passkey_challenges (address) where user_id is null;
