// How a client that comes back gets its subscriber, from this shard or from another.
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "web/socket/connection.hpp"
#include "web/socket/rules.hpp"
#include "web/socket/shard.hpp"

namespace concordat::web {

ResumeParcel HubShard::surrender(const ConnectionId& id, const UserId& user, std::uint64_t seq) {
    const auto found = subscribers_.find(id);
    if (found == subscribers_.end()) {
        hub_.forget_place(id);
        return {};
    }
    auto& subscriber = *found->second;
    if (!subscriber.is_ready || subscriber.session.user_id != user) {  // not the caller's: leave it alone
        hub_.note_place(id, number_);
        return {};
    }
    bool is_whole = !subscriber.is_doomed;
    if (const auto old = subscriber.connection) {
        old->subscriber_ = nullptr;
        subscriber.connection.reset();
        old->cut(CloseReason::replaced);
        is_whole = subscriber.backlog.rewind() && is_whole;
    }
    ResumeParcel parcel;
    if (is_whole) parcel.outcome = subscriber.backlog.resume(seq);
    if (parcel.outcome == Backlog::Resume::lost) {
        erase(subscriber);
        return {};
    }
    if (std::exchange(subscriber.is_dirty, false)) std::erase(dirty_, &subscriber);
    parcel.memberships = subscriber.member->memberships();
    roster_.leave(subscriber);
    parcel.subscriber = std::move(found->second);
    subscribers_.erase(found);
    return parcel;
}

asio::awaitable<Backlog::Resume> HubShard::resume(std::shared_ptr<Connection> connection, ConnectionId id,
                                                  SocketSession session, std::uint64_t seq) {
    auto claim = std::make_shared<ResumeClaim>();
    claim->id = id;
    claim->user_id = session.user_id;
    claim->seq = seq;
    claim->claimant = connection;
    claim->session = std::move(session);

    ShardCommand give, expect;
    give.call = [claim, to = this](HubShard& from) {
        auto parcel = std::make_shared<ResumeParcel>(from.surrender(claim->id, claim->user_id, claim->seq));
        asio::post(to->network_, [claim, to, parcel] {
            claim->parcel = std::move(*parcel);
            claim->has_parcel = true;
            to->arrive(claim);
        });
    };
    expect.call = [claim](HubShard& to) { to.reach(claim); };
    const auto place = hub_.place_to_claim(id, number_, give, expect);
    if (!place) {
        claim->claimant.reset();
    } else if (*place == number_) {
        claim->parcel = surrender(id, claim->user_id, seq);
        install(*claim);
    } else {
        const auto executor = co_await asio::this_coro::executor;
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
            [&](auto handler) {
                auto shared = std::make_shared<decltype(handler)>(std::move(handler));
                claim->wake = [shared, executor] {
                    asio::post(executor, [shared] { std::move (*shared)(); });
                };
            },
            asio::use_awaitable);
        claim->wake = nullptr;
    }
    co_return claim->outcome;
}

// The claim's place in this shard's order: from here on events are noted for whoever arrives.
void HubShard::reach(const std::shared_ptr<ResumeClaim>& claim) {
    claim->is_noted = true;
    if (claim->has_parcel)
        install(*claim);
    else
        claims_.push_back(claim);
}

void HubShard::arrive(const std::shared_ptr<ResumeClaim>& claim) {
    if (!claim->is_noted) return;  // reach() will install it
    std::erase(claims_, claim);
    install(*claim);
}

// Brings what was published since the claim to a subscriber that was elsewhere meanwhile, and leaves
// its memberships in the parcel as they are now.
void HubShard::replay(ResumeClaim& claim, Subscriber& subscriber) {
    Roster meanwhile;
    auto& member = meanwhile.enter(subscriber);
    meanwhile.replace(member, std::move(claim.parcel.memberships));
    for (const auto& command : claim.since) {
        if (command.change) meanwhile.apply(*command.change);
        if (command.event && is_for(member, subscriber, *command.event))
            offer(subscriber, command.event, command.event->extra_of(member.user_id));
    }
    claim.parcel.memberships = member.memberships();
    meanwhile.leave(subscriber);
}

void HubShard::install(ResumeClaim& claim) {
    const auto claimant = std::move(claim.claimant);
    claim.claimant.reset();
    auto owned = std::move(claim.parcel.subscriber);
    if (owned) {
        auto& subscriber = *owned;
        subscribers_.emplace(subscriber.id, std::move(owned));
        hub_.note_place(subscriber.id, number_);
        if (claimant->is_open()) {
            subscriber.backlog.take_over(claimant->own_->backlog);
            subscriber.wants_acks = claimant->own_->wants_acks;
            subscriber.session = claim.session;
            subscriber.connection = claimant;
            claimant->subscriber_ = &subscriber;
            claimant->own_.reset();
        } else {
            subscriber.gone_at = now();
        }
        replay(claim, subscriber);
        auto& member = roster_.enter(subscriber);
        if (member.subscribers.size() == 1 || member.loads > 0)
            roster_.replace(member, std::move(claim.parcel.memberships));
        claim.outcome = claim.parcel.outcome;
        if (subscriber.connection) subscriber.connection->flush();
    }
    claim.since.clear();
    if (claim.wake) claim.wake();
}

}  // namespace concordat::web
