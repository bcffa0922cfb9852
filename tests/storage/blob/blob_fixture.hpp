// A store in a directory of its own, and a key.
#pragma once
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>

#include "storage/blob/blob_format.hpp"
#include "storage/blob/local_blob_store.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/temporary_directory.hpp"

namespace concordat::storage {

using test::refusal;
namespace fs = std::filesystem;

inline constexpr const char* damaged = "storage.blob.damaged";
inline constexpr std::uint32_t today = 20'000;

// Runs in a child, because limits and mounts are those of a process.
inline int in_child(const std::function<int()>& body) {
    const auto child = fork();
    if (child == 0) _exit(body());
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

class BlobStoreTest : public testing::Test {
protected:
    std::unique_ptr<BlobReader> opened(const BlobId& id) { return store->open(id, key); }
    std::string content(const BlobId& id) { return get_blob(*store, id, key, 1ull << 30); }
    BlobId put(const std::string& plain) {
        const auto id = BlobId::fresh();
        put_blob(*store, id, key, plain);
        return id;
    }
    std::string stored(const BlobId& id) {
        std::ifstream in(store->file_of(id), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void overwrite(const BlobId& id, const std::string& bytes) {
        std::ofstream(store->file_of(id), std::ios::binary | std::ios::trunc) << bytes;
    }
    std::size_t files_in(const char* part) const {
        const auto path = directory.path("store") + "/" + part;
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), {}));
    }
    void restart() {
        store.reset();
        store = std::make_unique<LocalBlobStore>(directory.path("store"));
    }

    test::TemporaryDirectory directory;
    const DataKey data_key{Secret::random()};
    const IdBytes scope = new_id_bytes(1);
    const BlobKey key{data_key, today, Kind::file, scope};
    std::unique_ptr<LocalBlobStore> store = std::make_unique<LocalBlobStore>(directory.path("store"));
};

}  // namespace concordat::storage
