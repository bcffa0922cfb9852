#include "storage/tables/bookmarks.hpp"

#include <utility>

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct BookmarkDetails {
    std::string display_name;
    std::optional<std::string> link_url, image_url, emoji;
};
BOOST_DESCRIBE_STRUCT(BookmarkDetails, (), (display_name, link_url, image_url, emoji))

// Text of a channel, like its header: the same kind, under an id of its own.
std::string sealed_bookmark(Tx& tx, const Bookmark& b) {
    return tx.seal(Kind::channel_text, scopes::places, b.id.bytes(), 0,
                   json_text(BookmarkDetails{b.display_name, b.link_url, b.image_url, b.emoji}));
}

const std::string bookmark_columns =
    "select b.id, b.channel_id, b.owner_id, b.create_at, b.update_at, b.delete_at, b.sort_order, b.type, "
    "b.file_id, b.original_id, b.details from channel_bookmarks b ";

}  // namespace

Bookmark BookmarkTable::row(const pqxx::row& r) {
    Bookmark b;
    b.id = id_in<BookmarkId>(r[0]);
    b.channel_id = id_in<ChannelId>(r[1]);
    b.owner_id = id_in<UserId>(r[2]);
    b.create_at = int_in(r[3]);
    b.update_at = int_in(r[4]);
    b.delete_at = int_in(r[5]);
    b.sort_order = int_in(r[6]);
    b.type = text_in(r[7]);
    if (!r[8].is_null()) b.file_id = id_in<FileId>(r[8]);
    if (!r[9].is_null()) b.original_id = id_in<BookmarkId>(r[9]);
    if (b.delete_at > 0) return b;
    auto details = parse_json<BookmarkDetails>(
        tx_.open(Kind::channel_text, scopes::places, b.id.bytes(), 0, bytes_in(r[10])), "bookmark");
    b.display_name = std::move(details.display_name);
    b.link_url = std::move(details.link_url);
    b.image_url = std::move(details.image_url);
    b.emoji = std::move(details.emoji);
    return b;
}

void BookmarkTable::insert(const Bookmark& b) {
    tx_.exec(R"(
        insert into channel_bookmarks (id, channel_id, owner_id, create_at, update_at, sort_order, type, file_id, original_id, details)
        values ($1, $2, $3, $4, $5, $6, $7, $8::uuid, $9::uuid, $10))",
             b.id, b.channel_id, b.owner_id, b.create_at, b.update_at, b.sort_order, b.type,
             NullableId(b.file_id), NullableId(b.original_id.value_or(BookmarkId())),
             bytea(sealed_bookmark(tx_, b)));
}

void BookmarkTable::update(const Bookmark& b) {
    tx_.exec(
        "update channel_bookmarks set update_at = $2, sort_order = $3, file_id = $4::uuid, details = $5 "
        "where id = "
        "$1",
        b.id, b.update_at, b.sort_order, NullableId(b.file_id), bytea(sealed_bookmark(tx_, b)));
}

void BookmarkTable::mark_deleted(const BookmarkId& id, Millis now) {
    tx_.exec(
        "update channel_bookmarks set delete_at = $2, update_at = greatest(update_at + 1, $2), details = '' "
        "where "
        "id = $1",
        id, now);
}

std::optional<Bookmark> BookmarkTable::find(const BookmarkId& id) {
    const auto rows = tx_.exec(bookmark_columns + "where b.id = $1", id);
    if (rows.empty()) return std::nullopt;
    return row(rows[0]);
}

std::vector<Bookmark> BookmarkTable::of_channel(const ChannelId& channel) {
    return whole_rows(
        tx_.exec(bookmark_columns +
                     "where b.channel_id = $1 and b.delete_at = 0 order by b.sort_order, b.create_at, b.id",
                 channel),
        [&](const pqxx::row& r) { return row(r); });
}

std::vector<Bookmark> BookmarkTable::since(const ChannelId& channel, Millis time, std::int64_t limit) {
    return whole_rows(
        tx_.exec(bookmark_columns +
                     "where b.channel_id = $1 and b.update_at >= $2 order by b.update_at desc, b.id limit $3",
                 channel, time, limit),
        [&](const pqxx::row& r) { return row(r); });
}

}  // namespace concordat::storage
