#include "appliance/operations/postgres_process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"

namespace concordat::appliance {
namespace {

Error cannot(const std::string& what, int error) {
    return {Fault::unavailable, "appliance.postgres.run", "The database server cannot be run.",
            what + ": " + std::strerror(error)};
}

// <sys/pidfd.h> of glibc 2.36 declares these for C only.
int pidfd_open(pid_t pid) {
    return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}
int pidfd_send_signal(int fd, int number) {
    return static_cast<int>(syscall(SYS_pidfd_send_signal, fd, number, nullptr, 0));
}

class OpenFile {
public:
    explicit OpenFile(int fd = -1) : fd_(fd) {}
    OpenFile(const OpenFile&) = delete;
    ~OpenFile() { reset(); }
    int get() const { return fd_; }
    void reset() {
        if (fd_ >= 0) close(std::exchange(fd_, -1));
    }

private:
    int fd_;
};

// Between fork and exec: only calls that are safe after fork in a program with threads.
// Tells the errno of what failed through `report`.
[[noreturn]] void become(char* const* argv, char* const* environment, const ServerAccount& account,
                         const char* directory, int log, int report) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
    umask(077);
    bool done = setsid() >= 0;
    if (done && geteuid() == 0)
        done = setgroups(account.groups.size(), account.groups.data()) == 0 &&
               setresgid(account.gid, account.gid, account.gid) == 0 &&
               setresuid(account.uid, account.uid, account.uid) == 0;
    int null = done ? open("/dev/null", O_RDONLY) : -1;
    done = done && null >= 0 && chdir(directory) == 0 && dup2(null, 0) >= 0 && dup2(log, 1) >= 0 &&
           dup2(log, 2) >= 0;
    // `report` closes itself at exec; everything else of the node stays with the node.
    if (done && (done = dup2(report, 3) >= 0)) report = 3;
    done = done && fcntl(3, F_SETFD, FD_CLOEXEC) == 0 && close_range(4, ~0U, 0) == 0;
    if (done) execve(argv[0], argv, environment);
    int error = errno;
    ssize_t told = write(report, &error, sizeof error);
    _exit(told == sizeof error ? 126 : 127);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> out;
    for (auto& word : words) out.push_back(word.data());
    out.push_back(nullptr);
    return out;
}

int open_log(const std::string& path, const ServerAccount& account) {
    int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) throw cannot("open " + path, errno);
    if (geteuid() == 0 && fchown(fd, account.uid, account.gid) != 0) {
        int error = errno;
        close(fd);
        throw cannot("chown " + path, error);
    }
    return fd;
}

// The words of a process's command line; none for a zombie.
std::vector<std::string> command_line(pid_t pid) {
    std::vector<std::string> words;
    std::istringstream in(file_text("/proc/" + std::to_string(pid) + "/cmdline"));
    for (std::string word; std::getline(in, word, '\0');) words.push_back(word);
    return words;
}

bool serves(pid_t pid, const std::string& cluster) {
    auto words = command_line(pid);
    if (words.empty() || !words[0].ends_with("postgres")) return false;
    for (std::size_t i = 1; i + 1 < words.size(); ++i)
        if (words[i] == "-D" && words[i + 1] == cluster) return true;
    return false;
}

}  // namespace

ServerAccount server_account(const std::string& user_when_root) {
    bool root = geteuid() == 0;
    std::array<char, 16384> space{};
    passwd entry{};
    passwd* found = nullptr;
    if (root)
        getpwnam_r(user_when_root.c_str(), &entry, space.data(), space.size(), &found);
    else
        getpwuid_r(geteuid(), &entry, space.data(), space.size(), &found);
    if (!found || found->pw_uid == 0)
        throw Error(Fault::invalid, "appliance.postgres.user",
                    !root ? "The database server cannot run as a user without an entry in /etc/passwd."
                    : found
                        ? "The database server must not run as root."
                        : "The user \"" + user_when_root +
                              "\", as whom the database server is to run, does not exist. Create it with: "
                              "useradd --system --user-group --shell /usr/sbin/nologin " +
                              user_when_root);
    ServerAccount account{found->pw_uid, found->pw_gid, {}, found->pw_name};
    int count = 64;
    account.groups.resize(count);
    if (getgrouplist(found->pw_name, found->pw_gid, account.groups.data(), &count) < 0) count = 0;
    account.groups.resize(count);
    return account;
}

std::optional<Process> Process::hold(pid_t pid) {
    if (pid <= 1) return std::nullopt;
    int fd = pidfd_open(pid);
    if (fd < 0 && errno == ESRCH) return std::nullopt;
    if (fd < 0) throw cannot("pidfd_open", errno);
    return Process(pid, fd);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      fd_(std::exchange(other.fd_, -1)),
      ending_(std::move(other.ending_)) {}

Process& Process::operator=(Process&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(fd_, other.fd_);
    std::swap(ending_, other.ending_);
    return *this;
}

Process::~Process() {
    if (fd_ >= 0) close(fd_);
}

bool Process::signal(int number) const {
    return fd_ >= 0 && pidfd_send_signal(fd_, number) == 0;
}

bool Process::wait_for(std::chrono::milliseconds limit) {
    if (fd_ < 0 || !ending_.empty()) return true;
    auto deadline = std::chrono::steady_clock::now() + limit;
    pollfd wait{fd_, POLLIN, 0};
    for (;;) {
        auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline -
                                                                          std::chrono::steady_clock::now());
        int ready = poll(&wait, 1, static_cast<int>(std::max<long long>(0, left.count())));
        if (ready > 0) break;
        if (ready == 0) return false;
        if (errno != EINTR) throw cannot("poll", errno);
    }
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_)
        ending_ = "ended";
    else if (WIFSIGNALED(status))
        ending_ = "signal " + std::to_string(WTERMSIG(status));
    else
        ending_ = "exit code " + std::to_string(WEXITSTATUS(status));
    return true;
}

Process start_process(const std::vector<std::string>& words, const ServerAccount& account,
                      const std::string& directory, const std::string& log) {
    std::vector<std::string> arguments = words;
    std::vector<std::string> environment{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"};
    auto argv = pointers(arguments);
    auto envp = pointers(environment);
    OpenFile out(open_log(log, account));
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw cannot("pipe", errno);
    OpenFile result(ends[0]);
    OpenFile report(ends[1]);

    pid_t child = fork();
    if (child < 0) throw cannot("fork", errno);
    if (child == 0) become(argv.data(), envp.data(), account, directory.c_str(), out.get(), report.get());
    auto process = Process::hold(child);
    report.reset();
    int error = 0;
    ssize_t length = 0;
    while ((length = read(result.get(), &error, sizeof error)) < 0 && errno == EINTR) {
    }
    if (length == sizeof error) {
        process->wait_for(std::chrono::seconds(5));
        throw cannot("cannot run " + words[0] + " as user " + account.name + " in " + directory, error);
    }
    return std::move(*process);
}

std::optional<PostmasterFile> read_postmaster_file(const std::string& cluster) {
    std::istringstream in(file_text(cluster + "/postmaster.pid"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    if (lines.empty()) return std::nullopt;
    PostmasterFile file;
    auto [end, error] = std::from_chars(lines[0].data(), lines[0].data() + lines[0].size(), file.pid);
    if (error != std::errc() || file.pid <= 0) return std::nullopt;
    if (lines.size() > 4) file.socket_directory = lines[4];
    if (lines.size() > 7) file.state = trimmed(lines[7]);
    return file;
}

std::optional<Process> find_postmaster(const std::string& cluster) {
    auto file = read_postmaster_file(cluster);
    if (!file) return std::nullopt;
    auto process = Process::hold(file->pid);
    if (!process || !serves(file->pid, cluster))
        return std::nullopt;  // asked after holding: no race on the number
    return process;
}

void drop_stale_postmaster_file(const std::string& cluster) {
    auto file = read_postmaster_file(cluster);
    if (!file || find_postmaster(cluster)) return;
    if (kill(file->pid, 0) != 0 && errno == ESRCH) return;
    log_warn("removing a stale postmaster.pid", {{"pid", file->pid}});
    if (unlink((cluster + "/postmaster.pid").c_str()) != 0 && errno != ENOENT)
        throw cannot("remove postmaster.pid", errno);
    sync_directory(cluster);
}

void own_directory(const std::string& path, const ServerAccount& account) {
    auto refuse = [&](const std::string& why) {
        return Error(Fault::invalid, "appliance.postgres.directory", "The database directory cannot be used.",
                     path + " " + why);
    };
    if (mkdir(path.c_str(), 0700) == 0) {
        if (geteuid() == 0 && chown(path.c_str(), account.uid, account.gid) != 0)
            throw refuse(std::string("cannot be given to ") + account.name + ": " + std::strerror(errno));
    } else if (errno != EEXIST) {
        throw refuse(std::string("cannot be created: ") + std::strerror(errno));
    }
    struct stat found {};
    if (lstat(path.c_str(), &found) != 0)
        throw refuse(std::string("cannot be read: ") + std::strerror(errno));
    if (!S_ISDIR(found.st_mode)) throw refuse("is not a directory");
    if (found.st_uid != account.uid)
        throw refuse("belongs to user number " + std::to_string(found.st_uid) + ", not to " + account.name);
    if ((found.st_mode & 077) != 0 && chmod(path.c_str(), 0700) != 0) throw refuse("is open to other users");
}

void replace_file(const std::string& path, const std::string& text, const ServerAccount& account) {
    std::string aside = path + ".new";
    unlink(aside.c_str());
    OpenFile file(open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0) throw cannot("create " + aside, errno);
    for (std::string_view rest = text; !rest.empty();) {
        ssize_t written = write(file.get(), rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw cannot("write " + aside, errno);
        rest.remove_prefix(written);
    }
    if (geteuid() == 0 && fchown(file.get(), account.uid, account.gid) != 0)
        throw cannot("chown " + aside, errno);
    if (fsync(file.get()) != 0) throw cannot("sync " + aside, errno);
    if (rename(aside.c_str(), path.c_str()) != 0) throw cannot("rename " + aside, errno);
    sync_directory(path.substr(0, path.rfind('/')));
}

std::string file_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void sync_directory(const std::string& path) {
    OpenFile directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || fsync(directory.get()) != 0) throw cannot("sync " + path, errno);
}

std::string telling_line(const std::string& log, std::size_t offset) {
    std::string text = file_text(log);
    if (text.size() < offset) offset = 0;  // the log was cut meanwhile
    std::istringstream in(text.substr(offset));
    std::string last;
    std::string fatal;
    for (std::string line; std::getline(in, line);) {
        if (!trimmed(line).empty()) last = line;
        for (const char* word : {"FATAL:", "PANIC:", "error:"})
            if (line.find(word) != line.npos) fatal = line;
    }
    return fatal.empty() ? last : fatal;
}

}  // namespace concordat::appliance
