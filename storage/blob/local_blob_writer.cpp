#include "storage/blob/local_blob_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>

#include "core/base/error.hpp"

namespace concordat::storage {
namespace {

constexpr std::uint64_t chunks_between_checkpoints = 16 * 1024 * 1024 / chunk_size;
constexpr std::size_t hash_state_size = 32;
constexpr std::size_t longest_state = 8 + gcm_overhead + hash_state_size + chunk_size;

Error already_there(const std::string& place) {
    return {Fault::conflict, "storage.blob.exists", "The file exists already.", place};
}

// False when `path` no longer names the open file: whoever had locked it before has finished it.
bool is_still_at(int fd, const std::string& path) {
    struct stat open {
    }, named{};
    if (fstat(fd, &open) != 0) fail_io("look at", path);
    if (lstat(path.c_str(), &named) != 0) return false;
    return open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

void make_directory(const std::string& path) {
    if (mkdir(path.c_str(), 0700) == 0) return sync_directory(directory_of(path));
    if (errno != EEXIST) fail_io("create", path);
}

// link(2) and not rename(2), because it never replaces a file.
void publish(const std::string& path, const std::string& place) {
    make_directory(directory_of(directory_of(place)));
    make_directory(directory_of(place));
    if (link(path.c_str(), place.c_str()) != 0) {
        if (errno == EEXIST) throw already_there(place);
        fail_io("create", place);
    }
    sync_directory(directory_of(place));
}

}  // namespace

LocalBlobWriter::LocalBlobWriter(std::string path, std::string place, const BlobId& id, const BlobKey& key,
                                 bool may_resume)
    : path_(std::move(path)),
      place_(std::move(place)),
      may_resume_(may_resume),
      fd_(open_locked(path_, place_, may_resume)),
      cipher_(begin(id, key)) {
    if (!may_resume_) return;
    if (const auto state = read_file(state_path(), longest_state)) restore(*state);
}

LocalBlobWriter::~LocalBlobWriter() {
    wipe(tail_.data(), tail_.size());
}

LocalBlobWriter::Removal::~Removal() {
    if (is_due) ::unlink(path.c_str());
}

Descriptor LocalBlobWriter::open_locked(const std::string& path, const std::string& place, bool may_resume) {
    for (;;) {
        auto fd = create_file(path);
        if (!fd && may_resume) fd = open_if_there(path, O_RDWR);
        if (!fd) continue;  // finished or made by another thread in between
        if (!try_lock(fd.get(), path))
            throw Error(Fault::conflict, "storage.blob.in_use",
                        "The upload is being written by another request.", path);
        if (!is_still_at(fd.get(), path)) continue;
        if (!file_exists(place)) return fd;
        remove_file(path);  // its content, if any, is that of the finished blob
        throw already_there(place);
    }
}

// Finds the header of the upload that goes on, or writes a new one. Without a state there is nothing durable.
ChunkCipher LocalBlobWriter::begin(const BlobId& id, const BlobKey& key) {
    std::string head(BlobHeader::size, '\0');
    head.resize(read_some_at(fd_.get(), head.data(), head.size(), 0, path_));
    if (head.size() == BlobHeader::size && file_exists(state_path()))
        return {BlobHeader::parse(head, id), key};
    if (may_resume_) remove_file(state_path());
    if (ftruncate(fd_.get(), 0) != 0) fail_io("write", path_);
    ChunkCipher cipher(BlobHeader::fresh(id, key), key);
    write_all_at(fd_.get(), text_of(cipher.header().bytes()), 0, path_);
    return cipher;
}

void LocalBlobWriter::restore(std::string_view state) {
    if (state.size() < 8) damaged_blob(cipher_.header().id, "the state of the upload is cut off");
    const auto chunks = get_u64(state.data());
    std::string plain;
    cipher_.open(chunks, ChunkMark::unfinished, state.substr(8), plain);
    if (plain.size() < hash_state_size)
        damaged_blob(cipher_.header().id, "the state of the upload is cut off");
    struct stat status {};
    if (fstat(fd_.get(), &status) != 0) fail_io("look at", path_);
    if (static_cast<std::uint64_t>(status.st_size) < chunk_offset(chunks))
        damaged_blob(cipher_.header().id, "the upload is cut off");
    if (ftruncate(fd_.get(), static_cast<off_t>(chunk_offset(chunks))) != 0) fail_io("write", path_);
    std::array<std::uint8_t, hash_state_size> hash;
    std::memcpy(hash.data(), plain.data(), hash.size());
    hash_ = Sha256(hash, chunks * chunk_size);
    chunks_ = chunks;
    tail_ = plain.substr(hash_state_size);
    wipe(plain.data(), plain.size());
}

void LocalBlobWriter::write(std::string_view bytes) {
    while (!bytes.empty()) {
        if (tail_.size() == chunk_size) {
            put_chunk(ChunkMark::inner, tail_);
            tail_.clear();
        }
        if (tail_.empty() && bytes.size() > chunk_size) {
            put_chunk(ChunkMark::inner, bytes.substr(0, chunk_size));
            bytes.remove_prefix(chunk_size);
        } else {
            const auto count = std::min(chunk_size - tail_.size(), bytes.size());
            tail_.append(bytes.substr(0, count));
            bytes.remove_prefix(count);
        }
        if (may_resume_ && unsaved_ >= chunks_between_checkpoints) checkpoint();
    }
}

void LocalBlobWriter::put_chunk(ChunkMark mark, std::string_view plain) {
    write_all_at(fd_.get(), cipher_.seal(chunks_, mark, plain, sealed_), chunk_offset(chunks_), path_);
    hash_.add(plain);
    ++chunks_;
    ++unsaved_;
}

// The chunks must be on the disk before the state says so. The tail is kept in the state and not in the file,
// so that writing its chunk later cannot tear what has been promised.
void LocalBlobWriter::checkpoint() {
    assert(may_resume_);
    sync_data(fd_.get(), path_);
    std::string plain(text_of(hash_.state()));
    plain += tail_;
    std::string state(8, '\0');
    put_u64(reinterpret_cast<std::uint8_t*>(state.data()), chunks_);
    state += cipher_.seal(chunks_, ChunkMark::unfinished, plain, sealed_);
    wipe(plain.data(), plain.size());
    replace_file(state_path(), state);
    unsaved_ = 0;
}

BlobSummary LocalBlobWriter::finish() {
    BlobSummary summary;
    summary.size = size();
    put_chunk(ChunkMark::last, tail_);
    sync_data(fd_.get(), path_);
    publish(path_, place_);
    if (may_resume_) remove_file(state_path());
    remove_file(path_);
    summary.sha256 = hash_.finish();
    return summary;
}

}  // namespace concordat::storage
