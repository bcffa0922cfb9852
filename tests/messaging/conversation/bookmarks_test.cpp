#include "messaging/conversation/bookmarks.hpp"

#include "messaging/conversation/channels.hpp"
#include "storage/database/database.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::messaging {
namespace {

struct Shelf : Talk {
    using Talk::Talk;
    Bookmarks bookmarks{store.db, store.gate};
    Channels channels{store.db, store.gate, store.settings};

    static Bookmark link(const std::string& name) {
        Bookmark bookmark;
        bookmark.type = "link";
        bookmark.display_name = name;
        bookmark.link_url = "https://example.org/" + name;
        return bookmark;
    }
    using Talk::put;
    Bookmark put(const User& who, const Bookmark& bookmark) {
        store.wait(10);
        return bookmarks.add(store.actor(who), room.id, bookmark, "socket");
    }
    Bookmark put(const User& who, const std::string& name) { return put(who, link(name)); }
    std::string names() {
        std::string out;
        std::int64_t place = 0;
        for (const auto& bookmark : bookmarks.of(room.id, 0)) {
            EXPECT_EQ(bookmark.sort_order, place++);
            out += (out.empty() ? "" : " ") + bookmark.display_name;
        }
        return out;
    }
};

TEST(Bookmarks, AreListedInTheirOrderAndSealed) {
    Shelf t;
    const auto first = t.put(t.alice, "first");
    t.put(t.bob, "second");
    const auto third = t.put(t.alice, "third");
    EXPECT_EQ(t.names(), "first second third");
    const auto moved = t.bookmarks.move(t.store.actor(t.bob), t.room.id, third.id, 0, "");
    ASSERT_EQ(moved.size(), 3u);
    EXPECT_EQ(t.names(), "third first second");
    t.bookmarks.remove(t.store.actor(t.bob), t.room.id, first.id, "");
    EXPECT_EQ(t.names(), "third second");
    EXPECT_EQ(refusal([&] { t.bookmarks.move(t.store.actor(t.bob), t.room.id, third.id, 2, ""); }),
              "app.channel.bookmark.sort_order.app_error");
    EXPECT_EQ(refusal([&] { t.bookmarks.remove(t.store.actor(t.bob), t.room.id, first.id, ""); }),
              "app.channel.bookmark.get.app_error");
    EXPECT_EQ(
        t.number("select count(*) from channel_bookmarks where position('third'::bytea in details) > 0"), 0);
    const auto facts = t.store.facts<BookmarkAdded>();
    ASSERT_EQ(facts.size(), 3u);
    EXPECT_EQ(facts[0].connection_id, "socket");
    EXPECT_EQ(facts[1].actor_id, t.bob.id);
    EXPECT_EQ(t.store.facts<BookmarksSorted>().size(), 1u);
    EXPECT_EQ(t.store.facts<BookmarkRemoved>().size(), 1u);
}

TEST(Bookmarks, WhoAsksForChangesHearsOfRemovalsWithoutTheirText) {
    Shelf t;
    const auto first = t.put(t.alice, "first");
    const auto second = t.put(t.alice, "second");
    t.store.wait(1000);
    const auto since = t.store.now();
    EXPECT_TRUE(t.bookmarks.of(t.room.id, since).empty());
    t.bookmarks.remove(t.store.actor(t.alice), t.room.id, second.id, "");
    const auto changed = t.bookmarks.of(t.room.id, since);
    ASSERT_EQ(changed.size(), 1u);
    EXPECT_EQ(changed[0].id, second.id);
    EXPECT_GT(changed[0].delete_at, 0);
    EXPECT_EQ(changed[0].display_name, "");
}

TEST(Bookmarks, OnesOwnIsChangedAndAnothersIsReplaced) {
    Shelf t;
    const auto mine = t.put(t.alice, "mine");
    t.put(t.alice, "other");
    t.store.wait(10);
    BookmarkPatch patch;
    patch.display_name = "better";
    auto change = t.bookmarks.change(t.store.actor(t.alice), t.room.id, mine.id, patch, "");
    EXPECT_EQ(change.updated->id, mine.id);
    EXPECT_FALSE(change.deleted);
    EXPECT_EQ(change.updated->link_url, mine.link_url);
    patch.display_name = "best";
    change = t.bookmarks.change(t.store.actor(t.bob), t.room.id, mine.id, patch, "");
    EXPECT_NE(change.updated->id, mine.id);
    EXPECT_EQ(change.updated->original_id, mine.id);
    EXPECT_EQ(change.updated->owner_id, t.bob.id);
    EXPECT_EQ(change.deleted->id, mine.id);
    EXPECT_EQ(t.names(), "best other");
    patch = {};
    patch.sort_order = 7;
    EXPECT_EQ(t.bookmarks.change(t.store.actor(t.bob), t.room.id, change.updated->id, patch, "")
                  .updated->sort_order,
              1);
    EXPECT_EQ(t.names(), "other best");
}

TEST(Bookmarks, AreRefusedWithAReason) {
    Shelf t;
    const auto refused = [&](auto edit) {
        auto bookmark = Shelf::link("fine");
        edit(bookmark);
        return refusal([&] { t.put(t.alice, bookmark); });
    };
    EXPECT_EQ(refused([](Bookmark& b) { b.type = "board"; }),
              "model.channel_bookmark.is_valid.type.app_error");
    EXPECT_EQ(refused([](Bookmark& b) { b.display_name = " "; }),
              "model.channel_bookmark.is_valid.display_name.app_error");
    EXPECT_EQ(refused([](Bookmark& b) { b.display_name = std::string(65, 'x'); }),
              "model.channel_bookmark.is_valid.display_name.app_error");
    EXPECT_EQ(refused([](Bookmark& b) { b.link_url = "javascript:alert(1)"; }),
              "model.channel_bookmark.is_valid.link_url.app_error");
    EXPECT_EQ(refused([](Bookmark& b) { b.link_url = "https://" + std::string(1020, 'x'); }),
              "model.channel_bookmark.is_valid.link_url.app_error");
    EXPECT_EQ(refused([](Bookmark& b) { b.image_url = "file:///etc/passwd"; }),
              "model.channel_bookmark.is_valid.image_url.app_error");
    EXPECT_EQ(refused([](Bookmark& b) { b.link_url.reset(); }),
              "model.channel_bookmark.is_valid.target.app_error");
    EXPECT_EQ(refused([](Bookmark& b) { b.file_id = FileId::fresh(); }),
              "model.channel_bookmark.is_valid.target.app_error");
    EXPECT_EQ(t.names(), "");
    for (std::size_t i = 0; i < Bookmarks::most; ++i) t.put(t.alice, std::to_string(i));
    EXPECT_EQ(refused([](Bookmark&) {}), "app.channel.bookmark.limit.app_error");
}

TEST(Bookmarks, StrangersAndGuestsMayNot) {
    Shelf t;
    const auto mine = t.put(t.alice, "mine");
    const auto carol = t.store.user("carol");
    t.store.add(carol, t.team);
    EXPECT_EQ(refusal([&] { t.put(carol, "stranger"); }), "api.context.permissions.app_error");
    auto guest = t.store.guest("guest");
    t.store.add(guest, t.room);
    EXPECT_EQ(refusal([&] { t.put(guest, "guest"); }), "api.context.permissions.app_error");
    EXPECT_EQ(refusal([&] { t.bookmarks.remove(t.store.actor(guest), t.room.id, mine.id, ""); }),
              "api.context.permissions.app_error");
    const auto between = t.store.direct(t.alice, guest);
    EXPECT_EQ(refusal([&] { t.bookmarks.add(t.store.actor(guest), between.id, Shelf::link("guest"), ""); }),
              "api.context.permissions.app_error");
    EXPECT_EQ(t.bookmarks.add(t.store.actor(t.alice), between.id, Shelf::link("member"), "").display_name,
              "member");
    t.channels.remove(t.store.actor(t.store.admin()), t.room.id);
    EXPECT_EQ(refusal([&] { t.put(t.alice, "late"); }), "api.channel.bookmark.deleted_channel.app_error");
}

TEST(Bookmarks, AFileBelongsToItsBookmarkAlone) {
    Shelf t;
    Bookmark wanted;
    wanted.type = "file";
    wanted.display_name = "plan";
    wanted.file_id = t.file(t.bob, t.room);
    EXPECT_EQ(refusal([&] { t.put(t.alice, wanted); }), "app.channel.bookmark.file.app_error");
    wanted.file_id = t.file(t.alice, t.room);
    const auto mine = t.put(t.alice, wanted);
    ASSERT_TRUE(mine.file);
    EXPECT_EQ(mine.file->name, "plan.pdf");
    EXPECT_EQ(refusal([&] { t.put(t.alice, wanted); }), "app.channel.bookmark.file.app_error");
    auto post = Talk::draft(t.room, "the same file");
    post.file_ids = {wanted.file_id};
    EXPECT_EQ(refusal([&] { t.put(t.alice, post); }), "api.post.create_post.attach_files.error");
    // Another's change takes the file along; a new one takes its place.
    BookmarkPatch patch;
    patch.display_name = "his";
    const auto his = *t.bookmarks.change(t.store.actor(t.bob), t.room.id, mine.id, patch, "").updated;
    EXPECT_EQ(his.file_id, wanted.file_id);
    patch.file_id = t.file(t.bob, t.room);
    t.bookmarks.change(t.store.actor(t.bob), t.room.id, his.id, patch, "");
    EXPECT_EQ(t.number("select count(*) from files where bookmark_id is not null"), 1);
    EXPECT_EQ(t.number("select count(*) from files where delete_at > 0 and bookmark_id is null"), 1);
    t.bookmarks.remove(t.store.actor(t.bob), t.room.id, his.id, "");
    EXPECT_EQ(t.number("select count(*) from files where bookmark_id is not null"), 0);
    EXPECT_EQ(t.number("select count(*) from files where delete_at > 0"), 2);
}

}  // namespace
}  // namespace concordat::messaging
