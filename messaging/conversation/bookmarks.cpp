#include "messaging/conversation/bookmarks.hpp"

#include <algorithm>
#include <utility>

#include "core/base/text.hpp"
#include "identity/barrier/barriers.hpp"
#include "messaging/conversation/names.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/bookmarks.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/files.hpp"

namespace concordat::messaging {
namespace {

void check_address(const std::optional<std::string>& url, const char* id) {
    if (!url || url->empty()) return;
    require(rune_count(*url) <= Bookmarks::longest_url &&
                (url->starts_with("https://") || url->starts_with("http://")),
            Fault::invalid, id,
            "The address must begin with https:// or http:// and have at most 1024 characters.");
}

void check_bookmark(const Bookmark& b) {
    require(b.type == "link" || b.type == "file", Fault::invalid,
            "model.channel_bookmark.is_valid.type.app_error", "A bookmark is a link or a file.");
    require(!b.display_name.empty() && rune_count(b.display_name) <= Bookmarks::longest_name, Fault::invalid,
            "model.channel_bookmark.is_valid.display_name.app_error",
            "A bookmark needs a name of at most 64 characters.");
    require(rune_count(b.emoji.value_or("")) <= Bookmarks::longest_name, Fault::invalid,
            "model.channel_bookmark.is_valid.emoji.app_error",
            "The name of an emoji has at most 64 characters.");
    check_address(b.link_url, "model.channel_bookmark.is_valid.link_url.app_error");
    check_address(b.image_url, "model.channel_bookmark.is_valid.image_url.app_error");
    const bool has_link = !b.link_url.value_or("").empty();
    require(b.type == "link" ? has_link && b.file_id.empty() : !has_link && !b.file_id.empty(),
            Fault::invalid, "model.channel_bookmark.is_valid.target.app_error",
            "A link needs an address and a file its id, and neither has both.");
}

void dress_bookmarks(storage::Tx& tx, std::vector<Bookmark>& bookmarks) {
    std::vector<FileId> ids;
    for (const auto& b : bookmarks)
        if (!b.file_id.empty() && b.delete_at == 0) ids.push_back(b.file_id);
    if (ids.empty()) return;
    for (const auto& row : storage::FileTable(tx).find(ids))
        for (auto& b : bookmarks)
            if (b.file_id == row.info.id && row.info.delete_at == 0) b.file = row.info;
}

Bookmark dressed_bookmark(storage::Tx& tx, Bookmark bookmark) {
    std::vector<Bookmark> one{std::move(bookmark)};
    dress_bookmarks(tx, one);
    return std::move(one[0]);
}

void take_file(storage::Tx& tx, const Bookmark& b, const UserId& owner) {
    require(storage::FileTable(tx).bookmark(b.file_id, id_as<AnyId>(b.id), b.channel_id, owner),
            Fault::invalid, "app.channel.bookmark.file.app_error",
            "The file does not exist, is not yours, or belongs to a post or another bookmark or channel.");
}

void apply_bookmark_patch(const BookmarkPatch& patch, Bookmark& b) {
    if (patch.file_id) b.file_id = *patch.file_id;
    if (patch.display_name) b.display_name = visible_text(trimmed(*patch.display_name));
    if (patch.link_url) b.link_url = *patch.link_url;
    if (patch.image_url) b.image_url = *patch.image_url;
    if (patch.emoji) b.emoji = *patch.emoji;
}

}  // namespace

void Bookmarks::require_may(const Actor& actor, Act act, const ChannelId& channel) {
    const auto place =
        found(gate_.place(channel), "app.channel.get.existing.app_error", "There is no such channel.");
    if (place.is_between_people()) {
        if (actor.is_guest || !gate_.is_member(actor.user_id, channel))
            throw lacks_permission("bookmarks between people");
    } else {
        static constexpr Permission in_public[] = {
            Permission::add_bookmark_public_channel, Permission::edit_bookmark_public_channel,
            Permission::delete_bookmark_public_channel, Permission::order_bookmark_public_channel};
        static constexpr Permission in_private[] = {
            Permission::add_bookmark_private_channel, Permission::edit_bookmark_private_channel,
            Permission::delete_bookmark_private_channel, Permission::order_bookmark_private_channel};
        const auto which = static_cast<std::size_t>(act);
        gate_.require_in_channel(actor, place.type == "O" ? in_public[which] : in_private[which], channel);
    }
    require(place.delete_at == 0, Fault::invalid, "api.channel.bookmark.deleted_channel.app_error",
            "This channel is archived.");
    identity::require_writable(db_, actor, channel);
}

Bookmark Bookmarks::existing(storage::Tx& tx, const ChannelId& channel, const BookmarkId& id) {
    // Changes of one channel's bookmarks take turns.
    found(storage::ChannelTable(tx).lock(channel), "app.channel.get.existing.app_error");
    auto bookmark = storage::BookmarkTable(tx).find(id);
    if (!bookmark || bookmark->channel_id != channel || bookmark->delete_at > 0)
        throw Error(Fault::not_found, "app.channel.bookmark.get.app_error", "There is no such bookmark.");
    return *std::move(bookmark);
}

std::vector<Bookmark> Bookmarks::of(const ChannelId& channel, Millis since) {
    return db_.read([&](storage::Tx& tx) {
        storage::BookmarkTable table(tx);
        auto all = since > 0 ? table.since(channel, since, most_since) : table.of_channel(channel);
        dress_bookmarks(tx, all);
        return all;
    });
}

Bookmark Bookmarks::add(const Actor& actor, const ChannelId& channel, const Bookmark& wanted,
                        const std::string& connection_id) {
    require_may(actor, Act::add, channel);
    Bookmark bookmark;
    bookmark.channel_id = channel;
    bookmark.owner_id = actor.user_id;
    bookmark.type = wanted.type;
    bookmark.file_id = wanted.file_id;
    apply_bookmark_patch({{}, wanted.display_name, {}, wanted.link_url, wanted.image_url, wanted.emoji},
                         bookmark);
    check_bookmark(bookmark);
    return db_.transact([&](storage::Tx& tx) {
        found(storage::ChannelTable(tx).lock(channel), "app.channel.get.existing.app_error");
        storage::BookmarkTable table(tx);
        const auto all = table.of_channel(channel);
        require(all.size() < most, Fault::invalid, "app.channel.bookmark.limit.app_error",
                "A channel can have at most 50 bookmarks.");
        auto made = bookmark;
        made.id = BookmarkId::fresh(tx.now());
        made.create_at = made.update_at = tx.now();
        made.sort_order = static_cast<std::int64_t>(all.size());
        table.insert(made);
        if (made.type == "file") take_file(tx, made, actor.user_id);
        made = dressed_bookmark(tx, std::move(made));
        tx.emit(BookmarkAdded{made, actor.user_id, connection_id});
        return made;
    });
}

BookmarkChange Bookmarks::change(const Actor& actor, const ChannelId& channel, const BookmarkId& id,
                                 const BookmarkPatch& patch, const std::string& connection_id) {
    require_may(actor, Act::edit, channel);
    if (patch.sort_order) require_may(actor, Act::order, channel);
    return db_.transact([&](storage::Tx& tx) {
        storage::BookmarkTable table(tx);
        storage::FileTable files(tx);
        const auto before = existing(tx, channel, id);
        auto after = before;
        apply_bookmark_patch(patch, after);
        check_bookmark(after);
        after.update_at = std::max(tx.now(), before.update_at + 1);
        BookmarkChange change;
        const bool is_own = before.owner_id == actor.user_id;
        if (is_own) {
            table.update(after);
        } else {
            after.id = BookmarkId::fresh(tx.now());
            after.owner_id = actor.user_id;
            after.original_id = before.id;
            after.create_at = after.update_at;
            table.insert(after);
            table.mark_deleted(before.id, after.update_at);
            change.deleted = before;
            change.deleted->delete_at = change.deleted->update_at = after.update_at;
        }
        if (after.file_id != before.file_id) {  // both are set: a link has none
            files.drop_bookmark(before.file_id, after.update_at);
            take_file(tx, after, actor.user_id);
        } else if (!after.file_id.empty() && !is_own) {
            files.move_bookmark(after.file_id, id_as<AnyId>(after.id));
        }
        if (patch.sort_order) {
            auto all = table.of_channel(channel);
            place_at(
                tx, all, after.id,
                std::clamp<std::int64_t>(*patch.sort_order, 0, static_cast<std::int64_t>(all.size()) - 1));
            after = *table.find(after.id);
            dress_bookmarks(tx, all);
            tx.emit(BookmarksSorted{channel, all, actor.user_id, connection_id});
        }
        change.updated = dressed_bookmark(tx, after);
        tx.emit(BookmarkChanged{channel, change, before, actor.user_id, connection_id});
        return change;
    });
}

Bookmark Bookmarks::remove(const Actor& actor, const ChannelId& channel, const BookmarkId& id,
                           const std::string& connection_id) {
    require_may(actor, Act::remove, channel);
    return db_.transact([&](storage::Tx& tx) {
        storage::BookmarkTable table(tx);
        auto bookmark = dressed_bookmark(tx, existing(tx, channel, id));
        const auto now = std::max(tx.now(), bookmark.update_at + 1);
        table.mark_deleted(id, now);
        if (!bookmark.file_id.empty()) storage::FileTable(tx).drop_bookmark(bookmark.file_id, now);
        auto rest = table.of_channel(channel);
        place_at(tx, rest, {}, 0);  // closes the gap
        bookmark.delete_at = bookmark.update_at = now;
        tx.emit(BookmarkRemoved{bookmark, actor.user_id, connection_id});
        return bookmark;
    });
}

std::vector<Bookmark> Bookmarks::move(const Actor& actor, const ChannelId& channel, const BookmarkId& id,
                                      std::int64_t place, const std::string& connection_id) {
    require_may(actor, Act::order, channel);
    return db_.transact([&](storage::Tx& tx) {
        existing(tx, channel, id);
        auto all = storage::BookmarkTable(tx).of_channel(channel);
        require(place >= 0 && place < static_cast<std::int64_t>(all.size()), Fault::invalid,
                "app.channel.bookmark.sort_order.app_error", "There is no such place among the bookmarks.");
        place_at(tx, all, id, place);
        dress_bookmarks(tx, all);
        tx.emit(BookmarksSorted{channel, all, actor.user_id, connection_id});
        return all;
    });
}

// Puts one of them there, if it is named, and numbers all; those whose number changes are written.
void Bookmarks::place_at(storage::Tx& tx, std::vector<Bookmark>& all, const BookmarkId& id,
                         std::int64_t place) {
    const auto at = std::ranges::find(all, id, &Bookmark::id);
    if (at != all.end()) {
        auto moved = std::move(*at);
        all.erase(at);
        all.insert(all.begin() + static_cast<std::ptrdiff_t>(place), std::move(moved));
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto& each = all[i];
        if (each.sort_order == static_cast<std::int64_t>(i)) continue;
        each.sort_order = static_cast<std::int64_t>(i);
        each.update_at = std::max(tx.now(), each.update_at + 1);
        storage::BookmarkTable(tx).update(each);
    }
}

}  // namespace concordat::messaging
