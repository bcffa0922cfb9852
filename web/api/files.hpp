// Routes of files: sending them, getting them, public links, search by name.
#pragma once
#include "core/config/live.hpp"
#include "messaging/conversation/files.hpp"
#include "web/http/router.hpp"

namespace concordat::web {

// All must outlive the router.
void add_file_routes(Router& routes, messaging::Files& files, const LiveSettings& settings);

}  // namespace concordat::web
