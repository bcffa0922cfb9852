// A hub behind a real listener, with small neighbours that tests can steer.
#pragma once
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "core/base/metrics.hpp"
#include "core/base/worker.hpp"
#include "tests/support/socket_client.hpp"
#include "web/http/application.hpp"
#include "web/http/server.hpp"
#include "web/http/stream.hpp"
#include "web/socket/hub.hpp"

namespace concordat::web::testing {
using concordat::testing::SocketClient;
using concordat::testing::SocketClientOptions;
using concordat::testing::SocketMessage;

// Sessions, memberships and statuses of a test. Thread-safe.
class Town : public SocketAuthenticator, public SocketDirectory, public SocketActions, public Attendance {
public:
    // A user with a session; the token is the user's id with a letter in front.
    UserId user(Memberships memberships = {}) {
        std::lock_guard lock(mutex_);
        SocketSession session;
        session.user_id = UserId::fresh();
        session.session_id = SessionId::fresh();
        sessions_["t" + session.user_id.text()] = session;
        memberships_[session.user_id] = std::move(memberships);
        return session.user_id;
    }
    static std::string token(const UserId& user) { return "t" + user.text(); }
    SocketSession session(const UserId& user) {
        std::lock_guard lock(mutex_);
        return sessions_.at(token(user));
    }
    void set_session(const SocketSession& session) {
        std::lock_guard lock(mutex_);
        sessions_[token(session.user_id)] = session;
    }
    void end_session(const UserId& user) {
        std::lock_guard lock(mutex_);
        sessions_.erase(token(user));
    }
    // What load() and renewed() do first, on a worker.
    void before_load(std::function<void(const UserId&)> hook) {
        std::lock_guard lock(mutex_);
        before_load_ = std::move(hook);
    }
    void after_load(std::function<void(const UserId&)> hook) {
        std::lock_guard lock(mutex_);
        after_load_ = std::move(hook);
    }
    std::vector<std::string> ran() {
        std::lock_guard lock(mutex_);
        return ran_;
    }
    std::vector<std::string> attendance() {
        std::lock_guard lock(mutex_);
        return attendance_;
    }
    int renewals() {
        std::lock_guard lock(mutex_);
        return renewals_;
    }

    std::optional<SocketSession> by_token(const std::string& token, bool is_from_query,
                                          const std::string&) override {
        std::lock_guard lock(mutex_);
        if (is_from_query) return std::nullopt;  // none of these is an OAuth session
        const auto found = sessions_.find(token);
        if (found == sessions_.end()) return std::nullopt;
        return found->second;
    }
    std::optional<SocketSession> renewed(const SocketSession& session) override {
        std::function<void(const UserId&)> hook;
        {
            std::lock_guard lock(mutex_);
            hook = before_load_;
        }
        if (hook) hook(session.user_id);
        std::lock_guard lock(mutex_);
        ++renewals_;
        const auto found = sessions_.find(token(session.user_id));
        if (found == sessions_.end() || found->second.session_id != session.session_id) return std::nullopt;
        return found->second;
    }
    Memberships load(const UserId& user) override {
        std::function<void(const UserId&)> hook;
        Memberships out;
        {
            std::lock_guard lock(mutex_);
            out = memberships_[user];
            hook = after_load_;
        }
        if (hook) hook(user);
        return out;
    }
    json::object run(const std::string& action, const json::object& data,
                     const SocketSession& session) override {
        std::lock_guard lock(mutex_);
        ran_.push_back(action + " " + json::serialize(data) + " " + session.user_id.text());
        if (action == "get_statuses") return {{session.user_id.text(), "online"}};
        if (action == "user_typing")
            throw Error(Fault::forbidden, "api.context.permissions.app_error", "No.");
        if (action == "posted_notify_ack") throw std::runtime_error("broken");
        return {};
    }
    void on_connected(const UserId& user) override {
        std::lock_guard lock(mutex_);
        attendance_.push_back("+" + user.text());
    }
    void on_last_gone(const UserId& user) override {
        std::lock_guard lock(mutex_);
        attendance_.push_back("-" + user.text());
    }

private:
    std::mutex mutex_;
    std::map<std::string, SocketSession> sessions_;
    std::map<UserId, Memberships> memberships_;
    std::function<void(const UserId&)> before_load_, after_load_;
    std::vector<std::string> ran_, attendance_;
    int renewals_ = 0;
};

// Sends every request to the hub.
class UpgradeEverything : public Application {
public:
    Hub* hub = nullptr;
    Plan plan(const Head&) const override {
        Plan plan;
        plan.body = Plan::Body::upgrade;
        return plan;
    }
    Reply run(const Plan&, Call&) const override { return {}; }
    std::unique_ptr<BodySink> open(const Plan&, Call&, Reply&) const override { return nullptr; }
    bool feed(BodySink&, std::span<const char>, Call&, Reply&) const override { return false; }
    Reply finish(const Plan&, BodySink&, Call&) const override { return {}; }
    void upgrade(const Plan&, Call call, std::shared_ptr<Stream> stream) const override {
        hub->accept(std::move(call), std::move(stream));
    }
    Reply wire_error(int status, const std::string&, const std::string&, const Head&) const override {
        Reply reply;
        reply.status = status;
        return reply;
    }
};

inline SocketSettings quick_settings() {
    SocketSettings settings;
    settings.hostname = "node-a";
    settings.version = "1.2.3";
    settings.server_version = [] { return std::string("1.2.3.4.hash.true"); };
    settings.tick = std::chrono::milliseconds(10);
    return settings;
}

class SocketRig {
public:
    explicit SocketRig(SocketSettings settings = quick_settings(), std::size_t networks = 1,
                       const TlsContext* tls = nullptr)
        : workers_("rig", 2, 10000) {
        std::vector<asio::io_context*> all;
        for (std::size_t i = 0; i < networks; ++i)
            all.push_back(networks_.emplace_back(std::make_unique<asio::io_context>(1)).get());
        hub_ = std::make_unique<Hub>(all, workers_, SocketNeighbours{town, town, town, town}, metrics,
                                     std::move(settings));
        application_.hub = hub_.get();
        ServerOptions options;
        options.tls = tls;
        is_tls_ = tls != nullptr;
        server_ = std::make_unique<Server>(all, application_, workers_, workers_, workers_, metrics, options);
        for (auto* network : all)
            threads_.emplace_back([network] {
                const auto busy = asio::make_work_guard(*network);
                network->run();
            });
    }
    ~SocketRig() {
        server_->stop();
        workers_.stop();
        for (auto& network : networks_) network->stop();
        for (auto& thread : threads_) thread.join();
        hub_.reset();
        server_.reset();
    }

    Hub& hub() { return *hub_; }
    SocketClientOptions options(const UserId& user, const std::string& query = "") {
        SocketClientOptions out;
        out.port = server_->port();
        out.is_tls = is_tls_;
        out.path += query;
        if (!user.empty()) out.headers.emplace_back("Authorization", "Bearer " + Town::token(user));
        return out;
    }
    SocketClient connect(const UserId& user = {}, const std::string& query = "") {
        return SocketClient(options(user, query));
    }
    // The value of a series in the metrics; -1 when there is none.
    double metric(const std::string& series) const {
        const auto text = "\n" + metrics.text();
        const auto at = text.find("\n" + series + " ");
        return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
    }
    // Runs on the network threads what is queued by now, so that what was published is sent.
    void settle() {
        for (auto& network : networks_) {
            std::mutex mutex;
            std::condition_variable done;
            bool is_done = false;
            for (int i = 0; i < 3; ++i) {
                is_done = false;
                asio::post(*network, [&] {
                    std::lock_guard lock(mutex);
                    is_done = true;
                    done.notify_one();
                });
                std::unique_lock lock(mutex);
                done.wait(lock, [&] { return is_done; });
            }
        }
    }

    Metrics metrics;
    Town town;

private:
    UpgradeEverything application_;
    Workers workers_;
    std::vector<std::unique_ptr<asio::io_context>> networks_;
    std::unique_ptr<Hub> hub_;
    std::unique_ptr<Server> server_;
    std::vector<std::thread> threads_;
    bool is_tls_ = false;
};

inline bool eventually(const std::function<bool()>& holds, int seconds = 60) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

inline std::int64_t seq_of(const json::object& event) {
    return event.at("seq").to_number<std::int64_t>();
}
inline std::string connection_of(const json::object& hello) {
    return std::string(hello.at("data").as_object().at("connection_id").as_string());
}

// An event of that name with {"n": n} as data.
inline SocketEvent numbered(const std::string& name, int n, const ChannelId& channel = {}) {
    SocketEvent out{name};
    out.data = R"({"n":)" + std::to_string(n) + "}";
    out.broadcast.channel_id = channel;
    return out;
}
inline std::int64_t n_of(const json::object& event) {
    return event.at("data").as_object().at("n").to_number<std::int64_t>();
}

}  // namespace concordat::web::testing
