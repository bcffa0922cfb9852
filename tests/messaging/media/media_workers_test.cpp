#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <thread>
#include "core/base/error.hpp"
#include "messaging/media/media.hpp"
#include "tests/messaging/media/samples.hpp"
#include "tests/support/paths.hpp"

namespace concordat::messaging {
namespace {

using namespace samples;
using namespace std::chrono_literals;

const std::string program = std::string(test::bin_dir) + "/concordat-media";

MediaWorkers::Limits limits(std::size_t most = 2, std::size_t idle = 1,
                            std::chrono::milliseconds job_time = 60s) {
    return {most, idle, job_time, 60s};
}
MediaResult small_job(MediaWorkers& workers) {
    static const auto image = png(20, 20, plain(red));
    return workers.make({WorkerTask::file_pictures, image});
}
std::string line_of(pid_t pid, const std::string& file, const std::string& start) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/" + file);
    for (std::string line; std::getline(in, line);)
        if (line.rfind(start, 0) == 0) return line;
    return "";
}
bool is_gone(pid_t pid) {
    const auto state = line_of(pid, "status", "State:");
    return state.empty() || state.find('Z') != std::string::npos;
}
bool wait_until(const std::function<bool()>& done) {
    for (int i = 0; i < 6000; ++i) {
        if (done()) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}
// A program of our own in place of concordat-media.
class Impostor {
public:
    explicit Impostor(const std::string& script)
        : path((std::filesystem::temp_directory_path() / ("impostor" + std::to_string(getpid()))).string()) {
        std::ofstream(path) << "#!/bin/sh\n" << script;
        chmod(path.c_str(), 0700);
    }
    ~Impostor() { std::filesystem::remove(path); }
    const std::string path;
};

TEST(MediaWorkers, AreLockedIn) {
    MediaWorkers workers(program, limits());
    ASSERT_EQ(workers.idle_pids().size(), 1u);
    const auto pid = workers.idle_pids()[0];
    EXPECT_EQ(line_of(pid, "status", "Seccomp:"), "Seccomp:\t2");
    EXPECT_EQ(line_of(pid, "status", "NoNewPrivs:"), "NoNewPrivs:\t1");
    EXPECT_EQ(line_of(pid, "status", "Threads:"), "Threads:\t1");
    EXPECT_NE(line_of(pid, "limits", "Max file size").find(" 0 "), std::string::npos);
    EXPECT_NE(line_of(pid, "limits", "Max cpu time").find(" 20 "), std::string::npos);
    std::ifstream environment("/proc/" + std::to_string(pid) + "/environ");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(environment), {}), "");
    std::size_t open = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
        open += entry.path().has_filename();
    EXPECT_EQ(open, 3u);
}

TEST(MediaWorkers, OneServesManyJobs) {
    MediaWorkers workers(program, limits());
    const auto before = workers.idle_pids();
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(small_job(workers).ok);
    EXPECT_EQ(workers.idle_pids(), before);
}

TEST(MediaWorkers, AKilledWorkerIsReplaced) {
    MediaWorkers workers(program, limits());
    const auto pid = workers.idle_pids().at(0);
    kill(pid, SIGKILL);
    ASSERT_TRUE(wait_until([&] { return is_gone(pid); }));
    EXPECT_TRUE(small_job(workers).ok);
    EXPECT_NE(workers.idle_pids().at(0), pid);
}

TEST(MediaWorkers, AWorkerLostAtWorkIsAResultAndTheNextJobRuns) {
    MediaWorkers workers(program, limits());
    const auto pid = workers.idle_pids().at(0);
    kill(pid, SIGSTOP);
    std::thread killer([&] {
        wait_until([&] { return workers.idle_pids().empty(); });
        kill(pid, SIGKILL);
    });
    const auto r = small_job(workers);
    killer.join();
    EXPECT_FALSE(r.ok);
    EXPECT_EQ(r.failure, MediaFailure::worker_killed);
    EXPECT_TRUE(small_job(workers).ok);
}

TEST(MediaWorkers, AWorkerThatDoesNotAnswerIsKilled) {
    MediaWorkers workers(program, limits(1, 1, 300ms));
    const auto pid = workers.idle_pids().at(0);
    kill(pid, SIGSTOP);
    EXPECT_EQ(small_job(workers).failure, MediaFailure::timeout);
    EXPECT_TRUE(is_gone(pid));
}

TEST(MediaWorkers, ManyThreadsShareFewWorkers) {
    MediaWorkers workers(program, limits(2, 1));
    const auto image = png(300, 200, quarters(300, 200));
    std::vector<int> good(6);
    std::vector<std::thread> threads;
    for (auto& count : good)
        threads.emplace_back([&] {
            for (int i = 0; i < 5; ++i) {
                const auto r = workers.make({WorkerTask::profile_picture, image});
                count += r.ok && r.picture.width == 128;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(good, std::vector<int>(6, 5));
    EXPECT_EQ(workers.idle_pids().size(), 1u);
}

TEST(MediaWorkers, TheyEndWhenTheNodeIsGone) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t node = fork();
    if (node == 0) {
        try {
            MediaWorkers workers(program, limits());
            const auto pid = workers.idle_pids().at(0);
            if (write(ends[1], &pid, sizeof pid) != sizeof pid) _exit(2);
            _exit(0);  // without a destructor
        } catch (...) {
            _exit(1);
        }
    }
    int status = 0;
    waitpid(node, &status, 0);
    ASSERT_EQ(status, 0);
    pid_t pid = 0;
    ASSERT_EQ(read(ends[0], &pid, sizeof pid), ssize_t{sizeof pid});
    EXPECT_TRUE(wait_until([&] { return is_gone(pid); }));
    close(ends[0]);
    close(ends[1]);
}

TEST(MediaWorkers, AProgramThatDoesNotStartStopsTheStart) {
    EXPECT_THROW(MediaWorkers("/nowhere/concordat-media", limits()), Error);
    const Impostor silent("exit 0\n");
    EXPECT_THROW(MediaWorkers(silent.path, limits()), Error);
}

TEST(MediaWorkers, AProgramThatStopsStartingLaterIsAResult) {
    auto impostor = std::make_unique<Impostor>("exec " + program + "\n");
    MediaWorkers workers(impostor->path, limits());
    impostor.reset();
    const auto pid = workers.idle_pids().at(0);
    kill(pid, SIGKILL);
    ASSERT_TRUE(wait_until([&] { return is_gone(pid); }));
    EXPECT_EQ(small_job(workers).failure, MediaFailure::unavailable);
    EXPECT_EQ(small_job(workers).failure, MediaFailure::unavailable);
}

// A worker taken over by a picture says "PNG 20x20" and sends a page.
TEST(MediaWorkers, AnswersThatAreNoPicturesAreNotBelieved) {
    const Impostor liar(R"(
        printf '1WMC' >&0; head -c 84 /dev/zero >&0
        head -c 16 <&0 >/dev/null
        printf '1WMC\0\0\0\0\0\0\0\0\0\0\0\0' >&0
        printf '\012\0\0\0\0\0\0\0\001\0\0\0\024\0\0\0\024\0\0\0\0\0\0\0' >&0; head -c 48 /dev/zero >&0
        printf '<script />' >&0; sleep 5)");
    static_assert(sizeof(WorkerReply) == 88);
    MediaWorkers workers(liar.path, limits());
    EXPECT_EQ(small_job(workers).failure, MediaFailure::worker_killed);
}

}  // namespace
}  // namespace concordat::messaging
