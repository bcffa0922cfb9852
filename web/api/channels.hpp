// Routes of channels: public, private, between people; and lists of them.
#pragma once

namespace concordat {
class LiveSettings;
}

namespace concordat::messaging {
class ChannelLists;
class Channels;
class DirectChannels;
class UserGroups;
}  // namespace concordat::messaging

namespace concordat::web {

class Router;
// `groups`: whether they constrain a channel.
void add_channel_routes(Router& routes, messaging::Channels& channels, messaging::DirectChannels& direct,
                        messaging::UserGroups& groups);
void add_channel_list_routes(Router& routes, messaging::ChannelLists& lists, const LiveSettings& settings);

}  // namespace concordat::web
