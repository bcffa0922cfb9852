// Routes of bots, below /bots, and the two that make a bot of a person and a person of a bot.
#pragma once

namespace concordat::identity {
class Bots;
class Accounts;
}  // namespace concordat::identity

namespace concordat::web {

class Router;
void add_bot_routes(Router& routes, identity::Bots& bots, identity::Accounts& accounts);

}  // namespace concordat::web
