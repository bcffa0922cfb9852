// The tables segments, barriers, barrier_people, barrier_exceptions and barrier_breaches. What segments and
// barriers say is sealed; who stands on which side is not, like memberships of groups and channels.
#pragma once
#include <optional>
#include <vector>
#include "core/model/barrier.hpp"
#include "core/model/user.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// Somebody on one side of a barrier that is on.
struct BarrierPerson {
    UserId user_id;
    BarrierId barrier_id;
    bool is_second = false, hides = false;
    auto operator<=>(const BarrierPerson&) const = default;
};

// Two who may not meet, and the barrier between them.
struct Breach {
    BarrierId barrier_id;
    UserId user_id, other_id;
};

// A channel that holds people of both sides.
struct BarredChannel {
    ChannelId channel_id;
    std::string type;
    TeamId team_id;
    std::int64_t first_count = 0, second_count = 0;
    std::vector<UserId> first_ids, second_ids;  // some of them: at most 20 of each side
};
BOOST_DESCRIBE_STRUCT(BarredChannel, (),
                      (channel_id, type, team_id, first_count, second_count, first_ids, second_ids))

class BarrierTable {
public:
    explicit BarrierTable(Tx& tx) : tx_(tx) {}

    void insert(const Segment& segment);
    void insert(const Barrier& barrier);
    // False when it is gone.
    bool update(const Segment& segment);
    bool update(const Barrier& barrier);
    bool remove(const SegmentId& id);
    bool remove(const BarrierId& id);
    // By their age. One that cannot be read is an Error: none is left out.
    std::vector<Segment> segments();
    std::vector<Barrier> barriers();
    // Until the end of the transaction nobody else passes here: changes, and standing().
    void take_turns();

    // Who is meant by one term, active people only; `values` of an attribute are not asked here.
    std::vector<UserId> people_of(const SegmentTerm& term);
    std::vector<UserId> bots_of(const std::vector<UserId>& owners);
    std::vector<UserId> active_among(const std::vector<UserId>& users);

    std::vector<BarrierPerson> standing();
    void remove(const std::vector<BarrierPerson>& people);
    void insert(const std::vector<BarrierPerson>& people);
    void set_exceptions(const std::vector<std::pair<BarrierId, ChannelId>>& exceptions);

    // In the way of this person into the channel; until the end of the transaction nobody else who is at a
    // barrier enters it.
    std::optional<Breach> in_the_way(const ChannelId& channel, const UserId& user);
    // Between two of these people.
    std::optional<Breach> between(const std::vector<UserId>& users);
    // Those of them whom a barrier hides from this person.
    std::vector<UserId> hidden(const UserId& asking, const std::vector<UserId>& among);
    // The barrier for which this person may only read there, by what set_breached() last wrote.
    std::optional<BarrierId> read_only(const ChannelId& channel, const UserId& user);
    // Of all channels, or of those in `among`.
    void set_breached(const std::vector<std::pair<ChannelId, BarrierId>>& breached,
                      const std::vector<ChannelId>& among);
    // Live channels that hold both sides of a barrier that is on and counts there; of these channels only
    // when there are any.
    std::vector<std::pair<ChannelId, BarrierId>> breached(const std::vector<ChannelId>& among);
    // The same for two sets of people, with numbers; the first `limit`, those between people first.
    std::vector<BarredChannel> breached_by(const std::vector<UserId>& first,
                                           const std::vector<UserId>& second,
                                           const std::vector<ChannelId>& excepted, std::int64_t limit);
    std::int64_t count_breached_by(const std::vector<UserId>& first, const std::vector<UserId>& second,
                                   const std::vector<ChannelId>& excepted);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
