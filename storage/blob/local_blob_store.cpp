#include "storage/blob/local_blob_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "storage/blob/local_blob_reader.hpp"
#include "storage/blob/local_blob_writer.hpp"
#include "storage/crypto/durable_file.hpp"

namespace concordat::storage {
namespace {

namespace fs = std::filesystem;

Descriptor open_blob(const std::string& path) {
    auto fd = open_if_there(path, O_RDONLY);
    if (!fd) throw Error(Fault::not_found, "storage.blob.missing", "The file does not exist.", path);
    return fd;
}

void make_private(const std::string& path) {
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) fail_io("create", path);
}

// The plain files below `root`, at most two directories down. One that goes away meanwhile is passed over.
void each_file(const std::string& root,
               const std::function<void(const fs::path&, const struct stat&)>& visit) {
    std::error_code error;
    fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, error), end;
    while (!error && at != end) {
        struct stat status {};
        if (lstat(at->path().c_str(), &status) == 0 && S_ISREG(status.st_mode)) visit(at->path(), status);
        at.increment(error);
    }
    if (!error) return;
    errno = error.value();
    fail_io("list", root);
}

std::optional<BlobEntry> entry_of(const fs::path& path, const struct stat& status) {
    const auto bytes = from_hex(path.filename().native());
    IdBytes id;
    if (!bytes || bytes->size() != id.size()) return std::nullopt;  // the state of an upload; not ours
    std::memcpy(id.data(), bytes->data(), id.size());
    return BlobEntry{BlobId(id), static_cast<std::uint64_t>(status.st_size),
                     Millis{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000};
}

void each_entry(const std::string& root, const std::function<void(const BlobEntry&)>& visit) {
    each_file(root, [&](const fs::path& path, const struct stat& status) {
        if (const auto entry = entry_of(path, status)) visit(*entry);
    });
}

}  // namespace

LocalBlobStore::LocalBlobStore(std::string directory) : directory_(std::move(directory)) {
    for (const char* part : {"", "/blobs", "/partial", "/temporary"}) make_private(directory_ + part);
    sync_directory(directory_);
    clear_temporary();
}

std::unique_ptr<BlobWriter> LocalBlobStore::create(const BlobId& id, const BlobKey& key) {
    const auto path = directory_ + "/temporary/" + hex_of(random_bytes(16));
    return std::make_unique<LocalBlobWriter>(path, file_of(id), id, key, false);
}

std::unique_ptr<BlobWriter> LocalBlobStore::resume(const BlobId& id, const BlobKey& key) {
    return std::make_unique<LocalBlobWriter>(partial_of(id), file_of(id), id, key, true);
}

std::unique_ptr<BlobReader> LocalBlobStore::open(const BlobId& id, const BlobKey& key) {
    const auto path = file_of(id);
    return std::make_unique<LocalBlobReader>(open_blob(path), path, id, key);
}

std::uint32_t LocalBlobStore::day_of(const BlobId& id) {
    const auto path = file_of(id);
    return read_header(open_blob(path).get(), path, id).day;
}

bool LocalBlobStore::exists(const BlobId& id) {
    return file_exists(file_of(id));
}

bool LocalBlobStore::remove(const BlobId& id) {
    return remove_file(file_of(id));
}

bool LocalBlobStore::remove_partial(const BlobId& id) {
    remove_file(partial_of(id) + ".state");  // first, because without it the rest means nothing
    return remove_file(partial_of(id));
}

void LocalBlobStore::each(const std::function<void(const BlobEntry&)>& visit) {
    each_entry(directory_ + "/blobs", visit);
}

void LocalBlobStore::each_partial(const std::function<void(const BlobEntry&)>& visit) {
    each_entry(directory_ + "/partial", visit);
}

BlobUsage LocalBlobStore::usage() {
    BlobUsage usage;
    each([&](const BlobEntry& entry) {
        ++usage.blobs;
        usage.stored_bytes += entry.stored_bytes;
    });
    each_partial([&](const BlobEntry& entry) { usage.stored_bytes += entry.stored_bytes; });
    struct statvfs disk {};
    if (statvfs(directory_.c_str(), &disk) != 0) fail_io("look at", directory_);
    usage.free_bytes = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    return usage;
}

std::string LocalBlobStore::file_of(const BlobId& id) const {
    const auto hex = hex_of(text_of(id.bytes()));
    return directory_ + "/blobs/" + hex.substr(30, 2) + "/" + hex.substr(28, 2) + "/" + hex;
}

std::string LocalBlobStore::partial_of(const BlobId& id) const {
    return directory_ + "/partial/" + hex_of(text_of(id.bytes()));
}

void LocalBlobStore::clear_temporary() {
    each_file(directory_ + "/temporary", [](const fs::path& path, const struct stat&) {
        const auto fd = open_if_there(path.native(), O_RDWR);
        if (fd && try_lock(fd.get(), path.native()))
            remove_file(path.native());  // a writer keeps its file locked
    });
}

}  // namespace concordat::storage
