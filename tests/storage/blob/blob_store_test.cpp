#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <set>
#include <thread>

#include "core/base/text.hpp"
#include "tests/storage/blob/blob_fixture.hpp"

namespace concordat::storage {
namespace {

TEST_F(BlobStoreTest, EverySizeComesBackAsItWasWritten) {
    for (const std::size_t size :
         {0ul, 1ul, 27ul, 28ul, 29ul, chunk_size - 1, chunk_size, chunk_size + 1, 2 * chunk_size - 1,
          2 * chunk_size, 2 * chunk_size + 1, 5 * chunk_size + 4711}) {
        const auto plain = random_bytes(size);
        const auto id = BlobId::fresh();
        const auto summary = put_blob(*store, id, key, plain);
        EXPECT_EQ(summary.size, size);
        EXPECT_EQ(summary.sha256, sha256(plain)) << size;
        EXPECT_EQ(opened(id)->size(), size);
        EXPECT_EQ(content(id), plain) << size;
    }
}

TEST_F(BlobStoreTest, HowItIsCutIntoWritesDoesNotMatter) {
    const auto plain = random_bytes(3 * chunk_size + 100);
    for (const std::size_t step : {1000ul, chunk_size - 1, chunk_size, chunk_size + 1, 2 * chunk_size + 7}) {
        const auto id = BlobId::fresh();
        const auto writer = store->create(id, key);
        for (std::size_t at = 0; at < plain.size(); at += step) {
            writer->write(std::string_view(plain).substr(at, step));
            EXPECT_EQ(writer->size(), std::min(at + step, plain.size()));
        }
        EXPECT_EQ(writer->finish().sha256, sha256(plain));
        EXPECT_EQ(content(id), plain);
    }
}

TEST_F(BlobStoreTest, AnyRangeCanBeRead) {
    const auto plain = random_bytes(3 * chunk_size + 500);
    const auto reader = opened(put(plain));
    for (const std::uint64_t offset :
         {0ul, 1ul, chunk_size - 1, chunk_size, chunk_size + 1, 3 * chunk_size, plain.size() - 1})
        for (const std::size_t size : {1ul, 2ul, 1000ul, chunk_size, 2 * chunk_size + 3}) {
            std::string out(size, '\0');
            out.resize(reader->read_at(offset, out));
            EXPECT_EQ(out, plain.substr(offset, size)) << offset << "+" << size;
        }
    std::string out(10, '\0');
    EXPECT_EQ(reader->read_at(plain.size(), out), 0u);
    EXPECT_EQ(reader->read_at(UINT64_MAX, out), 0u);
    EXPECT_EQ(reader->read_at(0, {}), 0u);
}

TEST_F(BlobStoreTest, NothingOfThePlainTextOrItsNameIsOnTheDisk) {
    const auto id = put(std::string(1000, 'q'));
    EXPECT_EQ(stored(id).find("qqqq"), std::string::npos);
    EXPECT_EQ(fs::path(store->file_of(id)).filename(), hex_of(text_of(id.bytes())));
    struct stat status {};
    ASSERT_EQ(stat(store->file_of(id).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    ASSERT_EQ(stat(directory.path("store").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(BlobStoreTest, EveryChangedByteIsNoticed) {
    const auto id = put("attack at dawn");
    const auto good = stored(id);
    for (std::size_t i = 0; i < good.size(); ++i) {
        auto changed = good;
        changed[i] ^= 1;
        overwrite(id, changed);
        EXPECT_EQ(refusal([&] { content(id); }), damaged) << "byte " << i;
    }
    overwrite(id, good);
    EXPECT_EQ(content(id), "attack at dawn");
}

TEST_F(BlobStoreTest, EveryTruncationAndExtensionIsNoticed) {
    const auto id = put(random_bytes(2 * chunk_size + 10));
    const auto good = stored(id);
    for (const auto size :
         {std::size_t{0}, BlobHeader::size - 1, BlobHeader::size, BlobHeader::size + gcm_overhead,
          BlobHeader::size + chunk_stride - 1, BlobHeader::size + chunk_stride,
          BlobHeader::size + chunk_stride + 5, BlobHeader::size + chunk_stride + gcm_overhead,
          BlobHeader::size + 2 * chunk_stride, good.size() - 1}) {
        overwrite(id, good.substr(0, size));
        EXPECT_EQ(refusal([&] { opened(id); }), damaged) << size;
    }
    for (const auto& more : {good.substr(BlobHeader::size, chunk_stride), std::string("x"),
                             std::string(gcm_overhead + 1, 'x')}) {
        overwrite(id, good + more);
        EXPECT_EQ(refusal([&] { opened(id); }), damaged);
    }
}

TEST_F(BlobStoreTest, ReorderedRepeatedAndForeignChunksAreNoticed) {
    const auto plain = random_bytes(3 * chunk_size + 10);
    const auto id = put(plain), other = put(plain);
    const auto good = stored(id), foreign = stored(other);
    const auto chunk = [](const std::string& file, std::size_t n) {
        return file.substr(chunk_offset(n), chunk_stride);
    };
    const auto with = [&](std::size_t n, const std::string& bytes) {
        auto file = good;
        return file.replace(chunk_offset(n), chunk_stride, bytes);
    };
    std::string swapped = with(0, chunk(good, 1));
    swapped.replace(chunk_offset(1), chunk_stride, chunk(good, 0));
    for (const auto& file : {swapped, with(1, chunk(good, 0)), with(1, chunk(foreign, 1))}) {
        overwrite(id, file);
        EXPECT_EQ(refusal([&] { content(id); }), damaged);
    }
    std::string out(100, '\0');
    overwrite(id, with(1, chunk(foreign, 1)));
    EXPECT_EQ(opened(id)->read_at(0, out), out.size()) << "undamaged chunks stay readable";
    EXPECT_EQ(out, plain.substr(0, 100));
}

TEST_F(BlobStoreTest, ABlobOpensOnlyAsWhatItIs) {
    const auto id = put("attack at dawn"), other = put("retreat at dusk");
    const DataKey wrong(Secret::random());
    EXPECT_EQ(refusal([&] { store->open(id, {wrong, today, Kind::file, scope}); }), damaged);
    EXPECT_EQ(refusal([&] { store->open(id, {data_key, today + 1, Kind::file, scope}); }), damaged);
    EXPECT_EQ(refusal([&] { store->open(id, {data_key, today, Kind::thumbnail, scope}); }), damaged);
    EXPECT_EQ(refusal([&] { store->open(id, {data_key, today, Kind::file, new_id_bytes(2)}); }), damaged);
    overwrite(id, stored(other));
    EXPECT_EQ(refusal([&] { opened(id); }), damaged);
    EXPECT_EQ(refusal([&] { store->day_of(id); }), damaged);
    EXPECT_EQ(store->day_of(other), today);
}

TEST_F(BlobStoreTest, DamageNamesTheBlobForTheOperator) {
    const auto id = put("attack at dawn");
    overwrite(id, "x");
    try {
        opened(id);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::internal);
        EXPECT_NE(error.detail().find(id.text()), std::string::npos);
        EXPECT_EQ(error.text().find(id.text()), std::string::npos);
    }
}

TEST_F(BlobStoreTest, ABlobIsInvisibleUntilItIsFinished) {
    const auto id = BlobId::fresh();
    {
        const auto writer = store->create(id, key);
        writer->write(random_bytes(3 * chunk_size));
        EXPECT_FALSE(store->exists(id));
        EXPECT_EQ(refusal([&] { opened(id); }), "storage.blob.missing");
        EXPECT_EQ(files_in("temporary"), 1u);
    }
    EXPECT_FALSE(store->exists(id));
    EXPECT_EQ(files_in("temporary"), 0u) << "an abandoned writer leaves nothing";
    EXPECT_EQ(refusal([&] { store->day_of(id); }), "storage.blob.missing");
}

TEST_F(BlobStoreTest, ABlobIsNeverOverwritten) {
    const auto id = BlobId::fresh();
    const auto late = store->create(id, key);
    late->write("late");
    put_blob(*store, id, key, "first");
    EXPECT_EQ(refusal([&] { store->create(id, key); }), "storage.blob.exists");
    EXPECT_EQ(refusal([&] { store->resume(id, key); }), "storage.blob.exists");
    EXPECT_EQ(refusal([&] { late->finish(); }), "storage.blob.exists");
    EXPECT_EQ(content(id), "first");
    EXPECT_EQ(files_in("partial"), 0u);
}

TEST_F(BlobStoreTest, RemovingIsHeededByNewReadersOnly) {
    const auto id = put("short lived");
    const auto reader = opened(id);
    EXPECT_TRUE(store->remove(id));
    EXPECT_FALSE(store->remove(id));
    EXPECT_FALSE(store->exists(id));
    std::string out(5, '\0');
    EXPECT_EQ(reader->read_at(0, out), 5u);
    EXPECT_EQ(out, "short");
    EXPECT_EQ(refusal([&] { opened(id); }), "storage.blob.missing");
}

TEST_F(BlobStoreTest, ListingAndUsageSeeFinishedAndPartialBlobs) {
    std::set<BlobId> ids, listed, partial;
    for (int i = 0; i < 20; ++i) ids.insert(put(random_bytes(100)));
    const auto upload = BlobId::fresh();
    const auto writer = store->resume(upload, key);
    writer->write("begun");
    writer->checkpoint();
    store->each([&](const BlobEntry& entry) {
        listed.insert(entry.id);
        EXPECT_EQ(entry.stored_bytes, BlobHeader::size + gcm_overhead + 100);
        EXPECT_NEAR(static_cast<double>(entry.modified_at), static_cast<double>(wall_clock()), 60'000);
    });
    store->each_partial([&](const BlobEntry& entry) { partial.insert(entry.id); });
    EXPECT_EQ(listed, ids);
    EXPECT_EQ(partial, std::set{upload});
    const auto usage = store->usage();
    EXPECT_EQ(usage.blobs, 20u);
    EXPECT_GE(usage.stored_bytes, 20u * 100);
    EXPECT_GT(usage.free_bytes, 0u);
}

TEST_F(BlobStoreTest, AStartClearsWhatACrashLeftButNotWhatIsBeingWritten) {
    const auto id = BlobId::fresh();
    const auto writer = store->create(id, key);
    writer->write("still at it");
    std::ofstream(directory.path("store") + "/temporary/left") << "by a crash";
    LocalBlobStore second(directory.path("store"));
    EXPECT_EQ(files_in("temporary"), 1u);
    writer->finish();
    EXPECT_EQ(content(id), "still at it");
}

TEST_F(BlobStoreTest, ASizeLimitIsReportedAsAFullDiskAndLeavesNothing) {
    const auto id = BlobId::fresh();
    EXPECT_EQ(in_child([&] {
                  signal(SIGXFSZ, SIG_IGN);
                  const rlimit limit{100'000, 100'000};
                  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
                  if (refusal([&] { put_blob(*store, id, key, random_bytes(3 * chunk_size)); }) !=
                      "storage.disk_full")
                      return 2;
                  if (files_in("temporary") != 0) return 3;
                  const rlimit tiny{10, 100'000};
                  if (setrlimit(RLIMIT_FSIZE, &tiny) != 0) return 4;
                  if (refusal([&] { store->create(id, key); }) != "storage.disk_full") return 5;
                  return files_in("temporary") == 0 ? 0 : 6;
              }),
              0);
    EXPECT_FALSE(store->exists(id));
}

TEST_F(BlobStoreTest, GettingAWholeBlobIsBounded) {
    const auto id = put(std::string(100, 'x'));
    EXPECT_EQ(refusal([&] { get_blob(*store, id, key, 99); }), "storage.blob.too_large");
    EXPECT_EQ(get_blob(*store, id, key, 100).size(), 100u);
}

TEST_F(BlobStoreTest, ThreadsMayWriteAndReadAtTheSameTime) {
    std::vector<std::thread> threads;
    std::atomic<int> right = 0;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 10; ++i) {
                const auto plain = random_bytes(chunk_size + 1000);
                if (content(put(plain)) == plain) ++right;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(right, 40);
}

TEST(BlobFormat, ABlobOfTodayOpensForEver) {
    // Written by version 1: a data key of 32 bytes 0x2a, (file, scope 16 x 0x01, id 16 x 0x02, day 20000).
    Secret secret;
    for (auto& byte : secret.writable()) byte = 0x2a;
    const DataKey data_key(secret);
    IdBytes scope, id;
    scope.fill(1);
    id.fill(2);
    test::TemporaryDirectory directory;
    LocalBlobStore store(directory.path("store"));
    const auto place = store.file_of(BlobId(id));
    fs::create_directories(fs::path(place).parent_path());
    std::ofstream(place, std::ios::binary)
        << from_hex(
               "63647420626c6f62010400000001000000004e2002020202020202020202020202020202030303030303030303030"
               "30303030303000102030405060708090a0bd8e27d868ee9492cd3ffc68aad5b976d5f6e4dcd473fbbd515f936713"
               "3")
               .value();
    EXPECT_EQ(get_blob(store, BlobId(id), {data_key, 20'000, Kind::file, scope}, 100), "kept for ever");
}

}  // namespace
}  // namespace concordat::storage
