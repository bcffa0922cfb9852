// Threads: following them and how far each follower has read (collapsed replies).
//
// Thread-safe; calls block. Errors: app.thread... not_found, 400 for contradictory queries.
#pragma once
#include "core/config/live.hpp"
#include "core/model/facts.hpp"
#include "identity/access/gate.hpp"
#include "messaging/conversation/audience.hpp"
#include "messaging/conversation/post_pages.hpp"
#include "storage/tables/threads.hpp"

namespace concordat::messaging {

struct ThreadListOptions {
    storage::ThreadQuery query;
    bool totals_only = false, threads_only = false, extended = false;
};

class FollowedThreads {
public:
    FollowedThreads(storage::Database& db, identity::Gate& gate, PostPages& pages, Audience& audience)
        : db_(db), gate_(gate), pages_(pages), audience_(audience) {}

    // These two need view_team.
    Threads list(const Actor& reader, const ThreadListOptions& options);
    void mark_all_read(const Actor& reader, const UserId& user, const TeamId& team);
    // These need the right to read the channel. Throws not_found when the person does not follow it, or
    // nobody has replied.
    ThreadResponse get(const Actor& reader, const UserId& user, const PostId& thread, bool extended);
    void follow(const Actor& actor, const UserId& user, const TeamId& team, const PostId& thread,
                bool following);
    // Both also follow. Reading up to a moment leaves what came later unread, mentions included.
    ThreadResponse mark_read(const Actor& reader, const UserId& user, const TeamId& team,
                             const PostId& thread, Millis until);
    ThreadResponse set_unread(const Actor& reader, const UserId& user, const TeamId& team,
                              const PostId& thread, const PostId& post);

private:
    std::vector<ThreadResponse> shown(
        storage::Tx& tx, const Actor& reader,
        std::vector<std::pair<storage::ThreadRow, storage::ThreadMembership>> rows, bool extended);
    ThreadResponse view(const Actor& reader, const UserId& user, const TeamId& team, const PostId& thread,
                        Millis until);
    std::int64_t mentions_after(storage::Tx& tx, const storage::ThreadRow& thread, const UserId& user,
                                Millis time);
    Post root_of(storage::Tx& tx, const PostId& thread);

    storage::Database& db_;
    identity::Gate& gate_;
    PostPages& pages_;
    Audience& audience_;
};

}  // namespace concordat::messaging
