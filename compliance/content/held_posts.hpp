// Held posts: messages that a rule about content keeps until an officer has decided.
//
// How they come here: messaging/screening/screen.hpp. Until it is decided a held message is in no channel, no
// search, no export and no partner's node: it is a sealed row, which its author knows of and officers can
// read. Released, it becomes a message of its author, written now: it has the time of its release, so that
// nobody has read past it, and whatever counts then counts (membership, permissions, barriers, the thread is
// still there); rules about content are not asked again. What cannot be written stays held. Refused, or not
// decided within `Screen::held_for`, its text is gone, and the row says so.
//
// Who may: as for content rules (content_rules.hpp), and not the author. Reading the text is written down,
// and so is each decision, act "content".
//
// Thread-safe; calls block. Errors beside those of the database, of officer.hpp and of Posts::create():
//   not_found  content.held.not_found
//   conflict   content.held.decided     somebody else, or time, has decided it
//   forbidden  content.held.own         nobody decides about a message of their own
//   conflict   content.held.author      its author may not write there any more
#pragma once
#include <atomic>
#include <optional>
#include <string>
#include <vector>
#include "compliance/export/officer.hpp"
#include "core/model/content_rule.hpp"
#include "core/model/post.hpp"

namespace concordat::identity {
class Gate;
}
namespace concordat::messaging {
class Posts;
}

namespace concordat::compliance {

struct HeldText {
    HeldPost held;
    std::optional<Post> post;  // as it was to be written; gone once it is decided
};
BOOST_DESCRIBE_STRUCT(HeldText, (), (held, post))

// For an officer, and for metrics.
struct HeldCount {
    std::int64_t waiting = 0;
    std::int64_t oldest_seconds = 0;
};
BOOST_DESCRIBE_STRUCT(HeldCount, (), (waiting, oldest_seconds))

class HeldPosts {
public:
    static constexpr std::int64_t most_swept = 1000;

    // All must outlive this object.
    HeldPosts(storage::Database& db, identity::Gate& gate, messaging::Posts& posts,
              identity::Decisions& decisions, const LiveSettings& settings);

    // Oldest first; of every state when it is empty.
    std::vector<HeldPost> list(const Request& request, const std::string& state, std::int64_t offset,
                               std::int64_t limit);
    HeldText get(const Request& request, const HeldPostId& id);
    HeldPost release(const Request& request, const HeldPostId& id);
    HeldPost refuse(const Request& request, const HeldPostId& id);
    HeldCount count(const Request& request);
    // Those of the actor that wait.
    std::vector<HeldPost> own(const Actor& actor, std::int64_t offset, std::int64_t limit);

    // Ends those that nobody has decided in time; how many. Run every minute.
    std::size_t sweep();
    // As of the last sweep, for metrics: asks no database.
    HeldCount last_count() const { return {waiting_, oldest_seconds_}; }

private:
    HeldCount count_now();
    HeldPost open_one(storage::Tx& tx, const HeldPostId& id);
    void require_not_own(const Request& request, const HeldPost& held);

    storage::Database& db_;
    identity::Gate& gate_;
    messaging::Posts& posts_;
    Officer officer_;
    identity::Decisions& decisions_;
    std::atomic<std::int64_t> waiting_ = 0, oldest_seconds_ = 0;
};

}  // namespace concordat::compliance
