// Routes of uploads: one file in several requests.
#pragma once
#include "core/config/live.hpp"
#include "messaging/conversation/uploads.hpp"
#include "web/http/router.hpp"

namespace concordat::web {

// All must outlive the router.
void add_upload_routes(Router& routes, messaging::Uploads& uploads, const LiveSettings& settings);

}  // namespace concordat::web
