// Routes of channels: public, private, between people; and lists of them.
#pragma once

namespace concordat::messaging {
class ChannelLists;
class Channels;
class DirectChannels;
}  // namespace concordat::messaging

namespace concordat::web {

class Router;
void add_channel_routes(Router& routes, messaging::Channels& channels, messaging::DirectChannels& direct);
void add_channel_list_routes(Router& routes, messaging::ChannelLists& lists);

}  // namespace concordat::web
