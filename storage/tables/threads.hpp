// The tables threads and thread_memberships.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/post.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

struct ThreadRow {
    PostId post_id;
    ChannelId channel_id;
    TeamId team_id;
    std::int64_t reply_count = 0;
    Millis last_reply_at = 0;
    std::vector<UserId> participants;  // most recent repliers last
    Millis delete_at = 0;
};

struct ThreadMembership {
    PostId post_id;
    UserId user_id;
    bool following = true;
    Millis last_viewed = 0;
    Millis last_update = 0;
    std::int64_t unread_mentions = 0;
    std::int64_t unread_replies = 0;  // counted by followers() and of_user() only
};

// Which threads of a person to list. `team` empty: direct and group channels only.
struct ThreadQuery {
    UserId user;
    TeamId team;
    PostId before, after;  // exclusive
    std::int64_t limit = 30;
    Millis since = 0;
    bool unread_only = false;
    bool with_deleted = false;
    bool without_direct = false;
};

struct ThreadTotals {
    std::int64_t threads = 0, unread_threads = 0, unread_mentions = 0, unread_urgent_mentions = 0;
};

class ThreadTable {
public:
    explicit ThreadTable(Tx& tx) : tx_(tx) {}

    std::optional<ThreadRow> find(const PostId& root);
    std::vector<ThreadRow> find(const std::vector<PostId>& roots);
    // Counts a reply: makes the thread when it is the first. The new state comes back.
    ThreadRow add_reply(const PostId& root, const ChannelId& channel, const TeamId& team,
                        const UserId& author, Millis at);
    // Counts again after replies were deleted or restored.
    void recount(const PostId& root);
    // The channel came into this team.
    void set_team(const ChannelId& channel, const TeamId& team);
    void mark_deleted(const PostId& root, Millis at);

    std::optional<ThreadMembership> membership(const PostId& root, const UserId& user);
    // Makes or changes a membership. `viewed`: also sets last_viewed to `at` and clears mentions.
    void follow(const PostId& root, const UserId& user, bool following, bool viewed, Millis at);
    // Follows unless the person has unfollowed before.
    void follow_unless_left(const PostId& root, const std::vector<UserId>& users, Millis at);
    // Follows, even after an unfollow, and counts a mention.
    void mention(const PostId& root, const std::vector<UserId>& users, Millis at);
    // Counts a mention for those who follow, and makes nobody follow.
    void count_mention(const PostId& root, const std::vector<UserId>& users, Millis at);
    // Follows for members who set channel_auto_follow_threads in this channel, unless they have unfollowed.
    void follow_for_watchers(const PostId& root, const ChannelId& channel, Millis at);
    // Members of `channel` who followed `from` follow `to`, as far as they had read.
    void copy_memberships(const PostId& from, const PostId& to, const ChannelId& channel, Millis at);
    void view(const PostId& root, const UserId& user, Millis last_viewed, std::int64_t unread_mentions,
              Millis at);
    // Marks read up to `at`: every followed thread of the team (and of direct channels), or of one channel.
    void view_all(const UserId& user, const TeamId& team, Millis at);
    void view_channel(const UserId& user, const std::vector<ChannelId>& channels, Millis at);
    // Who follows, with what is unread for each. Two statements, however many follow.
    std::vector<ThreadMembership> followers(const PostId& root);
    // For which of these threads the person is following.
    std::vector<PostId> followed(const UserId& user, const std::vector<PostId>& roots);

    std::vector<std::pair<ThreadRow, ThreadMembership>> of_user(const ThreadQuery& query);
    std::optional<std::pair<ThreadRow, ThreadMembership>> of_user(const UserId& user, const PostId& root);
    ThreadTotals totals(const UserId& user, const TeamId& team, bool unread_only_total, bool without_direct);
    // What is unread in each team's own channels, direct ones left out. `threads` counts the unread ones.
    std::vector<std::pair<TeamId, ThreadTotals>> unread_by_team(const UserId& user);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
