// Barriers: which people may not talk to each other, as it stands now.
//
// From segments and barriers (core/model/barrier.hpp) it makes the rows of who stands on which side, which
// whatever brings people together asks in its own transaction (storage/tables/barriers.hpp), and a picture in
// memory of the channels that hold both sides: who is on a side of such a channel may read there and write
// nothing. So a message costs no SQL for barriers, and without any a look at a pointer.
//
// What is no message asks the rows that the picture is made of.
//
// The picture is made anew with each change of a rule before its call is answered, and, while a barrier is
// on, whenever a fact says that a person's attribute, group, role, team or partner changed, on the journal's
// thread: at once on this node, within 250 ms on others, and the time that making it takes. As long as it
// cannot be made, nobody writes messages.
//
// A refusal is written down, act "barrier". Thread-safe; calls block. Errors beside those of the database:
//   forbidden    barrier.read_only    the channel holds people that the actor may not talk to
//   forbidden    barrier.apart        somebody would meet people they may not talk to; thrown by rooms above
//   unavailable  barrier.unavailable  rules cannot be read now
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>
#include "core/base/error.hpp"
#include "core/model/actor.hpp"
#include "core/model/barrier.hpp"
#include "storage/journal/journal.hpp"

namespace concordat::storage {
class Tx;
}

namespace concordat::identity {

class Decisions;

inline constexpr const char* barrier_apart = "barrier.apart";

// Active people whom the segment means, bots of theirs included, in order.
std::vector<UserId> people_of(storage::Tx& tx, const Segment& segment);

// The same as Barriers::require_writable() where no picture is at hand: one look at the database. For
// whatever is put into a channel and is no message.
void require_writable(storage::Database& db, const Actor& actor, const ChannelId& channel);

// Writes down that people were kept apart: an Error with the id barrier_apart.
void record_apart(storage::Database& db, const Actor& actor, const Error& refusal);
// The same for somebody who is left out of a channel without refusing anything else.
void record_left_out(storage::Tx& tx, const ChannelId& channel, const UserId& user, const UserId& by);

// `act` brings people together in a transaction of its own. That it was refused because they are to be kept
// apart is written down, which the transaction that it undoes cannot do.
template <class Act>
auto walled(storage::Database& db, const Actor& actor, Act act) {
    try {
        return act();
    } catch (const Error& e) {  // told on, once it is written down
        if (e.id() == barrier_apart) record_apart(db, actor, e);
        throw;
    }
}

class Barriers : public storage::EventSink {
public:
    // Both must outlive this object.
    Barriers(storage::Database& db, Decisions& decisions) : db_(db), decisions_(decisions) {}

    // Makes rows and picture anew.
    void reload();
    // Before something is written into the channel, outside of transactions.
    void require_writable(const Actor& actor, const ChannelId& channel);

    struct Standing {
        std::size_t barriers = 0, people = 0, channels = 0;  // on; at one of them; that hold both sides
    };
    Standing standing();
    // Channels that hold both sides of this barrier now.
    std::vector<ChannelId> breached(const BarrierId& barrier);

    std::string name() const override { return "barriers"; }
    bool is_durable() const override { return false; }
    void take(const std::vector<storage::Fact>& facts) override;

private:
    using Numbers = std::vector<BarrierId>;
    struct Picture {
        bool has_barriers = false;  // that are on, whoever stands at them
        std::unordered_map<UserId, Numbers> people;
        std::unordered_map<ChannelId, Numbers> breached;
    };
    std::shared_ptr<const Picture> picture();
    void look_at(const std::vector<ChannelId>& channels);
    void forget();

    storage::Database& db_;
    Decisions& decisions_;
    std::mutex reloading_;  // one after the other, so that the newest stays
    std::mutex mutex_;      // guards picture_
    std::shared_ptr<const Picture> picture_;
};

}  // namespace concordat::identity
