// What is pinned above a channel: links and files.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "core/model/facts.hpp"
#include "core/model/file_info.hpp"

namespace concordat {

using BookmarkId = Id<struct BookmarkTag>;

struct Bookmark {
    BookmarkId id;
    Millis create_at = 0;
    Millis update_at = 0;
    Millis delete_at = 0;
    ChannelId channel_id;
    UserId owner_id;
    FileId file_id;
    std::string display_name;
    std::int64_t sort_order = 0;  // from 0, without gaps among those that are there
    std::optional<std::string> link_url;
    std::optional<std::string> image_url;
    std::optional<std::string> emoji;
    std::string type;                       // link, file
    std::optional<BookmarkId> original_id;  // of the one that somebody else made and this one replaced
    std::optional<BookmarkId> parent_id;
    std::optional<FileInfo> file;
};
BOOST_DESCRIBE_STRUCT(Bookmark, (),
                      (id, create_at, update_at, delete_at, channel_id, owner_id, file_id, display_name,
                       sort_order, link_url, image_url, emoji, type, original_id, parent_id, file))

struct BookmarkPatch {
    std::optional<FileId> file_id;
    std::optional<std::string> display_name;
    std::optional<std::int64_t> sort_order;
    std::optional<std::string> link_url;
    std::optional<std::string> image_url;
    std::optional<std::string> emoji;
};
BOOST_DESCRIBE_STRUCT(BookmarkPatch, (), (file_id, display_name, sort_order, link_url, image_url, emoji))

// `deleted` is the one that was replaced.
struct BookmarkChange {
    std::optional<Bookmark> updated;
    std::optional<Bookmark> deleted;
};
BOOST_DESCRIBE_STRUCT(BookmarkChange, (), (updated, deleted))

// `connection_id` is the socket that did it and need not be told.
struct BookmarkAdded {
    Bookmark bookmark;
    UserId actor_id;
    std::string connection_id;
    CONCORDAT_FACT(BookmarkAdded, "bookmark_added", bookmark.channel_id.bytes(), bookmark, actor_id,
                   connection_id)
};
struct BookmarkChanged {
    ChannelId channel_id;
    BookmarkChange change;
    Bookmark previous;
    UserId actor_id;
    std::string connection_id;
    CONCORDAT_FACT(BookmarkChanged, "bookmark_changed", channel_id.bytes(), channel_id, change, previous,
                   actor_id, connection_id)
};
struct BookmarkRemoved {
    Bookmark bookmark;
    UserId actor_id;
    std::string connection_id;
    CONCORDAT_FACT(BookmarkRemoved, "bookmark_removed", bookmark.channel_id.bytes(), bookmark, actor_id,
                   connection_id)
};
// In their new order.
struct BookmarksSorted {
    ChannelId channel_id;
    std::vector<Bookmark> bookmarks;
    UserId actor_id;
    std::string connection_id;
    CONCORDAT_FACT(BookmarksSorted, "bookmarks_sorted", channel_id.bytes(), channel_id, bookmarks, actor_id,
                   connection_id)
};

}  // namespace concordat
