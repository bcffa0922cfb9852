// Routes of what is pinned above channels.
#pragma once

namespace concordat::messaging {
class Bookmarks;
}

namespace concordat::web {

class Router;
void add_bookmark_routes(Router& routes, messaging::Bookmarks& bookmarks);

}  // namespace concordat::web
