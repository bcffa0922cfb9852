// Routes of statuses: online, away, do not disturb, offline; and what people write about themselves.
#pragma once

namespace concordat {
namespace identity {
class Accounts;
class CustomStatuses;
}  // namespace identity
namespace messaging {
class Statuses;
}
}  // namespace concordat

namespace concordat::web {

class Router;
void add_status_routes(Router& routes, messaging::Statuses& statuses, identity::Accounts& accounts);
void add_custom_status_routes(Router& routes, identity::CustomStatuses& statuses);

}  // namespace concordat::web
