#include "web/socket/hub.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>
#include <boost/system/system_error.hpp>

#include "web/http/stream.hpp"
#include "web/socket/connection.hpp"
#include "web/socket/handshake.hpp"
#include "web/socket/shard.hpp"

namespace concordat::web {

SocketCounters::SocketCounters(Metrics& metrics)
    : published(metrics.counter("concordat_socket_events_total", "Events published to sockets.")),
      frames(metrics.counter("concordat_socket_frames_total", "Frames written to sockets.")),
      dropped(metrics.counter("concordat_socket_dropped_total",
                              "Events of little weight left out for slow sockets.")),
      refused(metrics.counter("concordat_socket_refused_total", "Upgrades answered with an error.")) {
    constexpr const char* outcomes[] = {"continued", "replayed", "lost"};
    for (std::size_t i = 0; i < resumes.size(); ++i)
        resumes[i] = &metrics.counter("concordat_socket_resumes_total",
                                      "Clients that came back with a connection id, by outcome.",
                                      std::string("outcome=\"") + outcomes[i] + "\"");
    for (std::size_t i = 0; i < closes.size(); ++i)
        closes[i] =
            &metrics.counter("concordat_socket_closes_total", "Sockets that ended, by reason.",
                             std::string("reason=\"") + close_word(static_cast<CloseReason>(i)) + "\"");
}

Hub::Hub(std::vector<asio::io_context*> networks, Workers& workers, SocketNeighbours neighbours,
         Metrics& metrics, SocketSettings settings)
    : workers_(workers),
      neighbours_(neighbours),
      settings_(std::move(settings)),
      counters_(metrics),
      allowed_origins_(std::make_shared<const std::vector<std::string>>()) {
    require(!networks.empty() && settings_.backlog.kept_frames > 0 && settings_.backlog.live_frames > 0 &&
                settings_.tick.count() > 0,
            Fault::internal, "socket.settings");
    metrics.gauge("concordat_socket_connections", "Open WebSockets.", [count = connections_] {
        return static_cast<double>(count->load(std::memory_order_relaxed));
    });
    for (std::size_t i = 0; i < networks.size(); ++i)
        shards_.push_back(std::make_unique<HubShard>(*this, *networks[i], i));
}

Hub::~Hub() = default;

HubShard& Hub::shard_of(Stream& stream) const {
    const auto executor = stream.executor();
    const asio::execution_context* own = &asio::query(executor, asio::execution::context);
    for (const auto& shard : shards_)
        if (own == &shard->network()) return *shard;
    throw Error(Fault::internal, "socket.foreign_stream", "",
                "a stream of a network thread that the hub does not know");
}

void Hub::accept(Call call, std::shared_ptr<Stream> stream) {
    auto& shard = shard_of(*stream);
    std::shared_ptr<const std::vector<std::string>> origins;
    {
        std::lock_guard lock(mutex_);
        origins = allowed_origins_;
    }
    auto answer = shake_hands(call.head, *origins);
    if (answer.status == 101 && (is_draining_ || connections() >= settings_.most_connections))
        answer = {503, refusal(503, "api.context.server_busy.app_error",
                               "This server takes no more connections now.", call.head)};
    stream->expires_after(std::chrono::milliseconds(0));  // from here on the shard looks at the clock
    if (answer.status != 101) {
        counters_.refused.add();
        const asio::const_buffer text(answer.response.data(), answer.response.size());
        try {
            stream->write_now({&text, 1});
        } catch (const boost::system::system_error&) {
            // the client has gone already; there is nobody to refuse
        }
        stream->close();
        return;
    }
    const auto executor = stream->executor();
    auto connection = std::make_shared<Connection>(shard, std::move(stream), opening_of(call.head),
                                                   std::move(answer.response));
    shard.add(connection);
    asio::co_spawn(executor, Connection::run(std::move(connection)), asio::detached);
}

void Hub::set_allowed_origins(std::vector<std::string> origins) {
    auto shared = std::make_shared<const std::vector<std::string>>(std::move(origins));
    std::lock_guard lock(mutex_);
    allowed_origins_ = std::move(shared);
}

void Hub::post_all(const ShardCommand& command) {
    std::lock_guard lock(mutex_);
    for (const auto& shard : shards_) shard->post(command);
}

void Hub::publish(SocketEvent event) {
    ShardCommand command;
    command.event = std::make_shared<const Announcement>(std::move(event));
    counters_.published.add();
    post_all(command);
}

void Hub::post_change(RosterChange change) {
    ShardCommand command;
    command.change = std::make_shared<const RosterChange>(std::move(change));
    post_all(command);
}

void Hub::joined_channel(const UserId& user, const ChannelId& channel) {
    post_change({RosterChange::Kind::joined_channel, user, channel.bytes()});
}
void Hub::left_channel(const UserId& user, const ChannelId& channel) {
    post_change({RosterChange::Kind::left_channel, user, channel.bytes()});
}
void Hub::joined_team(const UserId& user, const TeamId& team) {
    post_change({RosterChange::Kind::joined_team, user, team.bytes()});
}
void Hub::left_team(const UserId& user, const TeamId& team) {
    post_change({RosterChange::Kind::left_team, user, team.bytes()});
}
void Hub::channel_gone(const ChannelId& channel) {
    post_change({RosterChange::Kind::channel_gone, {}, channel.bytes()});
}
void Hub::role_changed(const UserId& user, bool is_admin, bool is_guest) {
    post_change({RosterChange::Kind::role, user, {}, is_admin, is_guest});
}

void Hub::mfa_changed(const UserId& user, bool is_done) {
    ShardCommand command;
    command.call = [user, is_done](HubShard& shard) { shard.set_mfa(user, is_done); };
    post_all(command);
}

void Hub::recheck_sessions() {
    ShardCommand command;
    command.call = [](HubShard& shard) { shard.recheck_sessions(); };
    post_all(command);
}

void Hub::session_ended(const SessionId& session, const UserId& user) {
    if (session.empty()) return;
    ShardCommand command;
    command.call = [session, user](HubShard& shard) { shard.end_sessions(user, session); };
    post_all(command);
}

void Hub::user_sessions_ended(const UserId& user) {
    if (user.empty()) return;
    ShardCommand command;
    command.call = [user](HubShard& shard) { shard.end_sessions(user, {}); };
    post_all(command);
}

void Hub::drain() {
    is_draining_ = true;
    ShardCommand command;
    command.call = [](HubShard& shard) { shard.drain(); };
    post_all(command);
}

bool Hub::is_connected(const UserId& user) const {
    std::lock_guard lock(mutex_);
    return connected_.contains(user);
}

bool Hub::admit(const UserId& user) {
    std::lock_guard lock(mutex_);
    const auto found = connected_.find(user);
    if (found == connected_.end()) {
        if (settings_.most_per_user == 0) return false;
        connected_.emplace(user, 1u);
        return true;
    }
    if (found->second >= settings_.most_per_user) return false;
    ++found->second;
    return true;
}

void Hub::release(const UserId& user) {
    {
        std::lock_guard lock(mutex_);
        const auto found = connected_.find(user);
        if (found == connected_.end() || --found->second > 0) return;
        connected_.erase(found);
    }
    neighbours_.attendance.on_last_gone(user);
}

void Hub::note_place(const ConnectionId& id, std::size_t shard) {
    std::lock_guard lock(mutex_);
    places_[id] = Place{shard};
}

void Hub::forget_place(const ConnectionId& id) {
    std::lock_guard lock(mutex_);
    places_.erase(id);
}

std::optional<std::size_t> Hub::place_to_claim(const ConnectionId& id, std::size_t to,
                                               const ShardCommand& give, const ShardCommand& expect) {
    std::lock_guard lock(mutex_);
    const auto found = places_.find(id);
    if (found == places_.end() || found->second.is_moving) return std::nullopt;
    if (found->second.shard == to) return to;
    found->second.is_moving = true;
    shards_[found->second.shard]->post(give);
    shards_[to]->post(expect);
    return found->second.shard;
}

}  // namespace concordat::web
