-- The words inside a file. text_due_at: when they are to be read (again), 0 not any more; a file that is there
-- already is due. text_outcome: how the last try ended. body_text is compressed and sealed under the key of the
-- file's name.
alter table files
    add column text_due_at   bigint   not null default 1,
    add column text_attempts smallint not null default 0,
    add column text_outcome  text     not null default '',
    add column body_text     bytea;
alter table files alter column body_text set storage external;
create index files_text_due on files (id) where text_due_at > 0 and delete_at = 0;
