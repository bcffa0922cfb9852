#include "appliance/operations/managed_postgres.hpp"

#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <pqxx/pqxx>
#include <set>

#include "appliance/operations/postgres_process.hpp"
#include "core/base/error.hpp"

using namespace concordat;
using namespace concordat::appliance;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds limit = 60s) {
    for (auto end = std::chrono::steady_clock::now() + limit; std::chrono::steady_clock::now() < end;) {
        if (holds()) return true;
        std::this_thread::sleep_for(20ms);
    }
    return holds();
}

// What a person who has these files could read in every log of the directory.
std::string logs_of(const std::string& directory) {
    std::string all;
    for (const auto& entry : fs::recursive_directory_iterator(directory))
        if (entry.is_regular_file() && entry.path().string().find(".log") != std::string::npos)
            all += file_text(entry.path());
    return all;
}

class ManagedPostgresTest : public testing::Test {
protected:
    // One cluster for the tests that do not need a new one: initdb takes most of the time.
    static void SetUpTestSuite() {
        char pattern[] = "/tmp/concordat-pg-XXXXXX";
        base_ = mkdtemp(pattern);
        ASSERT_EQ(chmod(base_.c_str(), 0711), 0);  // the server's user must pass through
    }
    static void TearDownTestSuite() { fs::remove_all(base_); }

    static PostgresOptions options(const std::string& name = "shared") {
        PostgresOptions out;
        out.directory = base_ + "/" + name;
        out.user = "postgres";
        out.start_deadline = 60s;
        return out;
    }

    // Another node: starts the server in a process of its own and is killed there.
    static void start_and_be_killed() {
        pid_t child = fork();
        if (child == 0) {
            ManagedPostgres node(options());
            node.start();
            raise(SIGKILL);
        }
        int status = 0;
        waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the other node could not start";
    }

    static std::string asked(const std::string& dsn, const std::string& sql) {
        pqxx::connection connection(dsn);
        pqxx::nontransaction tx(connection);
        return tx.exec1(sql)[0].as<std::string>();
    }

    static inline std::string base_;
};

TEST_F(ManagedPostgresTest, TheFirstStartMakesADurableClusterThatListensOnNoNetwork) {
    ManagedPostgres node(options());
    node.start();

    for (auto [name, value] : std::vector<std::pair<std::string, std::string>>{{"data_checksums", "on"},
                                                                               {"jit", "off"},
                                                                               {"fsync", "on"},
                                                                               {"synchronous_commit", "on"},
                                                                               {"full_page_writes", "on"},
                                                                               {"listen_addresses", ""},
                                                                               {"server_encoding", "UTF8"},
                                                                               {"lc_collate", "C.UTF-8"}})
        EXPECT_EQ(asked(node.dsn(), "show " + name), value) << name;
    EXPECT_EQ(asked(node.dsn(), "select current_user || ' ' || current_database()"), "concordat concordat");
    EXPECT_EQ(asked(node.dsn(), "select rolsuper::text from pg_roles where rolname = current_user"), "false");

    std::set<std::string> listening;  // inodes of TCP sockets on this machine
    for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        std::ifstream in(table);
        std::string line;
        std::getline(in, line);
        while (std::getline(in, line)) {
            std::istringstream words(line);
            std::string word;
            for (int i = 0; i < 10; ++i) words >> word;
            listening.insert("socket:[" + word + "]");
        }
    }
    int sockets = 0;
    for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(node.status().pid) + "/fd")) {
        std::error_code none;
        auto target = fs::read_symlink(entry, none).string();
        sockets += target.starts_with("socket:");
        EXPECT_FALSE(listening.contains(target)) << target;
    }
    EXPECT_GE(sockets, 1);  // the unix socket was seen, so a TCP one would have been
}

TEST_F(ManagedPostgresTest, TheServerNeverRunsAsRootAndNobodyElseMayEnterItsDirectories) {
    ManagedPostgres node(options());
    node.start();
    auto status = node.status();
    EXPECT_EQ(status.state, "running");

    struct stat found {};
    ASSERT_EQ(stat(("/proc/" + std::to_string(status.pid)).c_str(), &found), 0);
    uid_t expected = geteuid() == 0 ? getpwnam("postgres")->pw_uid : geteuid();
    EXPECT_EQ(found.st_uid, expected);
    for (const auto& path : {status.directory, status.directory + "/cluster", status.socket_directory}) {
        ASSERT_EQ(stat(path.c_str(), &found), 0) << path;
        EXPECT_EQ(found.st_mode & 0777, 0700u) << path;
        EXPECT_EQ(found.st_uid, expected) << path;
    }
}

TEST_F(ManagedPostgresTest, ASecondStartIsFastAndFindsWhatTheFirstKept) {
    {
        ManagedPostgres node(options());
        node.start();
        asked(node.dsn(), "with made as (select 1) select count(*) from made");
        pqxx::connection connection(node.dsn());
        pqxx::nontransaction tx(connection);
        tx.exec("drop table if exists kept");
        tx.exec("create table kept as select 42 as answer");
    }
    EXPECT_EQ(postgres_status(options().directory).state, "stopped");

    ManagedPostgres node(options());
    node.start();
    EXPECT_EQ(asked(node.dsn(), "select answer from kept"), "42");
    node.stop();
    EXPECT_EQ(node.status().state, "stopped");
    EXPECT_EQ(node.status().pid, 0);
    EXPECT_NE(logs_of(options().directory).find("database system is shut down"), std::string::npos);
}

TEST_F(ManagedPostgresTest, AServerThatIsKilledIsStartedAgain) {
    ManagedPostgres node(options());
    node.start();
    pid_t first = node.status().pid;
    ASSERT_EQ(kill(first, SIGKILL), 0);

    ASSERT_TRUE(eventually([&] { return node.status().restarts == 1; }));
    EXPECT_NE(node.status().pid, first);
    EXPECT_EQ(asked(node.dsn(), "select 1"), "1");
}

TEST_F(ManagedPostgresTest, AServerLeftByAKilledNodeIsTakenOver) {
    start_and_be_killed();
    auto left = postgres_status(options().directory);
    ASSERT_EQ(left.state, "running");

    ManagedPostgres node(options());
    node.start();
    EXPECT_EQ(node.status().pid, left.pid);
    EXPECT_TRUE(node.status().is_adopted);
    EXPECT_EQ(asked(node.dsn(), "select 1"), "1");

    node.stop();
    EXPECT_EQ(postgres_status(options().directory).state, "stopped");
}

TEST_F(ManagedPostgresTest, AServerWithOtherSettingsIsRestartedInsteadOfTakenOver) {
    start_and_be_killed();
    auto left = postgres_status(options().directory);
    ASSERT_EQ(left.state, "running");
    std::ofstream(options().directory + "/cluster/concordat.conf", std::ios::app) << "jit = on\n";

    ManagedPostgres node(options());
    node.start();
    EXPECT_NE(node.status().pid, left.pid);
    EXPECT_EQ(asked(node.dsn(), "show jit"), "off");
}

TEST_F(ManagedPostgresTest, APostmasterFileThatNamesAnotherProgramIsNotInTheWay) {
    {
        ManagedPostgres node(options());
        node.start();
    }
    // A live process of the server's own user that is no server: what a reused number looks like.
    auto account = server_account("postgres");
    auto other = start_process({"/usr/bin/sleep", "60"}, account, options().directory,
                               options().directory + "/postgresql.log");
    replace_file(options().directory + "/cluster/postmaster.pid",
                 std::to_string(other.pid()) + "\n" + options().directory + "/cluster\n1\n5432\n\n\n\n",
                 account);
    EXPECT_EQ(postgres_status(options().directory).pid, 0);

    ManagedPostgres node(options());
    node.start();
    EXPECT_EQ(asked(node.dsn(), "select 1"), "1");
    EXPECT_FALSE(other.wait_for(0ms)) << "the innocent process was ended";
    other.signal(SIGKILL);
    EXPECT_TRUE(other.wait_for(60s));
}

TEST_F(ManagedPostgresTest, ASecondNodeOnTheSameDirectoryIsRefused) {
    ManagedPostgres first(options());
    first.start();
    ManagedPostgres second(options());
    try {
        second.start();
        FAIL() << "two owners";
    } catch (const Error& e) {
        EXPECT_EQ(e.id(), "appliance.postgres.in_use");
        EXPECT_NE(e.detail().find(std::to_string(getpid())), std::string::npos) << e.detail();
    }
    second.stop();
    EXPECT_EQ(asked(first.dsn(), "select 1"), "1");
}

TEST_F(ManagedPostgresTest, WhatStatementsSayNeverReachesTheLog) {
    ManagedPostgres node(options());
    node.start();
    {
        pqxx::connection connection(node.dsn());
        pqxx::nontransaction tx(connection);
        tx.exec("drop table if exists notes");
        tx.exec("create table notes (id int primary key, body text unique)");
        tx.exec(
            "create or replace function shout() returns void language plpgsql as "
            "$$ begin raise warning 'xylophone'; raise exception 'xylophone'; end $$");
        tx.exec_params("insert into notes values (1, $1)", "xylophone");
        // Each of these quotes the word in its message, its detail, its context or its statement.
        EXPECT_THROW(tx.exec_params("insert into notes values (2, $1)", "xylophone"), pqxx::sql_error);
        EXPECT_THROW(tx.exec("select 'xylophone'::int"), pqxx::sql_error);
        EXPECT_THROW(tx.exec("select xylophone from notes"), pqxx::sql_error);
        EXPECT_THROW(tx.exec("select shout()"), pqxx::sql_error);
        EXPECT_THROW(tx.exec("set log_min_messages = debug5"), pqxx::sql_error);  // not the node's to change
        EXPECT_THROW(tx.exec("set log_statement = 'all'"), pqxx::sql_error);
    }
    pid_t backend = 0;
    {
        pqxx::connection connection(node.dsn());
        pqxx::nontransaction tx(connection);
        backend = tx.exec1("select pg_backend_pid()")[0].as<int>();
        std::thread killer([&] {
            const std::string running =
                "select count(*) from pg_stat_activity where state = 'active' and pid = ";
            eventually([&] { return asked(node.dsn(), running + std::to_string(backend)) == "1"; });
            kill(backend, SIGKILL);  // PostgreSQL reports what a crashed session was running
        });
        EXPECT_ANY_THROW(tx.exec("select pg_sleep(120), 'xylophone'"));
        killer.join();
    }
    ASSERT_TRUE(eventually([&] {
        return logs_of(options().directory).find("(PID " + std::to_string(backend) + ")") !=
               std::string::npos;
    }));
    ASSERT_TRUE(eventually([&] {
        try {
            return asked(node.dsn(), "select 1") == "1";
        } catch (const std::exception&) {
            return false;
        }
    }));
    node.stop();

    std::string logs = logs_of(options().directory);
    EXPECT_NE(logs.find("ready to accept connections"), std::string::npos);
    EXPECT_EQ(logs.find("xylophone"), std::string::npos) << logs;
}

TEST_F(ManagedPostgresTest, ADirectoryThatHoldsSomethingElseIsRefusedAndLeftAlone) {
    auto account = server_account("postgres");
    auto bad = options("strange");
    own_directory(bad.directory, account);
    own_directory(bad.directory + "/cluster", account);
    std::ofstream(bad.directory + "/cluster/letter.txt") << "hello";
    try {
        ManagedPostgres(bad).start();
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.id(), "appliance.postgres.directory");
        EXPECT_NE(e.detail().find("PG_VERSION"), std::string::npos) << e.detail();
    }
    EXPECT_EQ(file_text(bad.directory + "/cluster/letter.txt"), "hello");

    std::ofstream(bad.directory + "/cluster/PG_VERSION") << "13\n";
    try {
        ManagedPostgres(bad).start();
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.id(), "appliance.postgres.version");
        EXPECT_NE(e.text().find("13"), std::string::npos);
    }
}

TEST_F(ManagedPostgresTest, AServerThatCannotStartIsReportedWithItsOwnWords) {
    {
        ManagedPostgres node(options());
        node.start();
    }
    std::string control = options().directory + "/cluster/global/pg_control";
    fs::rename(control, control + ".away");
    try {
        ManagedPostgres(options()).start();
        ADD_FAILURE();
    } catch (const Error& e) {
        EXPECT_EQ(e.id(), "appliance.postgres.start");
        EXPECT_NE(e.detail().find("pg_control"), std::string::npos) << e.detail();
    }
    fs::rename(control + ".away", control);
    ManagedPostgres node(options());  // the failed start left neither a lock nor a process
    node.start();
    EXPECT_EQ(node.status().state, "running");
}

TEST_F(ManagedPostgresTest, ALongPathGetsAShortSocketDirectory) {
    ManagedPostgres node(options("shared/" + std::string(120, 'd')));
    auto socket = node.status().socket_directory;
    EXPECT_LT(socket.size(), 60u);
    EXPECT_NE(node.dsn().find(socket), std::string::npos);
    EXPECT_NE(ManagedPostgres(options("shared/" + std::string(121, 'd'))).status().socket_directory, socket);
}

TEST_F(ManagedPostgresTest, MissingProgramsAndUsersAreNamed) {
    auto missing = options();
    missing.programs = "/nowhere/bin";
    try {
        ManagedPostgres(missing).start();
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.id(), "appliance.postgres.programs");
    }
    if (geteuid() != 0) GTEST_SKIP() << "the user is only looked up by root";
    missing.user = "no-such-user-here";
    EXPECT_THROW(ManagedPostgres{missing}, Error);
    missing.user = "root";
    EXPECT_THROW(ManagedPostgres{missing}, Error);
}

}  // namespace
