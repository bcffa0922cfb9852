create table identity_factors (
    user_id   uuid    primary key references users (id),
    create_at bigint  not null,
    is_active boolean not null,            -- false until the first right code
    last_step bigint  not null default 0,  -- the newest step whose code was used; a code counts once
    secret    bytea   not null             -- sealed: the shared secret, digests of recovery codes
);
alter table users add column mfa_active boolean not null default false;
