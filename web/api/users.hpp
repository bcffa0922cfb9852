// Routes of people: looked up, listed, searched, changed. Their pictures are in pictures.hpp.
#pragma once
#include <functional>
#include <string>
#include "core/model/ids.hpp"

namespace concordat {
class LiveSettings;
namespace identity {
class Accounts;
class People;
class Terms;
}  // namespace identity
namespace messaging {
class UserGroups;
}
}  // namespace concordat

namespace concordat::web {

class Router;

// One person: by id, name, address; changed, deactivated, given roles.
void add_user_routes(Router& routes, identity::People& people, identity::Terms& terms,
                     const LiveSettings& settings);
// Many people: lists, search, completion, counts.
void add_people_routes(Router& routes, identity::People& people, identity::Accounts& accounts,
                       messaging::UserGroups& groups);

// Tells those who have the channel open that somebody writes; `parent` is a thread's root, or empty.
using TypingTeller = std::function<void(const UserId& user, const ChannelId& channel, const PostId& parent)>;
void add_typing_route(Router& routes, TypingTeller tell);

}  // namespace concordat::web
