// The WebSocket hub: takes upgraded connections, knows who is connected and where they belong, and
// fans events out.
//
// Every connection stays on the network thread of its stream. Each such thread has a HubShard with its own
// registry, so delivery takes no lock; what is published or changed is queued for all shards in one
// order, and every connection sees events in the order of publish(). A shard takes what has queued up as
// one batch, and each of its sockets then gets its share of it in as few writes as possible.
//
// The public calls are thread-safe and do not block, except accept(): on the stream's own thread.
// The network threads must have stopped before the hub is destroyed, and the io_contexts and the
// workers must outlive it.
#pragma once
#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>
#include "core/base/metrics.hpp"
#include "core/base/worker.hpp"
#include "web/http/call.hpp"
#include "web/socket/closes.hpp"
#include "web/socket/event.hpp"
#include "web/socket/neighbours.hpp"
#include "web/socket/roster.hpp"
#include "web/socket/settings.hpp"

namespace concordat::web {

class HubShard;
class Stream;
struct ShardCommand;

struct SocketNeighbours {
    SocketAuthenticator& authenticator;
    SocketDirectory& directory;
    SocketActions& actions;
    Attendance& attendance;
};

struct SocketCounters {
    explicit SocketCounters(Metrics& metrics);
    Counter& published;
    Counter& frames;                  // handed to the network, of all kinds
    Counter& dropped;                 // droppable events that a connection had no room for
    std::array<Counter*, 3> resumes;  // by Backlog::Resume
    std::array<Counter*, close_reasons> closes;
    Counter& refused;  // upgrades answered with an error
};

class Hub {
public:
    // One io_context for each network thread, each run by exactly one thread.
    Hub(std::vector<asio::io_context*> networks, Workers& workers, SocketNeighbours neighbours,
        Metrics& metrics, SocketSettings settings);
    ~Hub();
    Hub(const Hub&) = delete;

    // Takes over a connection that asks for an upgrade, and answers it either way.
    void accept(Call call, std::shared_ptr<Stream> stream);
    // Who besides the site's own host may connect from a page: origins, hosts, or "*".
    void set_allowed_origins(std::vector<std::string> origins);

    // Renders and queues. Throws Error (internal) when `data` is no object's text.
    void publish(SocketEvent event);

    // Changes of where users belong, each after its commit and before the events it should govern.
    void joined_channel(const UserId& user, const ChannelId& channel);
    void left_channel(const UserId& user, const ChannelId& channel);
    void joined_team(const UserId& user, const TeamId& team);
    void left_team(const UserId& user, const TeamId& team);
    void channel_gone(const ChannelId& channel);
    void role_changed(const UserId& user, bool is_admin, bool is_guest);
    void mfa_changed(const UserId& user, bool is_done);
    // What sessions may do has changed (who needs a second factor): every connection asks again with its next
    // tick.
    void recheck_sessions();

    // Closes the sockets of a session. Naming its user spares a search of all connections.
    void session_ended(const SessionId& session, const UserId& user = {});
    void user_sessions_ended(const UserId& user);

    // Refuses new connections and closes the others little by little, so that clients move to other
    // nodes without a rush.
    void drain();

    bool is_connected(const UserId& user) const;
    std::size_t connections() const { return connections_->load(std::memory_order_relaxed); }

private:
    friend class HubShard;
    friend class Connection;
    struct Place {
        std::size_t shard;
        bool is_moving = false;
    };

    void post_all(const ShardCommand& command);
    void post_change(RosterChange change);
    HubShard& shard_of(Stream& stream) const;

    // For shards and connections.
    bool admit(const UserId& user);
    void release(const UserId& user);
    void note_place(const ConnectionId& id, std::size_t shard);
    void forget_place(const ConnectionId& id);
    // Where a connection is kept; queues the hand-over when that is another shard than `to`.
    // Nothing when it is unknown, or on its way elsewhere.
    std::optional<std::size_t> place_to_claim(const ConnectionId& id, std::size_t to,
                                              const ShardCommand& give, const ShardCommand& expect);

    Workers& workers_;
    SocketNeighbours neighbours_;
    SocketSettings settings_;
    SocketCounters counters_;
    // Shared with the gauge, which outlives the hub.
    std::shared_ptr<std::atomic<std::size_t>> connections_ = std::make_shared<std::atomic<std::size_t>>(0);
    std::atomic<bool> is_draining_{false};

    mutable std::mutex
        mutex_;  // of the members up to the next blank line; held for lookups and queueing only
    std::unordered_map<ConnectionId, Place> places_;
    std::unordered_map<UserId, unsigned> connected_;
    std::shared_ptr<const std::vector<std::string>> allowed_origins_;

    std::vector<std::unique_ptr<HubShard>> shards_;
};

}  // namespace concordat::web
