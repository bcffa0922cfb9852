// Uploads that are interrupted and go on.
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "tests/storage/blob/blob_fixture.hpp"

namespace concordat::storage {
namespace {

class UploadTest : public BlobStoreTest {};

TEST_F(UploadTest, AnUploadGoesOnAfterARestart) {
    const auto plain = random_bytes(4 * chunk_size + 321);
    for (const std::size_t cut : {0ul, 1ul, chunk_size - 1, chunk_size, chunk_size + 1, 2 * chunk_size,
                                  3 * chunk_size + 77, plain.size()}) {
        const auto id = BlobId::fresh();
        {
            const auto writer = store->resume(id, key);
            EXPECT_EQ(writer->size(), 0u);
            writer->write(std::string_view(plain).substr(0, cut));
            writer->checkpoint();
        }
        restart();
        const auto writer = store->resume(id, key);
        ASSERT_EQ(writer->size(), cut);
        writer->write(std::string_view(plain).substr(cut));
        EXPECT_EQ(writer->finish().sha256, sha256(plain)) << cut;
        EXPECT_EQ(content(id), plain) << cut;
        EXPECT_EQ(files_in("partial"), 0u);
    }
}

TEST_F(UploadTest, WhatWasWrittenAfterTheCheckpointIsForgotten) {
    const auto plain = random_bytes(5 * chunk_size);
    const auto id = BlobId::fresh();
    {
        const auto writer = store->resume(id, key);
        writer->write(plain.substr(0, chunk_size + 100));
        writer->checkpoint();
        writer->write(random_bytes(3 * chunk_size));  // over the chunk the tail would have been in
    }
    const auto writer = store->resume(id, key);
    ASSERT_EQ(writer->size(), chunk_size + 100);
    writer->write(plain.substr(chunk_size + 100));
    writer->finish();
    EXPECT_EQ(content(id), plain);
}

TEST_F(UploadTest, AnUploadNeverCheckpointedBeginsAnew) {
    const auto id = BlobId::fresh();
    store->resume(id, key)->write(random_bytes(3 * chunk_size));
    const auto writer = store->resume(id, key);
    EXPECT_EQ(writer->size(), 0u);
    writer->write("second try");
    writer->finish();
    EXPECT_EQ(content(id), "second try");
}

TEST_F(UploadTest, ALongUploadMakesCheckpointsByItself) {
    const auto id = BlobId::fresh();
    const auto part = random_bytes(1 << 20);
    {
        const auto writer = store->resume(id, key);
        for (int i = 0; i < 20; ++i) writer->write(part);
    }
    const auto there = store->resume(id, key)->size();
    EXPECT_GE(there, 15u << 20);
    EXPECT_LT(there, 20u << 20);
}

TEST_F(UploadTest, OneUploadHasOneWriterAtATime) {
    const auto id = BlobId::fresh();
    auto first = store->resume(id, key);
    EXPECT_EQ(refusal([&] { store->resume(id, key); }), "storage.blob.in_use");
    first.reset();
    EXPECT_EQ(refusal([&] { store->resume(id, key); }), "");
}

TEST_F(UploadTest, AnUploadCannotGoOnAsSomethingElse) {
    const auto id = BlobId::fresh();
    {
        const auto writer = store->resume(id, key);
        writer->write("begun");
        writer->checkpoint();
    }
    EXPECT_EQ(refusal([&] { store->resume(id, {data_key, today, Kind::preview, scope}); }), damaged);
    const DataKey wrong(Secret::random());
    EXPECT_EQ(refusal([&] { store->resume(id, {wrong, today, Kind::file, scope}); }), damaged);
    EXPECT_EQ(store->resume(id, key)->size(), 5u);
}

TEST_F(UploadTest, ACancelledUploadLeavesNothing) {
    const auto id = BlobId::fresh();
    {
        const auto writer = store->resume(id, key);
        writer->write("begun");
        writer->checkpoint();
    }
    EXPECT_TRUE(store->remove_partial(id));
    EXPECT_FALSE(store->remove_partial(id));
    EXPECT_EQ(files_in("partial"), 0u);
    EXPECT_EQ(store->resume(id, key)->size(), 0u);
}

TEST_F(UploadTest, AKilledUploadGoesOnFromItsCheckpoint) {
    const auto id = BlobId::fresh();
    const auto plain = random_bytes(6 * chunk_size + 5);
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const auto child = fork();
    if (child == 0) {
        const auto writer = store->resume(id, key);
        writer->write(std::string_view(plain).substr(0, 2 * chunk_size + 9));
        writer->checkpoint();
        writer->write(std::string_view(plain).substr(2 * chunk_size + 9, 2 * chunk_size));
        if (write(ends[1], "x", 1) != 1) _exit(1);
        for (;;) pause();
    }
    char byte;
    ASSERT_EQ(read(ends[0], &byte, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(ends[0]);
    close(ends[1]);
    const auto writer = store->resume(id, key);
    ASSERT_EQ(writer->size(), 2 * chunk_size + 9);
    writer->write(std::string_view(plain).substr(writer->size()));
    EXPECT_EQ(writer->finish().sha256, sha256(plain));
    EXPECT_EQ(content(id), plain);
}

TEST_F(UploadTest, AFullDiskIsReportedAndAnUploadGoesOnWhenThereIsRoom) {
    const auto mounted = directory.path("small");
    ASSERT_EQ(mkdir(mounted.c_str(), 0700), 0);
    const auto id = BlobId::fresh(), small = BlobId::fresh();
    const auto plain = random_bytes(20 * chunk_size);
    const int result = in_child([&] {
        if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            mount("tmpfs", mounted.c_str(), "tmpfs", 0, "size=1m") != 0)
            return 77;
        LocalBlobStore full(mounted + "/store");
        {
            const auto writer = full.resume(id, key);
            writer->write(std::string_view(plain).substr(0, 5 * chunk_size));
            writer->checkpoint();
            if (refusal([&] { writer->write(std::string_view(plain).substr(5 * chunk_size)); }) !=
                "storage.disk_full")
                return 1;
        }
        if (refusal([&] { put_blob(full, small, key, plain); }) != "storage.disk_full") return 2;
        if (full.exists(small) || full.exists(id)) return 3;
        if (mount("tmpfs", mounted.c_str(), "tmpfs", MS_REMOUNT, "size=8m") != 0) return 4;
        const auto writer = full.resume(id, key);
        if (writer->size() != 5 * chunk_size) return 5;
        writer->write(std::string_view(plain).substr(5 * chunk_size));
        writer->finish();
        return get_blob(full, id, key, plain.size()) == plain ? 0 : 6;
    });
    if (result == 77) GTEST_SKIP() << "this user may not mount a small disk";
    EXPECT_EQ(result, 0);
}

}  // namespace
}  // namespace concordat::storage
