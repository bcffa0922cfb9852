// The ids that many routes have in their path. Each throws Error invalid for what is no id.
#pragma once
#include "web/http/call.hpp"

namespace concordat::web {

inline UserId user_of(const Call& call) {
    return call.id<UserId>("user_id");
}
inline TeamId team_of(const Call& call) {
    return call.id<TeamId>("team_id");
}
inline ChannelId channel_of(const Call& call) {
    return call.id<ChannelId>("channel_id");
}

}  // namespace concordat::web
