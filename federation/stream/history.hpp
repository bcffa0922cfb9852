// History: what was said in a channel before it was shared, for the partners whose policies let them have it.
//
// The home tells it in its own stream, a few threads at a time, the oldest first; so it is chained, sealed
// and passed on like everything else, and every partner has the same stream. From whom policy keeps it, the
// bodies are kept (Grant::history_from). A thread goes as a whole, by the time of its root: no reply is told
// whose root is not. Where it stands is written with what was told: it goes on there after a crash, and tells
// nothing twice.
//
// A message is told as it is when its turn comes. Until then nothing that happens to it is told, since its
// turn will show that; after it everything is (waits()).
//
// What is not told: messages of other organisations' people, which only their own streams vouch for; system
// messages; what was destroyed or cannot be read; what rules about content keep here, which is written down;
// and replies to any of these.
//
// next() and waits() on the publisher's thread.
#pragma once
#include <map>
#include <optional>
#include <vector>
#include "core/model/partner.hpp"
#include "core/model/post.hpp"
#include "federation/trust/organisation.hpp"
#include "federation/wire/event.hpp"
#include "identity/access/gate.hpp"
#include "storage/database/database.hpp"

namespace concordat::messaging {
class Screen;
}

namespace concordat::federation {

class History {
public:
    static constexpr std::size_t most_at_a_time = 64;        // messages
    static constexpr std::size_t bytes_at_a_time = 1 << 20;  // about, of texts

    // All must outlive this object.
    History(storage::Database& db, Organisation& own, identity::Gate& gate)
        : db_(db), own_(own), gate_(gate) {}
    // Is asked before anything leaves. It must outlive this object.
    void use_screen(messaging::Screen& screen) { screen_ = &screen; }

    // From which time on a partner that a channel is shared with now is told what was said.
    static Millis from(const PartnerPolicy& policy, Millis now);
    // A channel is shared with a partner, or again; in that transaction, with the share as it is now. Sees to
    // it that what the partner is to have is told.
    void want(storage::Tx& tx, const Share& share, const SharePartner& partner, bool is_share_new);

    // What is to be told next, oldest first, with roots before their replies.
    struct Step {
        ShareHistory before, after;
        struct Told {
            Post post;
            Millis root_at = 0;
            PostPast past;
        };
        std::vector<Told> told;
    };
    std::optional<Step> next();
    // Whether its turn to be told comes yet, of a post of this channel.
    static bool waits(storage::Tx& tx, const ShareHistory& history, const Post& post);

private:
    struct Walk;
    void screen(Step& step);

    storage::Database& db_;
    Organisation& own_;
    identity::Gate& gate_;
    messaging::Screen* screen_ = nullptr;
};

}  // namespace concordat::federation
