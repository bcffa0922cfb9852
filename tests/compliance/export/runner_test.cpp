#include <filesystem>
#include <fstream>
#include <thread>

#include "core/model/scope.hpp"
#include "tests/compliance/export/exporting.hpp"

namespace concordat::compliance {
namespace {

Settings small_batches(std::int64_t posts) {
    auto settings = exporting_settings();
    settings.MessageExportSettings.BatchSize = posts;
    return settings;
}

std::vector<std::string> batches(const std::map<std::string, std::string>& content) {
    std::vector<std::string> out;
    for (const auto& [name, text] : content)
        if (name.ends_with(".zip")) out.push_back(name);
    return out;
}

// The post ids of the messages in a batch.
std::vector<std::string> posts_in(const std::string& csv) {
    std::vector<std::string> out;
    for (const auto& row : cells(csv))
        if (row[17] == "message") out.push_back(row[13]);
    return out;
}

TEST(ExportRunner, AnEmptyWindowHasAManifestAndNoBatch) {
    Exporting e;
    const auto first = e.run();
    const auto job = e.run();
    EXPECT_EQ(job.status, "success");
    EXPECT_EQ(job.data.at("messages_exported"), "0");
    const auto content = e.content(job.id);
    ASSERT_EQ(content.size(), 2u);
    EXPECT_TRUE(content.contains("manifest.sig"));
    const auto manifest = json::parse(content.at("manifest.json")).as_object();
    EXPECT_TRUE(manifest.at("members").as_array().empty());
    EXPECT_EQ(manifest.at("previous").as_object().at("export").as_string(), first.id.text());
    EXPECT_EQ(manifest.at("previous").as_object().at("manifest_sha256").as_string(),
              first.data.at("manifest_sha256"));
}

TEST(ExportRunner, WindowsFollowOneAnotherWithoutGapOrOverlap) {
    Exporting e;
    std::vector<std::string> said, exported;
    Job before;
    for (int i = 0; i < 5; ++i) {
        said.push_back(e.say(e.alice, "message " + std::to_string(i)).id.text());
        const auto job = e.run();
        for (const auto& id : posts_in(e.content(job.id).at("batch001/posts.csv"))) exported.push_back(id);
        if (i > 0) {
            EXPECT_EQ(job.data.at("job_start_time"), before.data.at("job_end_time"));
            EXPECT_EQ(job.data.at("from_tx"), before.data.at("to_tx"));
            EXPECT_EQ(job.data.at("from_seq"), before.data.at("to_seq"));
        }
        before = job;
    }
    EXPECT_EQ(exported, said);
}

TEST(ExportRunner, BatchesHaveTheirSizeAndTouch) {
    Exporting e(small_batches(10));
    std::set<std::string> said, exported;
    for (int i = 0; i < 25; ++i) said.insert(e.say(e.alice, "message").id.text());
    const auto content = e.content(e.run().id);
    const auto names = batches(content);
    ASSERT_EQ(names.size(), 3u);
    std::vector<std::size_t> sizes;
    std::string end;
    for (const auto& name : names) {
        const auto parts = split_words(name.substr(0, name.size() - 4), '-');
        if (!end.empty()) {
            EXPECT_EQ(parts.at(1), end);
        }
        end = parts.at(2);
        const auto ids = posts_in(content.at(name.substr(0, 8) + "/posts.csv"));
        sizes.push_back(ids.size());
        for (const auto& id : ids) EXPECT_TRUE(exported.insert(id).second) << "twice";
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{10, 10, 5}));
    EXPECT_EQ(exported, said);
}

// As if the node had been killed in the second batch.
TEST(ExportRunner, AnInterruptedExportIsTheSameInTheEnd) {
    Exporting e(small_batches(10));
    for (int i = 0; i < 25; ++i) e.say(e.alice, "message " + std::to_string(i));
    const std::map<std::string, std::string> period{{"job_start_time", "1"},
                                                    {"job_end_time", "99999999999999"}};
    const auto uninterrupted = e.run(period);
    const auto job = e.ask(period);
    // The first batch is noted, the second is on the disk and not noted.
    std::atomic<bool> stop_after_one = false;
    e.interrupt_after(job, 1, stop_after_one);
    messaging::SealedBlobs(e.store.db, e.packages).put(storage::Kind::export_file, scopes::exports, "torn");
    EXPECT_EQ(e.blob_count(e.packages), 3u);  // the whole of the first export, one batch, the torn one
    e.runner.recover();
    EXPECT_EQ(e.blob_count(e.packages), 2u);
    EXPECT_EQ(e.now(job.id).status, "pending");
    EXPECT_TRUE(e.runner.run_next(e.is_stopping));
    auto one = e.content(uninterrupted.id), other = e.content(job.id);
    for (const char* name : {"manifest.json", "manifest.sig"}) {
        one.erase(name);
        other.erase(name);
    }
    EXPECT_EQ(one, other);
    EXPECT_EQ(e.blob_count(e.packages), 2u);
}

TEST(ExportRunner, AMissingFileIsAWarning) {
    Exporting e;
    const auto file = e.upload(e.alice, "a.txt", "the bytes");
    e.say_with_file(e.alice, "look", file);
    std::filesystem::remove_all(e.store.directory.path("files") + "/blobs");
    std::filesystem::create_directories(e.store.directory.path("files") + "/blobs");
    const auto job = e.run();
    EXPECT_EQ(job.status, "warning");
    EXPECT_EQ(job.data.at("warning_count"), "1");
    const auto content = e.content(job.id);
    const auto& text = content.at("batch001/warning.txt");
    EXPECT_TRUE(text.starts_with("Warning:storage.blob.missing - Post: ")) << text;
    EXPECT_EQ(posts_in(content.at("batch001/posts.csv")).size(), 1u);
    EXPECT_EQ(json::parse(content.at("manifest.json")).at("counts").at("warnings").as_int64(), 1);
}

TEST(ExportRunner, ADamagedEntryOfTheJournalIsAWarning) {
    Exporting e;
    e.say(e.alice, "one");
    e.run_script(
        "update journal set body = set_byte(body, 40, get_byte(body, 40) # 1) where kind = 'post_created'");
    e.say(e.alice, "two");
    const auto job = e.run();
    EXPECT_EQ(job.status, "warning");
    const auto content = e.content(job.id);
    EXPECT_EQ(posts_in(content.at("batch001/posts.csv")).size(), 1u);
    EXPECT_NE(content.at("batch001/warning.txt").find(" - journal "), std::string::npos);
}

TEST(ExportRunner, WhatPassesIsWaitedForAndWhatDoesNotEndsIt) {
    Exporting e;
    e.say(e.alice, "hello");
    const auto blobs = e.store.directory.path("packages") + "/temporary";
    std::filesystem::remove_all(blobs);
    std::ofstream(blobs) << "in the way";
    auto job = e.run();
    EXPECT_EQ(job.status, "error");
    EXPECT_EQ(job.data.at("error"), "storage.file");
    std::filesystem::remove(blobs);
    std::filesystem::create_directories(blobs);
    job = e.run();  // begins where the last good one ended
    EXPECT_EQ(job.status, "success");
    EXPECT_EQ(posts_in(e.content(job.id).at("batch001/posts.csv")).size(), 1u);

    e.say(e.alice, "again");
    std::filesystem::remove_all(blobs);
    std::ofstream(blobs) << "in the way";
    std::thread repair([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        std::filesystem::remove(blobs);
        std::filesystem::create_directories(blobs);
    });
    e.runner.patience = std::vector<std::chrono::milliseconds>(50, std::chrono::milliseconds(100));
    job = e.run();
    repair.join();
    EXPECT_EQ(job.status, "success");
}

TEST(ExportRunner, ThoseWithAPeriodOrFromMmctlDoNotMoveTheChain) {
    Exporting e;
    e.say(e.alice, "one");
    const auto first = e.run();
    e.say(e.alice, "two");
    EXPECT_EQ(e.run({{"initiated_by", "mmctl"}}).data.at("messages_exported"), "1");
    EXPECT_EQ(
        e.run({{"job_start_time", "1"}, {"job_end_time", "99999999999999"}}).data.at("messages_exported"),
        "2");
    const auto next = e.run();
    EXPECT_EQ(next.data.at("messages_exported"), "1");
    EXPECT_EQ(next.data.at("previous_export"), first.id.text());
}

TEST(ExportRunner, ACancelledExportLeavesNothing) {
    Exporting e(small_batches(5));
    for (int i = 0; i < 12; ++i) e.say(e.alice, "message");
    const auto job = e.ask();
    std::atomic<bool> stop = false;
    e.interrupt_after(job, 1, stop);
    e.runner.recover();
    const auto actor = e.store.actor(e.officer);
    e.exports.cancel({actor, "attempt", ""}, job.id);
    EXPECT_TRUE(e.runner.run_next(e.is_stopping));
    EXPECT_EQ(e.now(job.id).status, "canceled");
    EXPECT_EQ(e.blob_count(e.packages), 0u);
    EXPECT_FALSE(e.runner.run_next(e.is_stopping));
    EXPECT_EQ(refusal([&] { e.exports.cancel({actor, "attempt", ""}, job.id); }), "app.job.cancel.app_error");
}

TEST(ExportRunner, PackagesAreSealed) {
    Exporting e;
    e.say(e.alice, "a secret plan");
    e.run();
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(e.store.directory.path("packages"))) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string bytes(std::istreambuf_iterator<char>(in), {});
        EXPECT_EQ(bytes.find("posts.csv"), bytes.npos);
        EXPECT_EQ(bytes.find("PK"), bytes.npos);
    }
}

TEST(ExportRunner, PackagesAreSignedByKeysThatStayKnown) {
    Exporting e;
    const auto first = e.content(e.run().id);
    e.key.renew();
    EvidenceKey restarted(e.store.db, e.decisions);
    const auto second = e.content(e.run().id);
    const auto keys = storage::public_keys_in(restarted.public_pem());
    ASSERT_TRUE(keys && keys->size() == 2);
    EXPECT_TRUE(storage::is_signed_by((*keys)[1], first.at("manifest.json"), first.at("manifest.sig")));
    EXPECT_TRUE(storage::is_signed_by((*keys)[0], second.at("manifest.json"), second.at("manifest.sig")));
    EXPECT_TRUE(storage::is_signed_by((*keys)[0], "text", restarted.sign("text")));
    e.run_script("update system set value = 'x' || value where name = 'evidence_key'");
    EXPECT_NE(refusal([&] { EvidenceKey(e.store.db, e.decisions).sign("text"); }), "");
}

TEST(ExportRunner, ItsEndIsWrittenDown) {
    Exporting e;
    const auto job = e.run();
    identity::DecisionQuery query;
    query.act = "export";
    const auto decisions = e.decisions.list(query);
    ASSERT_EQ(decisions.size(), 3u);
    EXPECT_EQ(decisions[0].rule, "export.finished");
    EXPECT_EQ(decisions[1].rule, "export.key_made");
    EXPECT_NE(decisions[0].steps.back().detail.find(job.data.at("manifest_sha256")), std::string::npos);
    EXPECT_EQ(decisions[2].rule, "export.requested");
    EXPECT_EQ(decisions[2].user_id, e.officer.id);
}

}  // namespace
}  // namespace concordat::compliance
