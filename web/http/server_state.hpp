// What the listener and its sessions share. Private to this room.
//
// Kept alive by every session's frame, so that a session which outlives the Server (a request that
// still runs on a worker at shutdown) finds it. Fields are fixed after construction or thread-safe;
// a Shard belongs to its network thread.
#pragma once
#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <mutex>
#include <unordered_set>
#include "core/base/addresses.hpp"
#include "core/base/metrics.hpp"
#include "core/base/worker.hpp"
#include "web/http/application.hpp"
#include "web/http/connection_bounds.hpp"
#include "web/http/rate_limit.hpp"
#include "web/http/server.hpp"

namespace concordat::web {

class Session;

// One network thread.
struct Shard {
    asio::io_context& context;
    std::unordered_set<Session*> sessions;
};

struct ServerCounters {
    ServerCounters(Metrics& metrics, const std::string& listener);

    Counter& accepted;
    Counter& refused_total;
    Counter& refused_per_address;
    Counter& handshake_failures;
    Counter& rate_limited;
    Counter& timed_out;
    Counter& received;
    Counter& sent;
    std::array<Counter*, 6> by_class;  // [2] counts 2xx replies
};

struct ServerState {
    ServerState(const std::vector<asio::io_context*>& networks, const Application& app, Workers& quick,
                Workers& password, Workers& bulk, Metrics& metrics, ServerOptions options);

    Workers& workers(Lane lane) const { return *lanes[static_cast<std::size_t>(lane)]; }

    const Application& app;
    std::array<Workers*, 3> lanes;
    const ServerOptions options;
    const AddressList trusted;
    ServerCounters counters;
    RateLimiter limiter;
    std::shared_ptr<ConnectionBounds> bounds;
    std::vector<std::unique_ptr<Shard>> shards;
    // Owned by the accepting coroutine; touched on the first shard's thread only.
    std::weak_ptr<asio::ip::tcp::acceptor> acceptor;
    unsigned short port = 0;

    std::atomic<bool> is_draining{false};
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t running = 0;  // sessions; guarded by mutex
};

}  // namespace concordat::web
