// Routes of who is in a channel, and of how far people have read.
#pragma once

namespace concordat::messaging {
class ChannelMembers;
class Reading;
}  // namespace concordat::messaging

namespace concordat::web {

class Router;
void add_channel_member_routes(Router& routes, messaging::ChannelMembers& members);
void add_reading_routes(Router& routes, messaging::Reading& reading);

}  // namespace concordat::web
