#include "storage/crypto/keyring.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/key_store.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/temporary_directory.hpp"

namespace concordat::storage {
namespace {

using test::refusal;

constexpr std::uint32_t today = 20'000;

class KeyringTest : public testing::Test {
protected:
    KeyringTest() { Keyring::create(path, master, 1'700'000'000'000); }
    std::unique_ptr<Keyring> opened() { return std::make_unique<Keyring>(path, master); }
    std::string text() const { return read_file(path, 1 << 20).value(); }
    void overwrite(const std::string& text) const { std::ofstream(path, std::ios::trunc) << text; }

    test::TemporaryDirectory directory;
    const std::string path = directory.path("keystore.json");
    const MasterKey master = MasterKey::random();
    const IdBytes scope = new_id_bytes(1);
};

TEST(Week, BeginsOnMonday) {
    EXPECT_EQ(week_of_day(0), 0u);                        // a Thursday
    EXPECT_EQ(week_of_day(3), 0u);                        // Sunday
    EXPECT_EQ(week_of_day(4), 1u);                        // Monday
    EXPECT_EQ(week_of_day(19'723), week_of_day(19'729));  // 2024-01-01, a Monday, and the Sunday after
    EXPECT_NE(week_of_day(19'722), week_of_day(19'723));
}

TEST_F(KeyringTest, UnwrapsWhatItWrappedAlsoAfterARestart) {
    const auto key = Secret::random();
    auto keyring = opened();
    const auto bucket = keyring->bucket_for("messages", today);
    const auto wrapped = keyring->wrap(bucket, key, scope, today);
    EXPECT_EQ(wrapped.size(), 61u);
    EXPECT_TRUE(keyring->unwrap(bucket, wrapped, scope, today) == key);
    keyring.reset();
    EXPECT_TRUE(opened()->unwrap(bucket, wrapped, scope, today) == key);
}

TEST_F(KeyringTest, ABucketIsOneClassInOneWeek) {
    auto keyring = opened();
    const auto bucket = keyring->bucket_for("messages", 19'723);
    EXPECT_EQ(keyring->bucket_for("messages", 19'729), bucket);
    EXPECT_NE(keyring->bucket_for("messages", 19'730), bucket);
    EXPECT_NE(keyring->bucket_for("files", 19'723), bucket);
    keyring.reset();
    EXPECT_EQ(opened()->bucket_for("messages", 19'725), bucket);
    EXPECT_EQ(opened()->status().size(), 3u);
}

TEST_F(KeyringTest, AWrappedKeyIsBoundToBucketScopeAndDay) {
    auto keyring = opened();
    const auto key = Secret::random();
    const auto bucket = keyring->bucket_for("messages", today);
    const auto other = keyring->bucket_for("files", today);
    const auto wrapped = keyring->wrap(bucket, key, scope, today);
    const char* damaged = "storage.key.damaged";
    EXPECT_EQ(refusal([&] { keyring->unwrap(other, wrapped, scope, today); }), damaged);
    EXPECT_EQ(refusal([&] { keyring->unwrap(bucket, wrapped, new_id_bytes(2), today); }), damaged);
    EXPECT_EQ(refusal([&] { keyring->unwrap(bucket, wrapped, scope, today + 1); }), damaged);
    EXPECT_EQ(refusal([&] { keyring->unwrap(bucket, "", scope, today); }), damaged);
    for (std::size_t i = 0; i < wrapped.size(); ++i) {
        auto changed = wrapped;
        changed[i] ^= 1;
        EXPECT_EQ(refusal([&] { keyring->unwrap(bucket, changed, scope, today); }), damaged) << i;
    }
    EXPECT_EQ(refusal([&] { keyring->unwrap(BucketId::fresh(), wrapped, scope, today); }),
              "storage.key.unknown");
}

TEST_F(KeyringTest, TheWrongMasterKeyOpensNothing) {
    opened()->bucket_for("messages", today);
    const auto before = text();
    EXPECT_EQ(refusal([&] { Keyring(path, MasterKey::random()); }), "storage.master_key.wrong");
    EXPECT_FALSE(Keyring::fits(path, MasterKey::random()));
    EXPECT_TRUE(Keyring::fits(path, master));
    EXPECT_EQ(text(), before);
}

TEST_F(KeyringTest, NoKeyStandsInTheFileInTheClear) {
    const auto wrapped_by = master.secret().clone();
    opened()->bucket_for("messages", today);
    EXPECT_EQ(text().find(base64(text_of(wrapped_by.bytes()))), std::string::npos);
    EXPECT_EQ(text().find(hex_of(text_of(wrapped_by.bytes()))), std::string::npos);
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(KeyringTest, AMissingOrChangedFileIsRefused) {
    const auto bucket = opened()->bucket_for("messages", today);
    auto keyring = opened();
    keyring->destroy(bucket);
    keyring.reset();
    const auto good = text();
    const auto refused_as = [&](const std::string& content) {
        overwrite(content);
        return refusal([&] { opened(); });
    };
    const char* damaged = "storage.key_store.damaged";
    EXPECT_EQ(refused_as(""), damaged);
    EXPECT_EQ(refused_as("{}"), "storage.master_key.wrong");
    EXPECT_EQ(refused_as(good.substr(0, good.size() / 2)), damaged);
    auto without_tombstone = parse_json<KeyStore>(good);
    without_tombstone.buckets.clear();
    EXPECT_EQ(refused_as(json_text(without_tombstone)), damaged);
    auto moved = parse_json<KeyStore>(good);
    moved.buckets.at(0).period += 1;
    EXPECT_EQ(refused_as(json_text(moved)), damaged);
    auto newer = parse_json<KeyStore>(good);
    newer.version = 2;
    EXPECT_EQ(refused_as(json_text(newer)), damaged);
    EXPECT_EQ(refused_as(good), "");
    remove_file(path);
    EXPECT_EQ(refusal([&] { opened(); }), "storage.key_store.missing");
    EXPECT_FALSE(Keyring::exists(path));
}

TEST_F(KeyringTest, CreateNeverOverwritesAStore) {
    const auto before = text();
    EXPECT_EQ(refusal([&] { Keyring::create(path, MasterKey::random()); }), "storage.key_store.exists");
    EXPECT_EQ(text(), before);
}

TEST_F(KeyringTest, ADestroyedBucketIsGoneForEverButRemembered) {
    auto keyring = opened();
    const auto bucket = keyring->bucket_for("messages", today);
    const auto other = keyring->bucket_for("files", today);
    const auto wrapped = keyring->wrap(bucket, Secret::random(), scope, today);
    const auto backup = text();
    const auto before = keyring->revision();

    keyring->destroy(bucket);
    for (int restart = 0; restart < 2; ++restart) {
        EXPECT_EQ(refusal([&] { keyring->unwrap(bucket, wrapped, scope, today); }), "storage.key.destroyed");
        EXPECT_EQ(refusal([&] { keyring->wrap(bucket, Secret::random(), scope, today); }),
                  "storage.key.destroyed");
        const auto status = keyring->status();
        ASSERT_EQ(status.size(), 2u);
        EXPECT_EQ(status[0].id, bucket);
        EXPECT_EQ(status[0].state, BucketState::destroyed);
        EXPECT_GT(status[0].ended_at, 0);
        EXPECT_EQ(status[1].state, BucketState::live);
        EXPECT_GT(keyring->revision(), before);
        keyring->refuse_restored({bucket});
        keyring.reset();
        keyring = opened();
    }
    EXPECT_NE(keyring->bucket_for("messages", today), bucket) << "late data goes into a bucket of its own";
    EXPECT_EQ(keyring->bucket_for("files", today), other);
    EXPECT_EQ(refusal([&] { keyring->destroy({other, BucketId::fresh()}); }), "storage.key.unknown");
    keyring->wrap(other, Secret::random(), scope, today);  // nothing was destroyed by halves

    keyring.reset();
    overwrite(backup);
    keyring = opened();
    EXPECT_EQ(keyring->revision(), before);
    EXPECT_EQ(refusal([&] { keyring->refuse_restored({other, bucket}); }), "storage.key_store.restored");
}

TEST_F(KeyringTest, TheOldFileIsOverwrittenWhenAKeyIsDestroyed) {
    auto keyring = opened();
    const auto bucket = keyring->bucket_for("messages", today);
    const auto old = open_if_there(path, 0);
    const auto size = text().size();
    keyring->destroy(bucket);
    std::string left(size, 'x');
    EXPECT_EQ(read_some_at(old.get(), left.data(), size, 0, path), size);
    EXPECT_EQ(left, std::string(size, '\0'));
}

TEST_F(KeyringTest, ABackupThatIsAHardLinkIsNotOverwritten) {
    auto keyring = opened();
    const auto bucket = keyring->bucket_for("messages", today);
    const auto before = text();
    ASSERT_EQ(link(path.c_str(), directory.path("backup").c_str()), 0);
    keyring->destroy(bucket);
    EXPECT_EQ(read_file(directory.path("backup"), 1 << 20), before);
}

TEST_F(KeyringTest, RotatingTheMasterKeyKeepsAllBuckets) {
    auto keyring = opened();
    const auto key = Secret::random();
    const auto bucket = keyring->bucket_for("messages", today);
    const auto wrapped = keyring->wrap(bucket, key, scope, today);
    const auto next = MasterKey::random();
    keyring->rotate_master(next);
    EXPECT_TRUE(keyring->is_opened_by(next));
    EXPECT_TRUE(keyring->unwrap(bucket, wrapped, scope, today) == key);
    const auto later = keyring->bucket_for("files", today);
    keyring.reset();
    EXPECT_EQ(refusal([&] { opened(); }), "storage.master_key.wrong");
    Keyring again(path, next);
    EXPECT_TRUE(again.unwrap(bucket, wrapped, scope, today) == key);
    EXPECT_EQ(again.bucket_for("files", today), later);
}

TEST_F(KeyringTest, ANewGenerationTakesOverAndTheOldOneIsRetired) {
    auto keyring = opened();
    const auto key = Secret::random();
    const auto old = keyring->bucket_for("messages", today);
    const auto old_files = keyring->bucket_for("files", 3);
    auto wrapped = keyring->wrap(old, key, scope, today);
    EXPECT_TRUE(keyring->outdated().empty());
    EXPECT_EQ(keyring->successor(old), old);

    EXPECT_EQ(keyring->start_generation(), 2u);
    EXPECT_EQ(keyring->outdated(), (std::vector{old, old_files}));
    EXPECT_TRUE(keyring->unwrap(old, wrapped, scope, today) == key)
        << "readable while the data keys are moved";
    const auto fresh = keyring->successor(old);
    EXPECT_NE(fresh, old);
    EXPECT_EQ(keyring->bucket_for("messages", today), fresh);
    EXPECT_EQ(keyring->bucket_for("files", 3), keyring->successor(old_files));
    EXPECT_EQ(keyring->status().size(), 4u);

    keyring.reset();  // a restart half way
    keyring = opened();
    EXPECT_EQ(keyring->outdated().size(), 2u);
    EXPECT_EQ(keyring->successor(old), fresh);
    wrapped = keyring->rewrap(old, wrapped, fresh, scope, today);
    EXPECT_TRUE(keyring->unwrap(fresh, wrapped, scope, today) == key);

    EXPECT_EQ(refusal([&] { keyring->retire({old, fresh}); }), "storage.key.current");
    EXPECT_EQ(keyring->outdated().size(), 2u);
    keyring->retire(keyring->outdated());
    EXPECT_TRUE(keyring->outdated().empty());
    EXPECT_EQ(keyring->status()[0].state, BucketState::retired);
    EXPECT_EQ(refusal([&] { keyring->wrap(old, key, scope, today); }), "storage.key.destroyed");
    EXPECT_TRUE(keyring->unwrap(fresh, wrapped, scope, today) == key);
}

TEST_F(KeyringTest, SuccessorsOfEveryWeekAreFound) {
    auto keyring = opened();
    std::vector<BucketId> old;
    for (const std::uint32_t day : {0u, 3u, 4u, 10u, 11u, 20'000u, 20'007u})
        old.push_back(keyring->bucket_for("messages", day));
    keyring->start_generation();
    const auto buckets = keyring->status();
    for (const auto& id : old) {
        const auto fresh = keyring->successor(id);
        const auto of = [&](const BucketId& b) {
            return std::find_if(buckets.begin(), buckets.end(), [&](auto& s) { return s.id == b; });
        };
        ASSERT_NE(of(fresh), buckets.end());
        EXPECT_EQ(of(fresh)->period, of(id)->period);
    }
}

TEST_F(KeyringTest, OnlyOneProcessMayOpenTheStore) {
    auto keyring = opened();
    EXPECT_EQ(refusal([&] { opened(); }), "storage.key_store.in_use");
    const auto child = fork();
    if (child == 0) {
        const auto id = refusal([&] { Keyring(path, master); });
        _exit(id == "storage.key_store.in_use" ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    keyring.reset();
    EXPECT_EQ(refusal([&] { opened(); }), "");
}

TEST_F(KeyringTest, WhatACrashLeftBehindDoesNotHinder) {
    const auto bucket = opened()->bucket_for("messages", today);
    std::ofstream(path + ".new") << "half a fi";
    auto keyring = opened();
    EXPECT_FALSE(file_exists(path + ".new"));
    EXPECT_EQ(keyring->bucket_for("messages", today), bucket);
    std::ofstream(path + ".new") << "again";
    keyring->bucket_for("files", today);
    keyring.reset();
    EXPECT_EQ(opened()->status().size(), 2u);
}

TEST_F(KeyringTest, AProcessKilledWhileWritingLeavesAWholeStore) {
    std::uint64_t last = 0;
    for (int round = 0; round < 8; ++round) {
        int written[2];
        ASSERT_EQ(pipe(written), 0);
        const auto child = fork();
        if (child == 0) {
            Keyring keyring(path, master);
            for (std::uint32_t day = 0;; day += 7) {
                keyring.bucket_for("round " + std::to_string(round), day);
                if (write(written[1], "w", 1) != 1) _exit(1);
            }
        }
        close(written[1]);
        char byte = 0;
        for (int i = 0; i <= round; ++i) EXPECT_EQ(read(written[0], &byte, 1), 1) << "the child ended early";
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        close(written[0]);
        const auto keyring = opened();
        EXPECT_GT(keyring->revision(), last + round) << "what was reported as written is there";
        EXPECT_EQ(keyring->revision(), keyring->status().size());
        last = keyring->revision();
    }
}

TEST_F(KeyringTest, AFullDiskChangesNothing) {
    const auto child = fork();
    if (child == 0) {
        Keyring keyring(path, master);
        const auto bucket = keyring.bucket_for("messages", today);
        signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{64, 64};
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(1);
        if (refusal([&] { keyring.bucket_for("files", today); }) != "storage.disk_full") _exit(2);
        if (refusal([&] { keyring.destroy(bucket); }) != "storage.disk_full") _exit(3);
        if (refusal([&] { keyring.rotate_master(MasterKey::random()); }) != "storage.disk_full") _exit(4);
        if (!keyring.is_opened_by(master) || keyring.status().size() != 1) _exit(5);
        keyring.wrap(bucket, Secret::random(), scope, today);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0) << WEXITSTATUS(status);
    EXPECT_EQ(opened()->status().size(), 1u);
}

TEST_F(KeyringTest, ThreadsMayAskForTheSameNewBucket) {
    const auto keyring = opened();
    std::vector<BucketId> got(4);
    std::vector<std::thread> threads;
    for (auto& id : got)
        threads.emplace_back([&] {
            id = keyring->bucket_for("messages", today);
            for (int i = 0; i < 50; ++i) {
                const auto key = Secret::random();
                if (!(keyring->unwrap(id, keyring->wrap(id, key, scope, today), scope, today) == key))
                    id = {};
            }
        });
    keyring->start_generation();
    for (auto& thread : threads) thread.join();
    for (const auto& id : got) EXPECT_FALSE(id.empty());
}

}  // namespace
}  // namespace concordat::storage
