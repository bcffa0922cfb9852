// ScheduledPosts: what people wrote and want said later.
//
// Thread-safe; calls block. Each is its author's alone: to others it is not there. When its time comes it is
// written as its author could write it then, exactly once: the post is made and the scheduled one removed in
// one transaction. What cannot be sent stays, with a word that clients know (error_code), until the author
// changes or removes it, at most `failed_stay`.
//
// `connection_id` is the socket that acts, which need not be told.
//
// Errors: api.scheduled_posts.feature_disabled (unsupported), app.scheduled_post.not_found.app_error,
// model.scheduled_post.is_valid.*, app.scheduled_post.limit.app_error, and those of posts.hpp.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/scheduled_post.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::messaging {

class Posts;

class ScheduledPosts {
public:
    static constexpr Millis day = 24 * 3600 * 1000;
    static constexpr std::int64_t most = 500;  // of one person, those that could not be sent included
    static constexpr Millis furthest = 366 * day;
    static constexpr Millis failed_stay = 30 * day;
    static constexpr std::int64_t most_at_once = 100;   // sent by one call of send_due()
    static constexpr std::int64_t most_attempts = 8;    // when the node cannot: over about half an hour
    static constexpr Millis first_pause = 15 * 1000;    // before the second attempt; then twice as long each
    static constexpr std::int64_t most_swept = 10'000;  // by one call of sweep()

    // All must outlive this object.
    ScheduledPosts(storage::Database& db, identity::Gate& gate, Posts& posts, const LiveSettings& settings)
        : db_(db), gate_(gate), posts_(posts), settings_(settings) {}

    // `post` says where, what and when; the rest is set here. Needs to be a member of the channel
    // with create_post, and upload_file when it has files, which must be the author's own, of this channel
    // and not yet sent.
    ScheduledPost add(const Actor& actor, ScheduledPost post, const std::string& connection_id);
    // Replaces text, props, files, priority and time. One that could not be sent is tried again.
    ScheduledPost change(const Actor& actor, const ScheduledPostId& id, ScheduledPost post,
                         const std::string& connection_id);
    ScheduledPost remove(const Actor& actor, const ScheduledPostId& id, const std::string& connection_id);
    // Of channels of this team; of those between people when the team is the empty id. Soonest first.
    std::vector<ScheduledPost> of(const UserId& user, const TeamId& team);

    // Sends what is due; how many were looked at. Run every second, on one thread. Nothing is sent while the
    // setting ScheduledPosts is off.
    std::size_t send_due();
    // Removes those that could not be sent long ago. Run every hour.
    std::size_t sweep();

private:
    void require_enabled() const;
    void check(storage::Tx& tx, const Actor& actor, const ScheduledPost& post);
    void check_files(storage::Tx& tx, const Actor& actor, const ScheduledPost& post);
    void send(const ScheduledPostId& id);
    void write(const Actor& author, const ScheduledPost& post);
    // Why the author may not post there now; "" when they may.
    std::string obstacle(const std::optional<Actor>& author, const ScheduledPost& post);
    // `seen`: update_at of what was tried; one that was changed meanwhile stays as it is.
    void fail(const ScheduledPostId& id, Millis seen, const std::string& error_code);
    void postpone(const ScheduledPost& post, const Error& why);

    storage::Database& db_;
    identity::Gate& gate_;
    Posts& posts_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
