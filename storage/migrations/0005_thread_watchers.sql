-- Who follows every thread of a channel: read at each reply, and few set it.
create index channel_members_watching on channel_members (channel_id) where notify_props ~ '"channel_auto_follow_threads": ?"on"';
