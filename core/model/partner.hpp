// Other organisations and the channels shared with them. Plain data.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

using OrganisationId = Id<struct OrganisationTag>;  // the beginning of its key's digest
using EventId = Id<struct EventTag>;                // of something that an organisation said

struct ShareMember {
    OrganisationId id;
    std::string display_name;
    std::string public_key;  // base64
};
BOOST_DESCRIBE_STRUCT(ShareMember, (), (id, display_name, public_key))

// A shared channel, as its home says it is.
struct ShareDetails {
    std::string name, display_name, header, purpose;
    std::string type;                  // O or P
    std::vector<ShareMember> members;  // every organisation that takes part, the home included
};
BOOST_DESCRIBE_STRUCT(ShareDetails, (), (name, display_name, header, purpose, type, members))

}  // namespace concordat
