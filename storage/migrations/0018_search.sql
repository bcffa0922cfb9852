-- Posts and files by when they were made, for building the search index week by week. Rows lie nearly in that
-- order, so a few kilobytes do.
create index posts_by_time on posts using brin (create_at) with (pages_per_range = 32, autosummarize = on);
create index files_by_time on files using brin (create_at) with (pages_per_range = 32, autosummarize = on);
