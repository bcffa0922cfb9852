#include "web/socket/shard.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "core/base/json.hpp"
#include "web/socket/connection.hpp"
#include "web/socket/rules.hpp"

namespace concordat::web {
namespace {

constexpr std::size_t commands_a_batch = 64;  // then sockets are written to and read again

}  // namespace

HubShard::HubShard(Hub& hub, asio::io_context& network, std::size_t number)
    : hub_(hub), network_(network), number_(number), timer_(network) {
    start_ticking();
}

HubShard::~HubShard() = default;

std::int64_t HubShard::now() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

void HubShard::add(std::shared_ptr<Connection> connection) {
    hub_.connections_->fetch_add(1, std::memory_order_relaxed);
    connection->index_ = connections_.size();
    connections_.push_back(std::move(connection));
}

void HubShard::remove(Connection& connection) {
    const auto at = connection.index_;
    const auto kept = connections_[at];  // until this is over
    connections_[at] = connections_.back();
    connections_[at]->index_ = at;
    connections_.pop_back();
    hub_.connections_->fetch_sub(1, std::memory_order_relaxed);
}

// ---- commands

void HubShard::post(ShardCommand command) {
    bool must_wake = false;
    {
        std::lock_guard lock(mutex_);
        inbox_.push_back(std::move(command));
        must_wake = !std::exchange(is_posted_, true);
    }
    if (must_wake) asio::post(network_, [this] { take_inbox(); });
}

void HubShard::take_inbox() {
    if (batch_at_ == batch_.size()) {
        batch_.clear();
        batch_at_ = 0;
        std::lock_guard lock(mutex_);
        batch_.swap(inbox_);
    }
    for (std::size_t n = 0; n < commands_a_batch && batch_at_ < batch_.size(); ++n) {
        const auto command = std::move(batch_[batch_at_++]);
        obey(command);
    }
    finish_batch();
    if (batch_at_ == batch_.size()) {
        std::lock_guard lock(mutex_);
        if (inbox_.empty()) {
            is_posted_ = false;
            return;
        }
    }
    asio::post(network_, [this] { take_inbox(); });
}

void HubShard::obey(const ShardCommand& command) {
    if (command.event || command.change)
        for (const auto& claim : claims_) claim->since.push_back(command);
    if (command.event) deliver(command.event);
    if (command.change) roster_.apply(*command.change);
    if (command.call) command.call(*this);
}

void HubShard::finish_batch() {
    for (std::size_t i = 0; i < dirty_.size(); ++i) {
        dirty_[i]->is_dirty = false;
        if (const auto connection = dirty_[i]->connection) connection->flush();
    }
    dirty_.clear();
    while (!doomed_.empty()) end(*doomed_.back(), CloseReason::slow);
}

// ---- delivery

void HubShard::deliver(const std::shared_ptr<const Announcement>& event) {
    const auto& to = event->broadcast;
    if (!to.connection_id.empty()) {
        const auto found = subscribers_.find(to.connection_id);
        if (found == subscribers_.end() || !may_see(*found->second->member, *event)) return;
        offer(*found->second, event, event->extra_of(found->second->session.user_id));
    } else if (!to.user_id.empty()) {
        auto* member = roster_.find(to.user_id);
        if (member && fits_guests(*member, *event)) deliver_to(*member, event);
    } else if (!to.channel_id.empty()) {
        if (const auto* members = roster_.in_channel(to.channel_id))
            for (auto* member : *members)
                if (is_among(*member, *event)) deliver_to(*member, event);
    } else if (!to.team_id.empty()) {
        if (const auto* members = roster_.in_team(to.team_id))
            for (auto* member : *members)
                if (is_among(*member, *event)) deliver_to(*member, event);
    } else {
        for (const auto& [user, member] : roster_.members())
            if (is_among(*member, *event)) deliver_to(*member, event);
    }
}

void HubShard::deliver_to(RosterMember& member, const std::shared_ptr<const Announcement>& event) {
    if (!may_see(member, *event)) return;
    const auto* extra = event->extra_of(member.user_id);
    for (auto* subscriber : member.subscribers)
        if (subscriber->id != event->broadcast.omit_connection_id && has_open(*subscriber, *event))
            offer(*subscriber, event, extra);
}

void HubShard::offer(Subscriber& subscriber, const std::shared_ptr<const Announcement>& event,
                     const RecipientExtra* extra) {
    if (!subscriber.is_ready || subscriber.is_doomed || !subscriber.session.is_mfa_done) return;
    const bool adds_ack = extra && extra->should_ack && subscriber.wants_acks;
    auto& backlog = subscriber.backlog;
    auto result = backlog.offer(event, extra, adds_ack, !subscriber.connection);
    // What this batch has queued is perhaps all that is in the way.
    if (result != Backlog::Offer::taken && subscriber.connection && subscriber.connection->flush())
        result = backlog.offer(event, extra, adds_ack, false);
    if (result == Backlog::Offer::dropped) {
        hub_.counters_.dropped.add();
    } else if (result == Backlog::Offer::overflow) {
        subscriber.is_doomed = true;
        doomed_.push_back(&subscriber);
    } else if (subscriber.connection && !std::exchange(subscriber.is_dirty, true)) {
        dirty_.push_back(&subscriber);
    }
}

// ---- registry

void HubShard::enter(Connection& connection, SocketSession session) {
    auto owned = std::move(connection.own_);
    auto& subscriber = *owned;
    subscriber.id = ConnectionId::fresh();
    subscriber.session = std::move(session);
    subscriber.connection = connection.shared_from_this();
    connection.subscriber_ = &subscriber;
    subscribers_.emplace(subscriber.id, std::move(owned));
    roster_.enter(subscriber);
    roster_.begin_load(subscriber);
}

void HubShard::settle(Subscriber& subscriber, Memberships loaded) {
    roster_.end_load(subscriber, std::move(loaded));
    hub_.note_place(subscriber.id, number_);
    SocketEvent hello{"hello"};
    hello.data =
        R"({"server_version":)" +
        json_text(hub_.settings_.server_version ? hub_.settings_.server_version() : hub_.settings_.version) +
        R"(,"connection_id":")" + subscriber.id.text() + R"(","server_hostname":)" +
        json_text(hub_.settings_.hostname) + "}";
    hello.broadcast.user_id = subscriber.session.user_id;
    subscriber.backlog.offer(std::make_shared<Announcement>(std::move(hello)), nullptr, false, false);
    subscriber.is_ready = true;
    subscriber.connection->flush();
}

void HubShard::detach(Connection& connection, CloseReason reason) {
    auto* subscriber = std::exchange(connection.subscriber_, nullptr);
    if (subscriber) {
        subscriber->connection.reset();
        const bool may_stay =
            may_return(reason) && subscriber->is_ready && !subscriber->is_doomed && !hub_.is_draining_;
        if (may_stay && subscriber->backlog.rewind()) {
            subscriber->gone_at = now();
            limit_away(*subscriber->member);
        } else {
            erase(*subscriber);
        }
    }
    if (std::exchange(connection.is_admitted_, false)) hub_.release(connection.admitted_user_);
}

void HubShard::limit_away(RosterMember& member) {
    Subscriber* oldest = nullptr;
    std::size_t count = 0;
    for (auto* subscriber : member.subscribers) {
        if (subscriber->connection) continue;
        ++count;
        if (!oldest || subscriber->gone_at < oldest->gone_at) oldest = subscriber;
    }
    if (count > hub_.settings_.most_away_per_user) erase(*oldest);
}

void HubShard::end(Subscriber& subscriber, CloseReason reason) {
    if (const auto connection = subscriber.connection) {
        connection->end(reason, CloseCode::policy, close_word(reason));
        return;
    }
    erase(subscriber);
}

void HubShard::erase(Subscriber& subscriber) {
    if (subscriber.is_dirty) std::erase(dirty_, &subscriber);
    if (subscriber.is_doomed) std::erase(doomed_, &subscriber);
    roster_.leave(subscriber);
    const auto id = subscriber.id;
    hub_.forget_place(id);
    subscribers_.erase(id);
}

void HubShard::end_sessions(const UserId& user, const SessionId& session) {
    std::vector<Subscriber*> ended;
    auto look = [&](Subscriber& one) {
        if (session.empty() || one.session.session_id == session) ended.push_back(&one);
    };
    if (user.empty()) {
        for (const auto& [id, subscriber] : subscribers_) look(*subscriber);
    } else if (const auto* member = roster_.find(user)) {
        for (auto* subscriber : member->subscribers) look(*subscriber);
    }
    for (auto* subscriber : ended) end(*subscriber, CloseReason::session_ended);
}

void HubShard::recheck_sessions() {
    for (const auto& [id, subscriber] : subscribers_)
        if (subscriber->connection) subscriber->connection->ask_recheck();
}

void HubShard::set_mfa(const UserId& user, bool is_done) {
    auto* member = roster_.find(user);
    if (!member) return;
    for (auto* subscriber : member->subscribers) {
        subscriber->session.is_mfa_done = is_done;
        subscriber->is_mfa_told = true;
    }
}

// ---- time

void HubShard::start_ticking() {
    timer_.expires_after(hub_.settings_.tick);
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (cancelled) return;
        sweep();
        start_ticking();
    });
}

void HubShard::sweep() {
    const auto steady = now();
    const auto wall = wall_clock();
    for (std::size_t i = 0; i < connections_.size(); ++i) connections_[i]->tick(steady, wall);
    std::vector<Subscriber*> stale;
    for (const auto& [id, subscriber] : subscribers_)
        if (!subscriber->connection && steady - subscriber->gone_at >= hub_.settings_.away_time.count())
            stale.push_back(subscriber.get());
    for (auto* subscriber : stale) erase(*subscriber);
    finish_batch();
}

void HubShard::drain() {
    asio::co_spawn(network_, close_gradually(*this), asio::detached);
}

asio::awaitable<void> HubShard::close_gradually(HubShard& shard) {
    asio::steady_timer pause(shard.network_);
    const auto step = shard.connections_.size() / 50 + 1;
    while (!shard.connections_.empty()) {
        const auto all = shard.connections_;  // a copy: ending may shorten the list
        std::size_t ended = 0;
        for (const auto& connection : all) {
            if (!connection->is_open()) continue;
            connection->end(CloseReason::drained, CloseCode::service_restart, "restart");
            if (++ended == step) break;
        }
        pause.expires_after(std::chrono::milliseconds(100));
        co_await pause.async_wait(asio::use_awaitable);
    }
}

}  // namespace concordat::web
