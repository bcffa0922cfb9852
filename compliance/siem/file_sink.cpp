#include "compliance/siem/file_sink.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "core/base/error.hpp"

namespace concordat::compliance {
namespace {

Error no_file(const std::string& path, int code) {
    return {Fault::unavailable, "compliance.siem.file", "The file for audit records cannot be written.",
            path + ": " + std::generic_category().message(code)};
}

// A line is one write(2), so that a test's line and another's do not mix.
void append(int file, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const auto put = ::write(file, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) throw no_file(path, errno);
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
}

struct Closed {
    int file;
    ~Closed() { ::close(file); }
};

}  // namespace

int FileSink::open() {
    constexpr int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    int file = ::open(path_.c_str(), flags);
    if (file < 0 && errno == ENOENT) {
        file = ::open(path_.c_str(), flags | O_CREAT | O_EXCL, 0600);
        if (file < 0) throw no_file(path_, errno);
        ::fchmod(file, mode_);  // whatever the umask says
        const auto directory = std::filesystem::path(path_).parent_path();
        if (const int at = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); at >= 0) {
            ::fsync(at);  // so that a crash does not take the name
            ::close(at);
        }
    }
    if (file < 0) throw no_file(path_, errno);
    return file;
}

void FileSink::write_to(int file, const std::vector<AuditRecord>& records) {
    struct stat info {};
    if (::fstat(file, &info) != 0) throw no_file(path_, errno);
    if (!S_ISREG(info.st_mode) || info.st_uid != ::geteuid() || info.st_nlink > 1 || (info.st_mode & S_IWOTH))
        throw Error(
            Fault::invalid, "compliance.siem.file_kind",
            "The file for audit records must be a regular file of the node's own user, without further "
            "names, that others may not write to.",
            path_);
    char last = '\n';
    if (info.st_size > 0 && ::pread(file, &last, 1, info.st_size - 1) != 1) throw no_file(path_, errno);
    if (last != '\n') append(file, "\n", path_);
    for (const auto& record : records) append(file, audit_json(record, host_), path_);
    if (::fsync(file) != 0) throw no_file(path_, errno);
    struct stat named {};
    if (::stat(path_.c_str(), &named) != 0 || named.st_ino != info.st_ino || named.st_dev != info.st_dev)
        throw Error(Fault::unavailable, "compliance.siem.file",
                    "The file for audit records was taken away while it was written to.", path_);
}

void FileSink::deliver(const std::vector<AuditRecord>& records) {
    const Closed opened{open()};
    write_to(opened.file, records);
}

}  // namespace concordat::compliance
