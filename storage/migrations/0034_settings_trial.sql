-- A change of settings that is taken back by itself unless somebody makes it final. At most one.
create table settings_trial (
    is_only_one boolean primary key default true check (is_only_one),
    create_at   bigint  not null,
    ends_at     bigint  not null,
    is_ending   boolean not null default false,  -- it is being rolled back, and nobody makes it final any more
    seen_seq    bigint  not null,                -- records of decisions up to this one were looked at
    revision    bigint  not null default 0,      -- raised with each change of the body
    body        bytea   not null                 -- sealed: what was before, what is tried, what was seen
);
