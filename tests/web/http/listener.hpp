// A listener on a free port with an application for tests, and everything both need.
#pragma once
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include "core/base/metrics.hpp"
#include "core/base/worker.hpp"
#include "tests/support/http_client.hpp"
#include "web/http/application.hpp"
#include "web/http/server.hpp"
#include "web/http/stream.hpp"

namespace concordat::web::test {
using concordat::test::HttpClient;
using concordat::test::HttpReply;

// True as soon as `holds` is; false after `seconds`.
inline bool eventually(const std::function<bool()>& holds, int seconds = 60) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

// A door that requests wait at until it is opened.
class Door {
public:
    void open() {
        std::lock_guard lock(mutex_);
        is_open_ = true;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        ++waiting;
        changed_.wait(lock, [&] { return is_open_; });
    }
    std::atomic<int> waiting{0};

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_open_ = false;
};

// n bytes of a pattern, failing after `good` of them when `good` < n.
class PatternSource : public BodySource {
public:
    PatternSource(std::uint64_t size, std::uint64_t good) : size_(size), good_(good) {}
    std::size_t read(std::span<char> out) override {
        if (at_ == good_ && good_ < size_) throw Error(Fault::internal, "test.damage");
        const auto length =
            static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), std::min(size_, good_) - at_));
        for (std::size_t i = 0; i < length; ++i) out[i] = static_cast<char>('a' + (at_ + i) % 26);
        at_ += length;
        return length;
    }

private:
    std::uint64_t size_, good_, at_ = 0;
};

struct CountingSink : BodySink {
    explicit CountingSink(std::atomic<int>& alive) : alive(alive) { ++alive; }
    ~CountingSink() override { --alive; }
    void write(std::span<const char> bytes) override {
        total += bytes.size();
        largest = std::max(largest, bytes.size());
        for (const char c : bytes) sum = sum * 31 + static_cast<unsigned char>(c);
    }
    Reply finish() override {
        Reply reply;
        reply.status = 201;
        reply.body = std::to_string(total) + " " + std::to_string(sum) + " " + std::to_string(largest);
        return reply;
    }
    std::atomic<int>& alive;
    std::uint64_t total = 0, sum = 0;
    std::size_t largest = 0;
};

// Answers by path:
//   /echo  what was understood of the request      /size?n=  n bytes of JSON
//   /wait  waits at the door                       /file?n=&good=  a streamed body
//   /empty 204                                     /upload  streams; refuses at open with ?refuse=1, and
//   /socket  upgrade: greets, then echoes                   after ?refuse_at= bytes
class TestApplication : public Application {
public:
    std::uint64_t body_limit = 300000;
    std::uint64_t upload_limit = 1u << 30;
    mutable Door door;
    mutable std::atomic<int> sinks{0};
    mutable std::atomic<std::uint64_t> fed{0};
    mutable std::atomic<int> runs{0};

    Plan plan(const Head& head) const override {
        Plan plan;
        plan.body_limit = body_limit;
        if (head.path == "/wait") plan.lane = Lane::password;
        if (head.path == "/none") plan.body = Plan::Body::none;
        if (head.path == "/socket") plan.body = Plan::Body::upgrade;
        if (head.path == "/upload") {
            plan.body = Plan::Body::streamed;
            plan.lane = Lane::bulk;
            plan.body_limit = upload_limit;
        }
        return plan;
    }
    Reply run(const Plan&, Call& call) const override {
        ++runs;
        const auto& head = call.head;
        Reply reply;
        reply.set("X-Request-Id", head.request_id);
        if (head.path == "/wait") door.pass();
        if (head.path == "/empty") {
            reply.status = 204;
        } else if (head.path == "/size") {
            reply.body = "\"" + std::string(std::stoul(head.query_value("n")), 'x') + "\"";
        } else if (head.path == "/file") {
            reply.source_size = std::stoull(head.query_value("n"));
            const auto good =
                head.has_query("good") ? std::stoull(head.query_value("good")) : reply.source_size;
            reply.source = std::make_unique<PatternSource>(reply.source_size, good);
            reply.content_type = "application/octet-stream";
        } else if (head.path == "/headers") {
            reply.set("X-Odd", "a\r\nX-Injected: yes");
            reply.body = "{}";
        } else {
            reply.body = std::string(verb_word(head.verb)) + " " + head.path + "?" + head.query + " " +
                         head.remote_address + (head.is_secure ? " secure " : " plain ") + call.body;
        }
        return reply;
    }
    std::unique_ptr<BodySink> open(const Plan&, Call& call, Reply& refused) const override {
        if (call.head.has_query("refuse")) {
            refused.status = 403;
            refused.body = "{\"refused\":true}";
            return nullptr;
        }
        return std::make_unique<CountingSink>(sinks);
    }
    bool feed(BodySink& sink, std::span<const char> bytes, Call& call, Reply& refused) const override {
        sink.write(bytes);
        fed += bytes.size();
        if (!call.head.has_query("refuse_at") || fed < std::stoull(call.head.query_value("refuse_at")))
            return true;
        refused.status = 507;
        refused.body = "{\"full\":true}";
        return false;
    }
    Reply finish(const Plan&, BodySink& sink, Call&) const override { return sink.finish(); }
    void upgrade(const Plan&, Call call, std::shared_ptr<Stream> stream) const override {
        auto executor = stream->executor();
        asio::co_spawn(executor, echo(std::move(call.head.request_id), std::move(stream)), asio::detached);
    }
    Reply wire_error(int status, const std::string& id, const std::string&, const Head& head) const override {
        Reply reply;
        reply.status = status;
        reply.set("X-Request-Id", head.request_id);
        reply.body = "{\"id\":\"" + id + "\"}";
        return reply;
    }

private:
    static asio::awaitable<void> echo(std::string, std::shared_ptr<Stream> stream) {
        static constexpr std::string_view greeting =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n";
        const asio::const_buffer hello(greeting.data(), greeting.size());
        co_await stream->write({&hello, 1});
        std::string bytes(4096, '\0');
        for (bool ended = false; !ended;) {
            const auto length = stream->read_now(bytes, ended);
            const asio::const_buffer back(bytes.data(), length);
            if (length > 0)
                co_await stream->write({&back, 1});
            else if (!ended)
                co_await stream->readable();
        }
        stream->close();
    }
};

class Listener {
public:
    explicit Listener(ServerOptions options = {}, std::size_t networks = 1, std::size_t longest_queue = 1000)
        : quick("quick", 2, longest_queue),
          password("password", 1, longest_queue),
          bulk("bulk", 2, longest_queue) {
        std::vector<asio::io_context*> contexts;
        for (std::size_t i = 0; i < networks; ++i) {
            this->networks.push_back(std::make_unique<asio::io_context>(1));
            contexts.push_back(this->networks.back().get());
        }
        server = std::make_unique<Server>(contexts, app, quick, password, bulk, metrics, std::move(options));
        for (auto* context : contexts)
            threads.emplace_back([context] {
                const auto busy = asio::make_work_guard(*context);
                context->run();
            });
    }
    ~Listener() {
        app.door.open();
        server->stop();
        quick.stop();
        password.stop();
        bulk.stop();
        for (auto& network : networks) network->stop();
        for (auto& thread : threads) thread.join();
    }

    unsigned short port() const { return server->port(); }
    // The value of a series in the metrics, "" when there is none.
    std::string metric(const std::string& series) const {
        const auto text = "\n" + metrics.text();
        const auto at = text.find("\n" + series + " ");
        if (at == text.npos) return {};
        const auto start = at + series.size() + 2;
        return text.substr(start, text.find('\n', start) - start);
    }

    TestApplication app;
    Metrics metrics;
    std::vector<std::unique_ptr<asio::io_context>> networks;
    std::vector<std::thread> threads;
    Workers quick, password, bulk;
    std::unique_ptr<Server> server;
};

}  // namespace concordat::web::test
