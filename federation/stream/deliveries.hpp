// Deliveries: how far what people here write in a shared channel or conversation has come, at each partner
// that gets it from here.
//
// It is read from what partners acknowledged and refused; nothing is written for a message. At the home these
// are all partners; elsewhere it is the home, which answers for passing it on.
//
// Thread-safe; calls block.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "core/model/ids.hpp"
#include "federation/trust/organisation.hpp"
#include "storage/database/database.hpp"

namespace concordat::federation {

inline constexpr std::int64_t most_refused_told = 100;  // of a partner, the newest of a channel

struct RefusedPost {
    PostId post_id;
    std::string reason;  // docs/federation-protocol.md
};
BOOST_DESCRIBE_STRUCT(RefusedPost, (), (post_id, reason))

struct PartnerDelivery {
    std::string name;                  // as people's names end here
    Millis upto = 0;                   // what was written up to then is on the partner's disk
    std::string reason;                // why it takes nothing of the conversation; "" when it does
    std::int64_t refusals = 0;         // events of the channel that it does not show
    std::vector<RefusedPost> refused;  // posts among these, of who asks
};
BOOST_DESCRIBE_STRUCT(PartnerDelivery, (), (name, upto, reason, refusals, refused))

struct ChannelDelivery {
    Millis since = 0;  // what was written before is not told
    std::vector<PartnerDelivery> partners;
};
BOOST_DESCRIBE_STRUCT(ChannelDelivery, (), (since, partners))

class Deliveries {
public:
    // Both must outlive this object.
    Deliveries(storage::Database& db, Organisation& own) : db_(db), own_(own) {}
    // Of a channel that is not shared: nobody. Without an author no posts are named.
    ChannelDelivery of_channel(const ChannelId& channel, const std::optional<UserId>& author = {});

private:
    PartnerDelivery to(storage::Tx& tx, const OrganisationId& partner, const ChannelId& channel,
                       const std::optional<UserId>& author);
    Millis upto(storage::Tx& tx, const ChannelId& channel, std::int64_t acknowledged);

    storage::Database& db_;
    Organisation& own_;
};

}  // namespace concordat::federation
