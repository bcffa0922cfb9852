// Many sockets, slow sockets.
#include <gtest/gtest.h>
#include <malloc.h>

#include <filesystem>
#include <iostream>

#include "tests/web/socket/rig.hpp"
#include "web/http/tls.hpp"

namespace concordat::web {
namespace {

using namespace testing;
using namespace std::chrono_literals;

double cpu_of_thread(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

TEST(SlowSockets, AreCappedAndOthersAreNotHeldUp) {
    auto settings = quick_settings();
    settings.backlog.live_frames = 200;
    settings.backlog.live_bytes = 1u << 20;
    SocketRig rig(settings);
    const auto channel = ChannelId::fresh();
    const auto anna = rig.town.user({{channel}, {}}), bert = rig.town.user({{channel}, {}});
    auto options = rig.options(anna);
    options.receive_buffer = 4096;
    SocketClient slow(options);
    slow.event("hello");
    auto quick = rig.connect(bert);
    quick.event("hello");
    const std::string text(20'000, 'x');
    int n = 0;
    while (rig.metric("concordat_socket_closes_total{reason=\"slow\"}") < 1) {
        ASSERT_LT(++n, 5000);
        auto event = numbered("x", n, channel);
        event.data = R"({"n":)" + std::to_string(n) + R"(,"text":")" + text + "\"}";
        rig.hub().publish(std::move(event));
        const auto got = quick.event("x");
        ASSERT_EQ(n_of(got), n);
        ASSERT_EQ(seq_of(got), n);
    }
    std::int64_t expected = 1;
    for (;;) {  // what the slow one got before it was cut has no gap
        const auto message = slow.next();
        ASSERT_TRUE(message);
        if (message->opcode != 1) break;
        EXPECT_EQ(seq_of(json::parse(message->payload).as_object()), expected++);
    }
    EXPECT_LT(expected, n);
}

TEST(SlowSockets, LoseTheDroppableWithoutAGap) {
    auto settings = quick_settings();
    settings.backlog.live_frames = 100;
    settings.backlog.live_bytes = 64u << 20;
    SocketRig rig(settings);
    const auto anna = rig.town.user();
    auto options = rig.options(anna);
    options.receive_buffer = 4096;
    SocketClient slow(options);
    slow.event("hello");
    const std::string text(100'000, 'x');
    int important = 0;
    while (rig.metric("concordat_socket_dropped_total") < 20) {
        ASSERT_LT(important, 1000);
        if (rig.metric("concordat_socket_dropped_total") == 0) {
            SocketEvent event{"posted"};
            event.data = R"({"text":")" + text + "\"}";
            rig.hub().publish(std::move(event));
            ++important;
        }
        SocketEvent typing{"typing"};
        typing.is_droppable = true;
        rig.hub().publish(std::move(typing));
        rig.settle();
    }
    rig.hub().publish(SocketEvent{"last"});
    int posted = 0;
    for (std::int64_t expected = 1;; ++expected) {
        const auto event = slow.text();
        ASSERT_EQ(seq_of(event), expected);
        posted += event.at("event").as_string() == "posted";
        if (event.at("event").as_string() == "last") break;
    }
    EXPECT_EQ(posted, important);
    EXPECT_EQ(rig.metric("concordat_socket_closes_total{reason=\"slow\"}"), 0);
}

TEST(SlowSockets, AreCutWhenAWriteStandsStill) {
    auto settings = quick_settings();
    settings.write_time = 150ms;
    settings.backlog.live_bytes = 64u << 20;
    SocketRig rig(settings);
    auto options = rig.options(rig.town.user());
    options.receive_buffer = 4096;
    SocketClient stuck(options);
    stuck.event("hello");
    SocketEvent event{"x"};
    event.data = R"({"text":")" + std::string(16u << 20, 'x') + "\"}";
    rig.hub().publish(std::move(event));
    EXPECT_TRUE(
        eventually([&] { return rig.metric("concordat_socket_closes_total{reason=\"stalled\"}") == 1; }));
}

// Sockets that are read by a thread of their own, which only counts bytes and checks nothing else.
class Crowd {
public:
    Crowd(SocketRig& rig, const ChannelId& channel, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i)
            clients_.push_back(rig.connect(rig.town.user({{channel}, {}})));
        for (auto& client : clients_) client.event("hello");
    }
    std::vector<SocketClient>& clients() { return clients_; }

private:
    std::vector<SocketClient> clients_;
};

// CPU time of this process and of the calling thread, in seconds.
struct Spent {
    double process = cpu_of_thread(CLOCK_PROCESS_CPUTIME_ID);
    double thread = cpu_of_thread(CLOCK_THREAD_CPUTIME_ID);
};

void deliver_to_all(SocketRig& rig, std::size_t sockets, int events, const char* what) {
    const auto channel = ChannelId::fresh();
    Crowd crowd(rig, channel, sockets);
    const auto started = std::chrono::steady_clock::now();
    const Spent before;
    for (int n = 1; n <= events; ++n) {
        auto event = numbered("posted", n, channel);
        event.data = R"({"n":)" + std::to_string(n) + R"(,"post":")" + std::string(300, 'p') + "\"}";
        rig.hub().publish(std::move(event));
    }
    const double frames = static_cast<double>(sockets) * events;
    ASSERT_TRUE(eventually([&] { return rig.metric("concordat_socket_frames_total") >= frames; }, 300));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    const Spent after;
    std::cout << "[ measured ] " << what << ": " << static_cast<long>(frames / took.count())
              << " deliveries/s, "
              << (after.process - before.process - (after.thread - before.thread)) / frames * 1e6
              << " us of CPU each\n";
    for (auto& client : crowd.clients()) {
        for (int n = 1; n <= events; ++n) {
            const auto event = client.text();
            ASSERT_EQ(seq_of(event), n);
            ASSERT_EQ(n_of(event), n);
        }
    }
}

TEST(FanOut, ReachesAThousandSocketsInOrder) {
    SocketRig rig;
    deliver_to_all(rig, 1000, 40, "1000 plain sockets, 40 events at once");
}

// A certificate that is good for as long as the test.
class SelfSigned {
public:
    SelfSigned()
        : folder_(std::filesystem::temp_directory_path() / ("fan_out_" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(folder_);
        make_self_signed(folder_ / "cert.pem", folder_ / "key.pem", {"localhost"});
        context_.emplace(folder_ / "cert.pem", folder_ / "key.pem");
    }
    ~SelfSigned() { std::filesystem::remove_all(folder_); }
    const TlsContext* context() const { return &*context_; }

private:
    std::filesystem::path folder_;
    std::optional<TlsContext> context_;
};

TEST(FanOut, ReachesTlsSocketsInOrder) {
    SelfSigned tls;
    SocketRig rig(quick_settings(), 1, tls.context());
    deliver_to_all(rig, 50, 200, "50 TLS sockets, 200 events at once");
}

// One event every few milliseconds, so that a write carries what has come up meanwhile and no more.
TEST(FanOut, KeepsUpWithAStream) {
    SocketRig rig;
    constexpr int sockets = 1000, events = 150;
    const auto channel = ChannelId::fresh();
    Crowd crowd(rig, channel, sockets);
    const auto started = std::chrono::steady_clock::now();
    const Spent before;
    for (int n = 1; n <= events; ++n) {
        rig.hub().publish(numbered("posted", n, channel));
        std::this_thread::sleep_until(started + n * 6600us);
    }
    ASSERT_TRUE(
        eventually([&] { return rig.metric("concordat_socket_frames_total") >= sockets * (events + 2); }));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    const Spent after;
    const auto cpu = after.process - before.process - (after.thread - before.thread);
    std::cout << "[ measured ] a stream of 150 events/s to 1000 sockets: "
              << static_cast<long>(sockets * events / took.count()) << " deliveries/s, " << cpu / took.count()
              << " cores\n";
    for (auto& client : crowd.clients()) {
        for (int n = 1; n <= events; ++n) ASSERT_EQ(seq_of(client.text()), n);
    }
}

// Heap in use. Sanitizers bring their own heap, which this does not see.
double heap_kib() {
    return static_cast<double>(::mallinfo2().uordblks) / 1024;
}

void measure_idle(SocketRig& rig, std::size_t size, double most_kib, const char* what) {
    const auto channel = ChannelId::fresh();
    Crowd warm(rig, channel, 100);
    const auto before = heap_kib();
    if (before == 0) GTEST_SKIP() << "this build's heap cannot be measured";
    Crowd crowd(rig, channel, size);
    for (auto& client : crowd.clients()) client.freeze();
    const auto each = (heap_kib() - before) / static_cast<double>(size);
    std::cout << "[ measured ] " << each << " KiB of heap for each idle " << what << " connection\n";
    EXPECT_LT(each, most_kib);
}

TEST(FanOut, CostsLittleMemoryWhileIdle) {
    SocketRig rig;
    measure_idle(rig, 1000, 12, "plain");
}

TEST(FanOut, CostsLittleMemoryWhileIdleOverTls) {
    SelfSigned tls;
    SocketRig rig(quick_settings(), 1, tls.context());
    measure_idle(rig, 300, 32, "TLS");
}

}  // namespace
}  // namespace concordat::web
