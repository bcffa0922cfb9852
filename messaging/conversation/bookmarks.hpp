// Bookmarks: links and files that are shown above a channel, in an order of its members' choice.
//
// Thread-safe; calls block, one transaction each. What the actor may do depends on the kind of channel: in
// teams on the permissions for bookmarks of public or private channels; between people every member may, but
// no guest. Nothing changes in an archived channel.
//
// A file belongs to its bookmark alone: whoever reads the channel may open it, and no post can have it. When
// the bookmark goes, so does the file.
//
// `connection_id` is the socket that acts, which need not be told.
//
// Errors: app.channel.get.existing.app_error, app.channel.bookmark.get.app_error (not_found);
// model.channel_bookmark.is_valid.*, app.channel.bookmark.limit.app_error,
// app.channel.bookmark.file.app_error, app.channel.bookmark.sort_order.app_error,
// api.channel.bookmark.deleted_channel.app_error (invalid); lacks_permission().
#pragma once
#include <string>
#include <vector>
#include "core/model/bookmark.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::messaging {

class Bookmarks {
public:
    static constexpr std::size_t most = 50;          // in one channel
    static constexpr std::size_t longest_name = 64;  // runes; of an emoji's name, too
    static constexpr std::size_t longest_url = 1024;
    static constexpr std::int64_t most_since = 1000;

    // Both must outlive this object.
    Bookmarks(storage::Database& db, identity::Gate& gate) : db_(db), gate_(gate) {}

    // In their order. With `since` (> 0) what was changed or removed from then on, latest first; what was
    // removed has delete_at and no text. Reading the channel is the route's rule.
    std::vector<Bookmark> of(const ChannelId& channel, Millis since);
    // Becomes the last one.
    Bookmark add(const Actor& actor, const ChannelId& channel, const Bookmark& wanted,
                 const std::string& connection_id);
    // Changes what is present; a place beyond the last is the last. Another's bookmark is replaced by one of
    // the actor's own in its place.
    BookmarkChange change(const Actor& actor, const ChannelId& channel, const BookmarkId& id,
                          const BookmarkPatch& patch, const std::string& connection_id);
    Bookmark remove(const Actor& actor, const ChannelId& channel, const BookmarkId& id,
                    const std::string& connection_id);
    // Moves it to this place, from 0; all of them come back in their new order.
    std::vector<Bookmark> move(const Actor& actor, const ChannelId& channel, const BookmarkId& id,
                               std::int64_t place, const std::string& connection_id);

private:
    enum class Act { add, edit, remove, order };
    void require_may(const Actor& actor, Act act, const ChannelId& channel);
    Bookmark existing(storage::Tx& tx, const ChannelId& channel, const BookmarkId& id);
    void place_at(storage::Tx& tx, std::vector<Bookmark>& all, const BookmarkId& id, std::int64_t place);

    storage::Database& db_;
    identity::Gate& gate_;
};

}  // namespace concordat::messaging
