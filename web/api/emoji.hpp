// Routes of the emoji people add themselves.
#pragma once
#include "messaging/conversation/emoji.hpp"
#include "web/http/router.hpp"

namespace concordat::web {

// Both must outlive the router.
void add_emoji_routes(Router& routes, messaging::CustomEmoji& emoji);

}  // namespace concordat::web
