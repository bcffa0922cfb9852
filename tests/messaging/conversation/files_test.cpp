#include <filesystem>
#include <fstream>

#include "core/model/facts.hpp"
#include "storage/tables/channels.hpp"
#include "tests/messaging/conversation/file_fixture.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* no_permission = "api.context.permissions.app_error";
constexpr const char* no_such_file = "app.file_info.get.app_error";

class FilesTest : public FileFixture {};

TEST_F(FilesTest, AFileComesBackAsItWasSentAndIsAFact) {
    const std::string bytes(200'000, 'x');
    const auto file = add(alice, "Report.TXT", bytes);
    EXPECT_EQ(file.name, "Report.TXT");
    EXPECT_EQ(file.extension, "txt");
    EXPECT_EQ(file.mime_type, "text/plain");
    EXPECT_EQ(file.size, 200'000);
    EXPECT_EQ(file.user_id, alice.id);
    EXPECT_EQ(file.channel_id, room.id);
    EXPECT_FALSE(file.has_preview_image);
    EXPECT_EQ(content(alice, file.id), bytes);
    ASSERT_EQ(store.facts<FileAdded>().size(), 1u);
    EXPECT_EQ(store.facts<FileAdded>()[0].file.id, file.id);
}

TEST_F(FilesTest, NothingIsLegibleWhereItIsKept) {
    const std::string secret = "a sentence that nobody may find on the disk";
    add(alice, "the name nobody may find.txt", secret);
    std::string all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(store.directory.path("files"))) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        all += entry.path().string() + std::string(std::istreambuf_iterator<char>(in), {});
    }
    EXPECT_GT(all.size(), secret.size());
    EXPECT_EQ(all.find("sentence"), all.npos);
    EXPECT_EQ(all.find("nobody"), all.npos);
}

TEST_F(FilesTest, BeforeItIsAttachedOnlyItsUploaderSeesAFile) {
    const auto file = add(alice, "draft.txt", "not yet");
    EXPECT_EQ(content(alice, file.id), "not yet");
    EXPECT_EQ(refusal([&] { files.info(store.actor(bob), file.id); }), no_permission);
    EXPECT_EQ(refusal([&] { files.body(store.actor(bob), file.id, FileView::original); }), no_permission);
    EXPECT_EQ(refusal([&] { files.info(store.actor(store.admin()), file.id); }), no_permission);
}

TEST_F(FilesTest, AnAttachedFileIsForWhoeverMayReadTheChannel) {
    const auto file = add(alice, "plan.txt", "for the room");
    const auto post = attach(file);
    EXPECT_EQ(content(bob, file.id), "for the room");
    EXPECT_EQ(files.info(store.actor(bob), file.id).post_id, post);
    EXPECT_EQ(refusal([&] { files.info(store.actor(carol), file.id); }), no_permission);
    EXPECT_EQ(refusal([&] { files.body(store.actor(carol), file.id, FileView::original); }), no_permission);
}

TEST_F(FilesTest, ADeletedOrUnknownFileIsNotFound) {
    const auto file = add(alice, "gone.txt", "x");
    store.db.transact([&](storage::Tx& tx) { storage::FileTable(tx).mark_deleted({file.id}, tx.now()); });
    EXPECT_EQ(refusal([&] { files.info(store.actor(alice), file.id); }), no_such_file);
    EXPECT_EQ(refusal([&] { files.info(store.actor(alice), FileId::fresh()); }), no_such_file);
}

TEST_F(FilesTest, NobodyAddsFilesToAChannelWithoutPermission) {
    EXPECT_EQ(refusal([&] { files.receive(store.actor(carol), room.id, "x.txt"); }), no_permission);
    EXPECT_EQ(refusal([&] { files.receive(store.actor(alice), ChannelId::fresh(), "x.txt"); }),
              no_permission);
}

TEST_F(FilesTest, AFileThatIsTooLargeLeavesNothing) {
    {
        const auto file = files.receive(store.actor(alice), room.id, "big.bin");
        file->write(std::string(1 << 20, 'x'));
        EXPECT_EQ(refusal([&] { file->write("x"); }), "api.file.upload_file.too_large_detailed.app_error");
    }
    EXPECT_EQ(refusal([&] { files.require_may_add(store.actor(alice), room.id, (1 << 20) + 1); }),
              "api.file.upload_file.too_large_detailed.app_error");
    EXPECT_EQ(blob_count(), 0u);
    EXPECT_TRUE(std::filesystem::is_empty(store.directory.path("files/temporary")));
}

TEST_F(FilesTest, AFileThatIsNotTakenLeavesNothingEvenWhenFinished) {
    {
        const auto file = files.receive(store.actor(alice), room.id, "left.bin");
        file->write("x");
        file->finish();
        EXPECT_EQ(blob_count(), 1u);
    }
    EXPECT_EQ(blob_count(), 0u);
}

TEST_F(FilesTest, AnEmptyFileIsAFile) {
    const auto file = add(alice, "empty.txt", "");
    EXPECT_EQ(file.size, 0);
    EXPECT_EQ(content(alice, file.id), "");
}

TEST_F(FilesTest, APictureGetsItsMeasuresAndSealedPreviews) {
    const auto file = add(alice, "wide.png", sample_png(600, 300));
    EXPECT_EQ(file.mime_type, "image/png");
    EXPECT_EQ(file.width, 600);
    EXPECT_EQ(file.height, 300);
    EXPECT_EQ(file.has_preview_image, true);
    EXPECT_TRUE(file.mini_preview);
    const auto thumbnail = image_header(content(alice, file.id, FileView::thumbnail));
    ASSERT_TRUE(thumbnail);
    EXPECT_EQ(thumbnail->width, 120u);
    EXPECT_EQ(thumbnail->height, 60u);
    EXPECT_EQ(files.body(store.actor(alice), file.id, FileView::thumbnail).mime_type,
              mime_type_of(thumbnail->format));
    const auto preview = image_header(content(alice, file.id, FileView::preview));
    ASSERT_TRUE(preview);
    EXPECT_EQ(preview->width, 600u);
    EXPECT_EQ(files.info(store.actor(alice), file.id).width, 600);
    EXPECT_EQ(blob_count(), 3u);
}

TEST_F(FilesTest, WhatOnlyClaimsToBeAPictureIsKeptWithoutPreview) {
    for (const auto& bytes : {std::string("not a picture"), sample_png(50, 50).substr(0, 60)}) {
        const auto file = add(alice, "fake.png", bytes);
        EXPECT_FALSE(file.has_preview_image);
        EXPECT_EQ(content(alice, file.id), bytes);
        EXPECT_EQ(refusal([&] { files.body(store.actor(alice), file.id, FileView::preview); }),
                  "api.file.get_file_preview.no_preview.app_error");
        EXPECT_EQ(refusal([&] { files.body(store.actor(alice), file.id, FileView::thumbnail); }),
                  "api.file.get_file_thumbnail.no_thumbnail.app_error");
    }
}

TEST_F(FilesTest, APictureWithMorePixelsThanAllowedGetsNoPreview) {
    auto settings = settings_for_files();
    settings.FileSettings.MaxImageResolution = 100 * 100 - 1;
    store.settings.replace(settings);
    EXPECT_FALSE(add(alice, "large.png", sample_png(100, 100)).has_preview_image);
    EXPECT_TRUE(add(alice, "small.png", sample_png(99, 100)).has_preview_image);
}

TEST_F(FilesTest, APublicLinkServesAnAttachedFileToWhoeverHasIt) {
    const auto file = add(alice, "shared.txt", "for the world");
    EXPECT_EQ(refusal([&] { files.public_link(store.actor(alice), file.id); }),
              "api.file.get_public_link.no_post.app_error");
    attach(file);
    const auto link = files.public_link(store.actor(bob), file.id);
    const auto start = "https://chat.example.org/files/" + file.id.text() + "/public?h=";
    ASSERT_TRUE(link.starts_with(start)) << link;
    const auto hash = link.substr(start.size());
    EXPECT_EQ(hash.size(), 43u);
    EXPECT_EQ(read_all(files.public_body(file.id, hash)), "for the world");
    EXPECT_EQ(refusal([&] { files.public_body(file.id, std::string(43, 'A')); }),
              "api.file.get_file.public_invalid.app_error");
    EXPECT_EQ(refusal([&] { files.public_body(FileId::fresh(), hash); }),
              "api.file.get_file.public_invalid.app_error");
    EXPECT_EQ(refusal([&] { files.public_link(store.actor(carol), file.id); }), no_permission);
    auto settings = settings_for_files();
    settings.FileSettings.EnablePublicLink = false;
    store.settings.replace(settings);
    EXPECT_EQ(refusal([&] { files.public_body(file.id, hash); }),
              "api.file.get_public_link.disabled.app_error");
    EXPECT_EQ(refusal([&] { files.public_link(store.actor(bob), file.id); }),
              "api.file.get_public_link.disabled.app_error");
}

class FileSearchTest : public FileFixture {
protected:
    std::vector<std::string> found(const User& user, const std::string& terms, std::int64_t page = 0,
                                   std::int64_t per_page = 60) {
        std::vector<std::string> names;
        const auto result =
            files.search(store.actor(user), team.id, {terms, false, 0, false, page, per_page});
        for (const auto& id : result.order) names.push_back(result.file_infos.at(id.text()).name);
        return names;
    }
    FileInfo posted(const User& user, const std::string& name) {
        const auto file = add(user, name, "x");
        attach(file);
        return file;
    }
    using Names = std::vector<std::string>;
};

TEST_F(FileSearchTest, FindsWordsOfNamesNewestFirst) {
    posted(alice, "quarterly_report.pdf");
    posted(bob, "Report 2024.txt");
    posted(bob, "holiday.txt");
    EXPECT_EQ(found(alice, "report"), (Names{"Report 2024.txt", "quarterly_report.pdf"}));
    EXPECT_EQ(found(alice, "quarter*"), Names{"quarterly_report.pdf"});
    EXPECT_EQ(found(alice, "report -quarterly"), Names{"Report 2024.txt"});
    EXPECT_EQ(found(alice, "nothing"), Names{});
    EXPECT_EQ(found(alice, ""), Names{});
}

TEST_F(FileSearchTest, NarrowsByEndingSenderAndChannel) {
    posted(alice, "a.pdf");
    posted(bob, "b.pdf");
    posted(bob, "c.txt");
    EXPECT_EQ(found(alice, "ext:pdf"), (Names{"b.pdf", "a.pdf"}));
    EXPECT_EQ(found(alice, "ext:pdf from:alice"), Names{"a.pdf"});
    EXPECT_EQ(found(alice, "ext:pdf -from:alice"), Names{"b.pdf"});
    EXPECT_EQ(found(alice, "-ext:pdf"), Names{"c.txt"});
    EXPECT_EQ(found(alice, "in:room ext:txt"), Names{"c.txt"});
    EXPECT_EQ(found(alice, "in:elsewhere ext:txt"), Names{});
    EXPECT_EQ(found(alice, "from:nobody"), Names{});
}

TEST_F(FileSearchTest, ShowsPagesOfWhatIsFound) {
    for (int i = 0; i < 5; ++i) posted(alice, "page " + std::to_string(i) + ".txt");
    EXPECT_EQ(found(alice, "page", 0, 2), (Names{"page 4.txt", "page 3.txt"}));
    EXPECT_EQ(found(alice, "page", 2, 2), Names{"page 0.txt"});
    EXPECT_EQ(found(alice, "page", 3, 2), Names{});
}

TEST_F(FileSearchTest, FindsNothingOfOtherPeoplesChannelsNorWhatIsNotAttached) {
    posted(alice, "secret.txt");
    add(alice, "secret draft.txt", "x");
    EXPECT_EQ(found(carol, "secret"), Names{});
    EXPECT_EQ(found(alice, "secret"), Names{"secret.txt"});
}

}  // namespace
}  // namespace concordat::messaging
