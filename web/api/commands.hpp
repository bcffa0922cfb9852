// Routes of slash commands: kept, offered, run; and where programs answer later, /hooks/commands/ID of the
// site.
#pragma once

namespace concordat::messaging {
class CommandRunner;
class Commands;
}  // namespace concordat::messaging

namespace concordat::web {

class Router;
void add_command_routes(Router& routes, messaging::Commands& commands, messaging::CommandRunner& runner);

}  // namespace concordat::web
