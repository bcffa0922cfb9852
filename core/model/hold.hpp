// Legal holds: what must not be destroyed, whatever the policies say. A matter has holds; a hold keeps what
// was said in some channels, and what some people wrote or could read, in a period.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

using MatterId = Id<struct MatterTag>;
using HoldId = Id<struct HoldTag>;

struct LegalMatter {
    MatterId id;
    std::string name, description;
    Millis create_at = 0, close_at = 0;
    UserId creator_id;          // empty: the operator at the machine
    std::int64_t in_force = 0;  // of its holds
};
BOOST_DESCRIBE_STRUCT(LegalMatter, (), (id, name, description, create_at, close_at, creator_id, in_force))

struct LegalHold {
    HoldId id;
    MatterId matter_id;
    std::string name;
    std::vector<UserId> user_ids;
    std::vector<ChannelId> channel_ids;
    Millis starts_at = 0, ends_at = 0;     // of messages, inclusive; 0: from the first, to the last
    bool include_public_channels = false;  // what the people could read there, too; not only what they wrote
    Millis create_at = 0;
    UserId creator_id;
    Millis release_asked_at = 0;
    UserId release_asked_by;
    Millis released_at = 0;
    UserId released_by;
    Millis frees_at = 0;  // when the release takes effect; 0: it is not released
    std::string state;    // active, release_asked, releasing, released
};
BOOST_DESCRIBE_STRUCT(LegalHold, (),
                      (id, matter_id, name, user_ids, channel_ids, starts_at, ends_at,
                       include_public_channels, create_at, creator_id, release_asked_at, release_asked_by,
                       released_at, released_by, frees_at, state))

// What a hold keeps now.
struct HoldPreview {
    std::int64_t posts = 0;
    std::int64_t deleted_posts = 0;  // of these
    std::int64_t files = 0, bytes_of_files = 0, channels = 0;
};
BOOST_DESCRIBE_STRUCT(HoldPreview, (), (posts, deleted_posts, files, bytes_of_files, channels))

}  // namespace concordat
