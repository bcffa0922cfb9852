-- Segments of people, and the barriers between them. What they say is sealed.
create table segments (
    id         uuid   primary key,
    create_at  bigint not null,
    update_at  bigint not null,
    creator_id uuid   references users (id),  -- null: the operator
    body       bytea  not null                -- sealed
);
create table barriers (
    id         uuid    primary key,
    create_at  bigint  not null,
    update_at  bigint  not null,
    creator_id uuid    references users (id),
    is_on      boolean not null,
    body       bytea   not null               -- sealed
);

-- Made from these for barriers that are on: who stands on which side now, and where a barrier does not count.
create table barrier_people (
    user_id    uuid    not null references users (id),
    barrier_id uuid    not null,
    is_second  boolean not null,
    hides      boolean not null,
    primary key (user_id, barrier_id, is_second)
);
create index barrier_people_by_barrier on barrier_people (barrier_id, is_second);
create table barrier_exceptions (
    barrier_id uuid not null,
    channel_id uuid not null,
    primary key (channel_id, barrier_id)
);
-- Channels that hold both sides: who is on one of them may only read there.
create table barrier_breaches (
    channel_id uuid not null,
    barrier_id uuid not null,
    primary key (channel_id, barrier_id)
);
