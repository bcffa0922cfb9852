#include "web/api/bookmarks.hpp"

#include <cstdint>
#include <string>

#include "core/base/json.hpp"
#include "messaging/conversation/bookmarks.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {

void add_bookmark_routes(Router& routes, messaging::Bookmarks& bookmarks) {
    auto connection = [](const Call& call) { return std::string(call.head.headers.get("Connection-Id")); };
    auto channel_of = [](const Call& call) { return call.id<ChannelId>("channel_id"); };
    auto id_of = [](const Call& call) { return call.id<BookmarkId>("bookmark_id"); };
    const auto rule = [] { return checked_inside("bookmark permissions by the type of the channel"); };
    routes.get("/channels/{channel_id}/bookmarks", on_channel(Permission::read_channel_content, "channel_id"),
               [&bookmarks, channel_of](Call& call) {
                   return bookmarks.of(channel_of(call), number_in(call, "bookmarks_since", 0));
               });
    routes.post(
        "/channels/{channel_id}/bookmarks", rule(),
        [&bookmarks, connection, channel_of](Call& call, Bookmark wanted) {
            return Created<Bookmark>{bookmarks.add(call.actor, channel_of(call), wanted, connection(call))};
        });
    routes.patch("/channels/{channel_id}/bookmarks/{bookmark_id}", rule(),
                 [&bookmarks, connection, channel_of, id_of](Call& call, BookmarkPatch patch) {
                     return bookmarks.change(call.actor, channel_of(call), id_of(call), patch,
                                             connection(call));
                 });
    routes.del("/channels/{channel_id}/bookmarks/{bookmark_id}", rule(),
               [&bookmarks, connection, channel_of, id_of](Call& call) {
                   return bookmarks.remove(call.actor, channel_of(call), id_of(call), connection(call));
               });
    routes.post("/channels/{channel_id}/bookmarks/{bookmark_id}/sort_order", rule(),
                [&bookmarks, connection, channel_of, id_of](Call& call, std::int64_t place) {
                    return bookmarks.move(call.actor, channel_of(call), id_of(call), place, connection(call));
                });
}

}  // namespace concordat::web
