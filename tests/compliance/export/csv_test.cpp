#include "tests/compliance/export/exporting.hpp"

namespace concordat::compliance {
namespace {

constexpr const char* header =
    "Post Creation Time,Post Update Time,Post Update Type,Team Id,Team Name,Team Display Name,Channel "
    "Id,Channel "
    "Name,Channel Display Name,Channel Type,User Id,User Email,Username,Post Id,Edited By Post Id,Replied to "
    "Post "
    "Id,Post Message,Post Type,User Type,Previews Post Id";

using Rows = std::vector<std::vector<std::string>>;

// The rows of the only batch that are not about who was there, without the header.
Rows rows_of(Exporting& e, const Job& job, bool with_members = false) {
    const auto text = e.content(job.id).at("batch001/posts.csv");
    EXPECT_EQ(text.substr(0, text.find('\n')), header);
    auto rows = cells(text);
    rows.erase(rows.begin());
    for (const auto& row : rows) EXPECT_EQ(row.size(), 20u);
    if (!with_members)
        std::erase_if(rows, [](const auto& row) {
            return row[17] == "enter" || row[17] == "leave" || row[17] == "previously-joined";
        });
    return rows;
}

TEST(CsvExport, WhatWasSaidHasItsColumns) {
    Exporting e;
    e.run();  // the window after it begins later than the joining
    const auto post = e.say(e.alice, "a, \"b\"\nc");
    const auto job = e.run();
    EXPECT_EQ(job.status, "success");
    EXPECT_EQ(job.data.at("messages_exported"), "1");
    const auto rows = rows_of(e, job, true);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0][17], "previously-joined");
    EXPECT_LT(std::stoll(rows[0][0]), std::stoll(job.data.at("job_start_time")));
    EXPECT_EQ(rows[0][1], "0");
    EXPECT_EQ(rows[0][16], "User alice (alice@example.org) was already in the channel");
    const auto at = std::to_string(post.create_at);
    EXPECT_EQ(rows[2], (std::vector<std::string>{at,
                                                 at,
                                                 "",
                                                 e.team.id.text(),
                                                 e.team.name,
                                                 e.team.display_name,
                                                 e.room.id.text(),
                                                 "room",
                                                 "Channel room",
                                                 "public",
                                                 e.alice.id.text(),
                                                 "alice@example.org",
                                                 "alice",
                                                 post.id.text(),
                                                 "",
                                                 "",
                                                 "a, \"b\"\nc",
                                                 "message",
                                                 "user",
                                                 ""}));
}

TEST(CsvExport, WhoCameAndWentStandsBetweenTheMessages) {
    Exporting e;
    e.run();
    const auto carol = e.store.user("carol");
    e.store.add(carol, e.team);
    e.store.wait(10);
    e.members.add(e.store.actor(carol), e.room.id, {carol.id});
    e.say(e.alice, "hello");
    e.store.wait(10);
    e.members.remove(e.store.actor(carol), e.room.id, carol.id);
    const auto rows = rows_of(e, e.run(), true);
    std::vector<std::string> types;
    for (const auto& row : rows)
        if (row[12] == "carol" || row[17] == "message") types.push_back(row[17]);
    EXPECT_EQ(types, (std::vector<std::string>{"enter", "message", "leave"}));
}

TEST(CsvExport, AnEditShowsBothTexts) {
    Exporting e;
    const auto post = e.say(e.alice, "v1");
    const auto edited = e.edit(e.alice, post.id, "v2");
    const auto rows = rows_of(e, e.run());
    ASSERT_EQ(rows.size(), 2u);
    const auto& old = rows[0][2] == "EditedOriginalMsg" ? rows[0] : rows[1];
    const auto& fresh = rows[0][2] == "EditedOriginalMsg" ? rows[1] : rows[0];
    EXPECT_EQ(old[0], std::to_string(post.create_at));
    EXPECT_EQ(old[1], std::to_string(edited.edit_at));
    EXPECT_NE(old[13], post.id.text());
    EXPECT_EQ(old[14], post.id.text());
    EXPECT_EQ(old[16], "v1");
    EXPECT_EQ(fresh[0], std::to_string(post.create_at));
    EXPECT_EQ(fresh[1], std::to_string(edited.edit_at));
    EXPECT_EQ(fresh[2], "EditedNewMsg");
    EXPECT_EQ(fresh[13], post.id.text());
    EXPECT_EQ(fresh[16], "v2");
}

TEST(CsvExport, ADeletionShowsWhatWasDeleted) {
    Exporting e;
    const auto earlier = e.say(e.alice, "earlier");
    e.run();
    const auto post = e.say(e.alice, "in the window");
    e.remove(e.alice, post.id);
    e.remove(e.alice, earlier.id);
    const auto rows = rows_of(e, e.run());
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0][13], earlier.id.text());
    EXPECT_EQ(rows[0][2], "Deleted");
    EXPECT_EQ(rows[0][16], "delete earlier");
    std::vector<std::string> types{rows[1][2], rows[2][2]};
    std::ranges::sort(types);
    EXPECT_EQ(types, (std::vector<std::string>{"", "Deleted"}));
}

TEST(CsvExport, RepliesGoWithTheirRoot) {
    Exporting e;
    const auto root = e.say(e.alice, "root");
    const auto reply = e.say(e.bob, "reply", root.id);
    e.run();
    e.remove(e.alice, root.id);
    const auto rows = rows_of(e, e.run());
    ASSERT_EQ(rows.size(), 2u);
    for (const auto& row : rows) EXPECT_EQ(row[2], "Deleted");
    EXPECT_EQ(rows[1][13], reply.id.text());
    EXPECT_EQ(rows[1][15], root.id.text());
    EXPECT_EQ(rows[1][16], "delete reply");
}

TEST(CsvExport, AReactionTouchesItsPost) {
    Exporting e;
    const auto post = e.say(e.alice, "hello");
    e.run();
    e.react(e.bob, post);
    const auto rows = rows_of(e, e.run());
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0][2], "UpdatedNoMsgChange");
    EXPECT_EQ(rows[0][16], "hello");
}

// What happens after the window is not in it, also when the export comes late.
TEST(CsvExport, ATouchedPostIsTheOneOfThatTime) {
    Exporting e;
    const auto post = e.say(e.alice, "v1");
    e.run();
    e.react(e.bob, post);
    const auto job = e.ask();
    std::atomic<bool> at_once = true;
    EXPECT_TRUE(e.runner.run_next(at_once));  // the stretch is fixed, nothing is read yet
    EXPECT_EQ(e.now(job.id).status, "pending");
    e.edit(e.alice, post.id, "v2");
    EXPECT_TRUE(e.runner.run_next(e.is_stopping));
    const auto rows = rows_of(e, e.now(job.id));
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0][16], "v1");
    const auto later = rows_of(e, e.run());
    ASSERT_EQ(later.size(), 2u);
}

TEST(CsvExport, AFileThatComesAfterItsPostIsOneOfTheExportThatFollows) {
    Exporting e;
    const auto post = e.say(e.alice, "look");
    e.run();
    e.store.wait(10);
    messaging::SealedBlobs blobs(e.store.db, e.files);
    storage::FileRow row;
    row.info.id = FileId::fresh(e.store.now());
    row.info.user_id = e.alice.id;
    row.info.channel_id = e.room.id;
    row.info.name = "late.txt";
    row.info.size = 9;
    row.info.mime_type = "text/plain";
    row.blob = id_as<AnyId>(blobs.put(storage::Kind::file, e.room.id.bytes(), "the bytes"));
    EXPECT_TRUE(e.store.db.transact(
        [&](storage::Tx& tx) { return e.posts.show_files(tx, post.id, row, [](Post&) { return true; }); }));
    const auto job = e.run();
    const auto path = "batch001/files/" + post.id.text() + "/" + row.info.id.text() + "-late.txt";
    EXPECT_EQ(e.content(job.id).at(path), "the bytes");
}

TEST(CsvExport, FilesComeWithTheirBytes) {
    Exporting e;
    const auto file = e.upload(e.alice, "a.txt", "the bytes");
    const auto post = e.say_with_file(e.alice, "look", file);
    e.run();
    const auto rows = rows_of(e, e.run({{"job_start_time", "1"}, {"job_end_time", "99999999999999"}}));
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[1][17], "attachment");
    const auto path = "files/" + post.id.text() + "/" + file.text() + "-a.txt";
    EXPECT_EQ(rows[1][16], "a.txt (" + path + ")");
    e.remove(e.alice, post.id);
    const auto job = e.run({{"job_start_time", "1"}, {"job_end_time", "99999999999999"}});
    EXPECT_EQ(e.content(job.id).at("batch001/" + path), "the bytes");
    const auto after = rows_of(e, job);
    const auto gone =
        std::ranges::find_if(after, [](const auto& row) { return row[17] == "deleted attachment"; });
    ASSERT_NE(gone, after.end());
    EXPECT_EQ((*gone)[2], "FileDeleted");
    EXPECT_EQ((*gone)[16], "delete a.txt (" + path + ")");
}

TEST(CsvExport, PeopleAreCalledWhatTheyWereCalled) {
    Exporting e;
    e.say(e.alice, "before");
    e.store.wait(1000);
    e.alice.username = "alicia";
    e.alice.email = "alicia@example.org";
    e.alice.update_at = e.store.now();
    e.store.db.transact([&](storage::Tx& tx) { storage::UserTable(tx).update(e.alice); });
    e.store.wait(1000);
    e.say(e.alice, "after");
    const auto rows = rows_of(e, e.run());
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0][12], "alice");
    EXPECT_EQ(rows[0][11], "alice@example.org");
    EXPECT_EQ(rows[1][12], "alicia");
}

TEST(CsvExport, DirectMessagesHaveNoTeam) {
    Exporting e;
    const auto direct = e.store.direct(e.alice, e.bob);
    e.say(e.alice, direct, "psst");
    const auto rows = rows_of(e, e.run());
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0][3], "");
    EXPECT_EQ(rows[0][8], "Direct Message");
    EXPECT_EQ(rows[0][9], "direct");
}

TEST(CsvExport, OnlyTheChannelsAndCustodiansAskedFor) {
    Exporting e;
    const auto other = e.store.channel(e.team, "other");
    e.store.add(e.bob, other);
    e.say(e.alice, "in room");
    e.say(e.bob, other, "in other");
    auto rows = rows_of(e, e.run({{"channel_ids", other.id.text()}}));
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0][16], "in other");
    rows = rows_of(e, e.run({{"custodian_ids", e.alice.id.text()}}));
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0][16], "in room");
}

TEST(CsvExport, TheSummaryCounts) {
    Exporting e;
    e.say(e.alice, "hello");
    const auto text = e.content(e.run().id).at("batch001/metadata.json");
    const auto summary = json::parse(text).as_object();
    EXPECT_EQ(summary.at("MessagesCount").as_int64(), 1);
    const auto& channel = summary.at("Channels").as_object().at(e.room.id.text()).as_object();
    EXPECT_EQ(channel.at("ChannelType"), "O");
    EXPECT_EQ(channel.at("RoomId").as_string(), "public - " + e.room.id.text());
    EXPECT_NE(text.find("\n      \"TeamId\": "), text.npos);
}

}  // namespace
}  // namespace concordat::compliance
