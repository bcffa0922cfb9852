// The channel_bookmarks table: links and files above a channel.
#pragma once
#include <optional>
#include <vector>
#include "core/model/bookmark.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class BookmarkTable {
public:
    explicit BookmarkTable(Tx& tx) : tx_(tx) {}
    void insert(const Bookmark& bookmark);
    // Writes text, file, place and update_at.
    void update(const Bookmark& bookmark);
    // Its text goes; what is left says that it was there.
    void mark_deleted(const BookmarkId& id, Millis now);
    std::optional<Bookmark> find(const BookmarkId& id);
    // Those that are there, in their order.
    std::vector<Bookmark> of_channel(const ChannelId& channel);
    // Changed or removed since then, latest first.
    std::vector<Bookmark> since(const ChannelId& channel, Millis time, std::int64_t limit);

private:
    Bookmark row(const pqxx::row& row);
    Tx& tx_;
};

}  // namespace concordat::storage
