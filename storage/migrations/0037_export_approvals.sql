-- Whether an export may be made, or the package of one be fetched: asked of other people. One row for each
-- export, of the last time it was asked; earlier times stand in the records of decisions.
create table export_approvals (
    job_id     uuid    primary key references jobs (id) on delete cascade,
    asked_by   uuid    not null references users (id),
    asked_at   bigint  not null,
    expires_at bigint  not null,
    decided_at bigint  not null default 0,
    needed     bigint  not null check (needed > 0),
    state      text    not null,  -- asked, approved, refused, withdrawn, expired
    is_release boolean not null,
    scope      bytea   not null,  -- SHA-256 of what the export is about
    reason     bytea              -- sealed; null: not said yet
);
create index export_approvals_by_end on export_approvals (expires_at) where state = 'asked';
create index export_approvals_by_time on export_approvals (asked_at desc);

create table export_votes (
    job_id  uuid    not null references export_approvals (job_id) on delete cascade,
    number  bigint  not null,  -- from 1
    user_id uuid    not null references users (id),
    at      bigint  not null,
    is_for  boolean not null,
    reason  bytea   not null,  -- sealed
    primary key (job_id, number),
    unique (job_id, user_id)
);

-- A job of status 'asked' waits for approval; nothing takes it.
