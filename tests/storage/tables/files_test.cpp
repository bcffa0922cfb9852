#include "storage/tables/files.hpp"

#include "storage/tables/statuses.hpp"
#include "tests/storage/tables/tables_fixture.hpp"

namespace concordat::storage {
namespace {

class FileRows : public Rows {
protected:
    FileRow put(const UserId& owner, const ChannelId& where, Millis at = 100) {
        FileRow file;
        file.info.id = FileId::fresh(at);
        file.info.user_id = owner;
        file.info.channel_id = where;
        file.info.create_at = file.info.update_at = at;
        file.info.name = "secret-plan.png";
        file.info.extension = "png";
        file.info.mime_type = "image/png";
        file.info.size = 1234;
        file.info.width = 10;
        file.info.mini_preview = std::string("base64");
        file.blob = AnyId::fresh();
        file.thumbnail = AnyId::fresh();
        db.read([&](Tx& tx) { FileTable(tx).insert(file); });
        return file;
    }
    std::optional<FileRow> find(const FileId& id) {
        return db.read([&](Tx& tx) { return FileTable(tx).find(id); });
    }
    std::size_t attach(const std::vector<FileId>& ids, const PostId& post, const UserId& owner,
                       const ChannelId& where) {
        return db.read([&](Tx& tx) { return FileTable(tx).attach(ids, post, where, owner, 200); });
    }
};

TEST_F(FileRows, AFileComesBackAndItsNameIsSealed) {
    const auto put_in = put(anna, town);
    const auto file = *find(put_in.info.id);
    EXPECT_EQ(json_text(file.info), json_text(put_in.info));
    EXPECT_EQ(file.blob, put_in.blob);
    EXPECT_EQ(file.thumbnail, put_in.thumbnail);
    EXPECT_TRUE(file.preview.empty());
    EXPECT_EQ(base.number("select count(*) from files where position('secret'::bytea in details) > 0"), 0);
    EXPECT_FALSE(find(FileId::fresh()));
}

TEST_F(FileRows, OnlyFreeFilesOfTheOwnerAndChannelAreAttached) {
    const auto mine = put(anna, town).info.id, his = put(bert, town).info.id,
               elsewhere = put(anna, side).info.id, gone = put(anna, town).info.id;
    db.read([&](Tx& tx) { FileTable(tx).mark_deleted({gone}, 150); });
    const auto post = PostId::fresh();
    EXPECT_EQ(attach({mine, his, elsewhere, gone, FileId::fresh()}, post, anna, town), 1u);
    EXPECT_EQ(find(mine)->info.post_id, post);
    EXPECT_FALSE(find(his)->info.post_id.has_value());
    EXPECT_EQ(attach({mine}, PostId::fresh(), anna, town), 0u) << "it belongs to a post by now";
}

TEST_F(FileRows, WhatBelongsToAPostGoesAndComesWithIt) {
    const auto one = put(anna, town).info.id, other = put(anna, town).info.id;
    const auto post = PostId::fresh(), foreign = PostId::fresh();
    attach({one}, post, anna, town);
    attach({other}, foreign, anna, town);
    const auto shown = [&](bool with_deleted) {
        return db.read([&](Tx& tx) { return FileTable(tx).of_posts({post}, with_deleted); }).size();
    };
    db.read([&](Tx& tx) { FileTable(tx).mark_deleted_of_posts({post}, 300); });
    EXPECT_EQ(shown(false), 0u);
    EXPECT_EQ(shown(true), 1u);
    EXPECT_EQ(db.read([&](Tx& tx) {
        return FileTable(tx).reattach({one, other}, post, 400);
    }),
              1u)
        << "not another post's";
    EXPECT_EQ(shown(false), 1u);
    EXPECT_EQ(find(one)->info.delete_at, 0);
    EXPECT_FALSE(db.read([&](Tx& tx) { return FileTable(tx).remove_unattached(one); }));
    const auto loose = put(anna, town).info.id;
    EXPECT_TRUE(db.read([&](Tx& tx) { return FileTable(tx).remove_unattached(loose); }));
}

TEST_F(FileRows, DetailsMovedToAnotherFileDoNotOpen) {
    const auto one = put(anna, town).info.id, other = put(anna, town).info.id;
    db.read([&](Tx& tx) {
        tx.exec("update files set details = (select details from files where id = $1) where id = $2", one,
                other);
    });
    EXPECT_EQ(refusal([&] { find(other); }), "storage.sealed.damaged");
    EXPECT_TRUE(find(one));
}

class StatusRows : public Rows {};

TEST_F(StatusRows, TheLastSavedCountsAndStrangersAreLeftOut) {
    const auto save = [&](const std::vector<Status>& all) {
        db.read([&](Tx& tx) { StatusTable(tx).save(all); });
    };
    save({{anna, "online", false, 5, 0},
          {UserId::fresh(), "online", false, 5, 0},
          {bert, "dnd", true, 6, 600}});
    save({{anna, "away", true, 7, 0}});
    save({});
    const auto rows = db.read([&](Tx& tx) { return StatusTable(tx).find({anna, bert, UserId::fresh()}); });
    ASSERT_EQ(rows.size(), 2u);
    for (const auto& row : rows) {
        const bool is_anna = row.user_id == anna;
        EXPECT_EQ(row.status, is_anna ? "away" : "dnd");
        EXPECT_TRUE(row.manual);
        EXPECT_EQ(row.last_activity_at, is_anna ? 7 : 6);
        EXPECT_EQ(row.dnd_end_time, is_anna ? 0 : 600);
    }
}

}  // namespace
}  // namespace concordat::storage
