#include "storage/crypto/durable_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/base/error.hpp"

namespace concordat::storage {
namespace {

template <class Call>
auto restarted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) result = call();
    return result;
}

// Best effort: the new content is safe already, and failing now would hide that.
void overwrite_unnamed(int fd) {
    struct stat status {};
    if (fstat(fd, &status) != 0 || status.st_nlink != 0) return;
    const std::string zeros(std::min<std::size_t>(static_cast<std::size_t>(status.st_size), 64 * 1024), '\0');
    for (off_t at = 0; at < status.st_size;) {
        const auto left = static_cast<std::size_t>(status.st_size - at);
        const auto n = restarted([&] { return pwrite(fd, zeros.data(), std::min(zeros.size(), left), at); });
        if (n <= 0) return;
        at += n;
    }
    fdatasync(fd);
}

}  // namespace

Descriptor::~Descriptor() {
    if (fd_ >= 0) close(fd_);
}

void fail_io(const char* doing, const std::string& path) {
    const int code = errno;
    auto detail = std::string("cannot ") + doing + " " + path + ": " + std::strerror(code);
    if (code == ENOSPC || code == EDQUOT || code == EFBIG)
        throw Error(Fault::unavailable, "storage.disk_full", "The server has no disk space left.",
                    std::move(detail));
    throw Error(Fault::internal, "storage.file", "A file of the server cannot be used.", std::move(detail));
}

Descriptor open_if_there(const std::string& path, int flags) {
    Descriptor fd(restarted([&] { return ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW); }));
    if (!fd && errno != ENOENT) fail_io("open", path);
    return fd;
}

Descriptor create_file(const std::string& path) {
    Descriptor fd(restarted(
        [&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600); }));
    if (!fd && errno != EEXIST) fail_io("create", path);
    return fd;
}

bool file_exists(const std::string& path) {
    struct stat status {};
    if (lstat(path.c_str(), &status) == 0) return true;
    if (errno != ENOENT && errno != ENOTDIR) fail_io("look at", path);
    return false;
}

void write_all(int fd, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const auto n = restarted([&] { return ::write(fd, bytes.data(), bytes.size()); });
        if (n < 0) fail_io("write", path);
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

void write_all_at(int fd, std::string_view bytes, std::uint64_t offset, const std::string& path) {
    while (!bytes.empty()) {
        const auto n =
            restarted([&] { return pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
        if (n < 0) fail_io("write", path);
        bytes.remove_prefix(static_cast<std::size_t>(n));
        offset += static_cast<std::uint64_t>(n);
    }
}

std::size_t read_some_at(int fd, void* out, std::size_t size, std::uint64_t offset, const std::string& path) {
    std::size_t done = 0;
    while (done < size) {
        const auto n = restarted([&] {
            return pread(fd, static_cast<char*>(out) + done, size - done, static_cast<off_t>(offset + done));
        });
        if (n < 0) fail_io("read", path);
        if (n == 0) break;
        done += static_cast<std::size_t>(n);
    }
    return done;
}

std::optional<std::string> read_file(const std::string& path, std::size_t at_most) {
    const auto fd = open_if_there(path, O_RDONLY);
    if (!fd) return std::nullopt;
    struct stat status {};
    if (fstat(fd.get(), &status) != 0) fail_io("look at", path);
    if (static_cast<std::size_t>(status.st_size) > at_most) {
        errno = EOVERFLOW;
        fail_io("read", path);
    }
    std::string out(static_cast<std::size_t>(status.st_size), '\0');
    out.resize(read_some_at(fd.get(), out.data(), out.size(), 0, path));
    return out;
}

void sync_data(int fd, const std::string& path) {
    if (fdatasync(fd) != 0) fail_io("write", path);
}

void sync_directory(const std::string& directory) {
    const Descriptor fd(
        restarted([&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (!fd) fail_io("open", directory);
    if (fsync(fd.get()) != 0) fail_io("write", directory);
}

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

void replace_file(const std::string& path, std::string_view content) {
    const auto fresh = path + ".new";
    remove_file(fresh);  // left by a crash
    try {
        const auto fd = create_file(fresh);
        if (!fd) fail_io("create", fresh);
        write_all(fd.get(), content, fresh);
        sync_data(fd.get(), fresh);
    } catch (...) {  // a half-written copy helps nobody
        ::unlink(fresh.c_str());
        throw;
    }
    rename_over(fresh, path);
}

void rename_over(const std::string& fresh, const std::string& path) {
    const auto old = open_if_there(path, O_RDWR);
    if (::rename(fresh.c_str(), path.c_str()) != 0) fail_io("rename", fresh);
    sync_directory(directory_of(path));
    if (old) overwrite_unnamed(old.get());
}

bool remove_file(const std::string& path) {
    if (::unlink(path.c_str()) == 0) return true;
    if (errno != ENOENT) fail_io("remove", path);
    return false;
}

bool try_lock(int fd, const std::string& path) {
    if (restarted([&] { return flock(fd, LOCK_EX | LOCK_NB); }) == 0) return true;
    if (errno != EWOULDBLOCK) fail_io("lock", path);
    return false;
}

FileLock::FileLock(const std::string& path, const char* id, const char* text)
    : fd_(restarted([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600); })) {
    if (!fd_) fail_io("open", path);
    if (!try_lock(fd_.get(), path)) throw Error(Fault::conflict, id, text, path);
}

}  // namespace concordat::storage
