// A real PostgreSQL for tests: one throwaway server per test program, an empty database per call.
//
//   storage::Database db(test::fresh_database(), ...);
//
// The server starts at the first call, listens on a unix socket in its own directory under /tmp only,
// and writes without fsync. It ends when the test program ends, however that happens: its supervisor
// waits for the end of a pipe whose other side only this process holds, stops PostgreSQL and removes
// the directory. When the tests run as root, the server runs as `postgres`.
//
// With CONCORDAT_TEST_DATABASE set (a DSN of a role that may create databases), that server is used
// instead; the databases made there are dropped when the program ends.
//
// Needs libpq, so include it only in tests of rooms that link storage/database or pqxx. Thread-safe.
// A server that cannot start throws std::runtime_error with the last lines of its log.
#pragma once
#include <fcntl.h>
#include <postgresql/libpq-fe.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace concordat::test {

namespace postgres_detail {

inline constexpr const char* programs = "/usr/lib/postgresql/15/bin";
// Bump when the initdb options below change: the prepared cluster is kept between runs.
inline constexpr const char* template_name = "cluster-15-2";

[[noreturn]] inline void fail(const std::string& what, int error = 0) {
    throw std::runtime_error("test database: " + what +
                             (error ? std::string(": ") + std::strerror(error) : ""));
}

// Whom the server runs as: this user, or `postgres` when this user is root.
struct ServerUser {
    uid_t uid;
    gid_t gid;
    ServerUser() : uid(geteuid()), gid(getegid()) {
        if (uid != 0) return;
        const passwd* found = getpwnam("postgres");
        if (!found) found = getpwnam("nobody");
        if (!found) fail("root needs a user `postgres` to run the server as");
        uid = found->pw_uid;
        gid = found->pw_gid;
    }
};

inline void private_directory(const std::string& path, const ServerUser& user) {
    if (mkdir(path.c_str(), 0700) == 0) {
        if (geteuid() == 0 && chown(path.c_str(), user.uid, user.gid) != 0) fail("chown " + path, errno);
        return;
    }
    if (errno != EEXIST) fail("mkdir " + path, errno);
    for (int tries = 0;; ++tries) {  // another test program may be between its mkdir and its chown
        struct stat found {};
        if (lstat(path.c_str(), &found) != 0) fail("stat " + path, errno);
        if (S_ISDIR(found.st_mode) && found.st_uid == user.uid && (found.st_mode & 077) == 0) return;
        if (tries == 100) fail(path + " exists and does not belong to the server's user alone");
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

// Starts a shell script as the server's user in a session of its own; its standard input is `input`.
inline pid_t start_script(const ServerUser& user, const std::string& script,
                          const std::vector<std::string>& arguments, int input) {
    std::vector<std::string> words;
    if (geteuid() == 0)
        words = {"setpriv", "--reuid=" + std::to_string(user.uid), "--regid=" + std::to_string(user.gid),
                 "--clear-groups"};
    for (const char* word : {"env", "-i", "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC", "sh", "-c"})
        words.push_back(word);
    words.push_back(script);
    words.push_back("sh");
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    pid_t child = fork();
    if (child < 0) fail("fork", errno);
    if (child > 0) return child;
    setsid();
    if (chdir("/") != 0) _exit(126);
    int null = open("/dev/null", O_RDWR);
    dup2(input >= 0 ? input : null, 0);
    dup2(null, 1);
    dup2(null, 2);
    close_range(3, ~0U, 0);
    execvp(argv[0], argv.data());
    _exit(127);
}

inline std::string tail_of(const std::string& file) {
    std::ifstream in(file);
    std::string all((std::istreambuf_iterator<char>(in)), {});
    return all.size() > 2000 ? all.substr(all.size() - 2000) : all;
}

// A cluster that initdb made once for this user; test programs that start together make one.
inline std::string prepared_cluster(const ServerUser& user) {
    std::string store = "/tmp/concordat-tests-" + std::to_string(user.uid);
    private_directory(store, user);
    std::string ready = store + "/" + template_name;
    int lock = open((store + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) fail("open " + store + "/lock", errno);
    std::unique_ptr<int, void (*)(int*)> unlock(&lock, [](int* fd) { close(*fd); });
    if (flock(lock, LOCK_EX) != 0) fail("flock", errno);
    if (access((ready + "/PG_VERSION").c_str(), F_OK) == 0) return ready;

    pid_t child = start_script(user, R"(set -e
        rm -rf "$2" "$2.new"
        "$1/initdb" -D "$2.new" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --wal-segsize=1 \
            --no-sync --no-instructions >"$2.log" 2>&1
        mv "$2.new" "$2")",
                               {programs, ready}, -1);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0) fail("initdb failed (is postgresql-15 installed?)\n" + tail_of(ready + ".log"));
    return ready;
}

using Connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;

inline void run_sql(const std::string& dsn, const std::string& sql) {
    Connection connection(PQconnectdb(dsn.c_str()), &PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK) fail(PQerrorMessage(connection.get()));
    std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
    auto code = PQresultStatus(result.get());
    if (code != PGRES_COMMAND_OK && code != PGRES_TUPLES_OK) fail(PQerrorMessage(connection.get()));
}

// `dsn` (keywords or URL) with another database, as keywords.
inline std::string with_database(const std::string& dsn, const std::string& name) {
    char* error = nullptr;
    std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
        PQconninfoParse(dsn.c_str(), &error), &PQconninfoFree);
    if (!options) {
        std::string text = error ? error : "";
        PQfreemem(error);
        fail("CONCORDAT_TEST_DATABASE: " + text);
    }
    std::string out;
    for (auto* option = options.get(); option->keyword; ++option) {
        if (!option->val || !std::strcmp(option->keyword, "dbname")) continue;
        out += std::string(option->keyword) + "='";
        for (const char* c = option->val; *c; ++c) {
            if (*c == '\'' || *c == '\\') out += '\\';
            out += *c;
        }
        out += "' ";
    }
    return out + "dbname=" + name;
}

class Server {
public:
    Server() {
        if (const char* given = std::getenv("CONCORDAT_TEST_DATABASE"); given && *given) {
            dsn_ = given;
            external_ = true;
        } else {
            start();
        }
    }
    Server(const Server&) = delete;
    ~Server() {
        for (const auto& name : made_) drop(name);
        if (lifeline_ < 0) return;
        close(lifeline_);
        while (waitpid(supervisor_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }

    const std::string& dsn() const { return dsn_; }

    std::string fresh() {
        std::random_device random;
        std::ostringstream name;
        name << "test_" << std::hex << getpid() << '_' << random() << random();
        run_sql(dsn_, "create database " + name.str() +
                          " template template0 encoding 'UTF8' lc_collate 'C.UTF-8' " + "lc_ctype 'C.UTF-8'");
        std::lock_guard guard(mutex_);
        if (external_) made_.push_back(name.str());
        return with_database(dsn_, name.str());
    }

private:
    void start() {
        ServerUser user;
        std::string prepared = prepared_cluster(user);
        char pattern[] = "/tmp/concordat-test-XXXXXX";
        if (!mkdtemp(pattern)) fail("mkdtemp", errno);
        if (geteuid() == 0 && chown(pattern, user.uid, user.gid) != 0) fail("chown", errno);
        std::string directory = pattern;
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe", errno);
        lifeline_ = ends[1];
        supervisor_ = start_script(user, R"(
            trap '' INT HUP
            cp -a --reflink=auto "$3" "$2/cluster" 2>"$2/log" || exit 1
            "$1/postgres" -D "$2/cluster" \
                -c listen_addresses= -c unix_socket_directories="$2" -c unix_socket_permissions=0700 \
                -c fsync=off -c synchronous_commit=on -c full_page_writes=off -c autovacuum=off -c jit=off \
                -c shared_buffers=32MB -c max_connections=100 -c wal_level=minimal -c max_wal_senders=0 \
                -c max_wal_size=256MB -c log_min_messages=log -c timezone=UTC >"$2/log" 2>&1 </dev/null &
            server=$!
            read -r end
            kill -QUIT $server
            wait $server
            rm -rf "$2")",
                                   {programs, directory, prepared}, ends[0]);
        close(ends[0]);
        dsn_ = "host=" + directory + " port=5432 user=postgres dbname=postgres";
        wait_until_ready(directory);
    }

    void wait_until_ready(const std::string& directory) {
        using namespace std::chrono;
        for (auto deadline = steady_clock::now() + seconds(60); steady_clock::now() < deadline;) {
            if (access((directory + "/.s.PGSQL.5432").c_str(), F_OK) == 0 &&
                PQping(dsn_.c_str()) == PQPING_OK)
                return;
            std::this_thread::sleep_for(milliseconds(5));
        }
        std::string log = tail_of(directory + "/log");
        close(lifeline_);
        fail("the server did not start\n" + log);
    }

    void drop(const std::string& name) {
        try {
            run_sql(dsn_, "drop database if exists " + name + " with (force)");
        } catch (const std::exception&) {
            // The program is ending and the server may have ended before it.
        }
    }

    std::string dsn_;
    bool external_ = false;
    pid_t supervisor_ = -1;
    int lifeline_ = -1;
    std::mutex mutex_;
    std::vector<std::string> made_;
};

inline Server& server() {
    static Server one;  // ends with the program
    return one;
}

}  // namespace postgres_detail

// A DSN of the server itself (database `postgres`, a superuser unless the server is an external one).
inline std::string server_dsn() {
    return postgres_detail::server().dsn();
}

// A DSN of a new, empty database.
inline std::string fresh_database() {
    return postgres_detail::server().fresh();
}

}  // namespace concordat::test
