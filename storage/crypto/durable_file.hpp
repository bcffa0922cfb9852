// Files that must survive a crash, or must really go away.
//
// Thread-safe as far as the file system is. All of it blocks. Errors carry the path and errno text in
// their detail:
//   unavailable  storage.disk_full     no space, quota or size limit left
//   internal     storage.file          anything else
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace concordat::storage {

// Owns a file descriptor.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

// Throws the Error for the current errno. `doing` completes "cannot ...": "write", "rename".
[[noreturn]] void fail_io(const char* doing, const std::string& path);

// open(2) with O_CLOEXEC and O_NOFOLLOW; an empty Descriptor when there is no such file.
Descriptor open_if_there(const std::string& path, int flags);
// Creates the file with mode 0600; it must not exist (empty Descriptor if it does).
Descriptor create_file(const std::string& path);
bool file_exists(const std::string& path);

void write_all(int fd, std::string_view bytes, const std::string& path);
void write_all_at(int fd, std::string_view bytes, std::uint64_t offset, const std::string& path);
// Bytes read: fewer than `size` only at the end of the file.
std::size_t read_some_at(int fd, void* out, std::size_t size, std::uint64_t offset, const std::string& path);
// The whole file, or nothing when it is not there. Throws Error (internal, "storage.file") when it is longer
// than `at_most`.
std::optional<std::string> read_file(const std::string& path, std::size_t at_most);

void sync_data(int fd, const std::string& path);
void sync_directory(const std::string& directory);
std::string directory_of(const std::string& path);

// After this returns, `path` has `content` (mode 0600) whatever crash follows; before that, it has its
// old content. The old content is overwritten in place if no other name refers to it, so that
// keys that were in it cannot be read from the disk; a copy-on-write file system defeats that.
void replace_file(const std::string& path, std::string_view content);
// The second half of replace_file, for a file that has been written and synced as `fresh`.
void rename_over(const std::string& fresh, const std::string& path);
// True if the file was there. The directory is not synced.
bool remove_file(const std::string& path);

// Locks an open file against other processes and other descriptors, until this one is closed. False when
// somebody else has it.
bool try_lock(int fd, const std::string& path);

// A lock between processes: held until destruction, or the end of the process.
class FileLock {
public:
    // Throws Error (conflict, id, text) when somebody else holds it. The file is made if need be.
    FileLock(const std::string& path, const char* id, const char* text);

private:
    Descriptor fd_;
};

}  // namespace concordat::storage
