-- Whose scheme it is was told by its name, which an administrator can choose as well: a scheme that moderation
-- made for a channel goes when it takes nothing any more, and does not count against the limit.
alter table schemes add column is_of_moderation boolean not null default false;
update schemes set is_of_moderation = true where scope = 'channel' and display_name = 'Moderation of a channel';
alter table schemes alter column is_of_moderation drop default;
