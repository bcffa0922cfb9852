// The hub's part on one network thread: its connections, its registry, its delivery.
//
// Everything but post() runs on that thread. Private to this room.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>
#include "web/socket/hub.hpp"

namespace concordat::web {

// One thing for a shard to do; which is what publish order is made of.
struct ShardCommand {
    std::shared_ptr<const Announcement> event;
    std::shared_ptr<const RosterChange> change;
    std::function<void(HubShard&)> call;
};

// A subscriber on its way to another shard.
struct ResumeParcel {
    std::unique_ptr<Subscriber> subscriber;  // empty: not resumable
    Memberships memberships;
    Backlog::Resume outcome = Backlog::Resume::lost;
};

// A claim for a subscriber of another shard. What is published after the claim is noted, because the
// subscriber that arrives knows nothing later than the claim.
struct ResumeClaim {
    ConnectionId id;
    UserId user_id;
    std::uint64_t seq = 0;
    SocketSession session;                 // the claimant's
    std::shared_ptr<Connection> claimant;  // until installed
    bool is_noted = false;                 // the claim has been reached in this shard's order
    bool has_parcel = false;
    ResumeParcel parcel;
    std::vector<ShardCommand> since;
    Backlog::Resume outcome = Backlog::Resume::lost;
    std::function<void()> wake;
};

class HubShard {
public:
    HubShard(Hub& hub, asio::io_context& network, std::size_t number);
    ~HubShard();

    // Any thread; the hub's mutex keeps the order the same on all shards.
    void post(ShardCommand command);

    Hub& hub() { return hub_; }
    asio::io_context& network() { return network_; }
    std::size_t number() const { return number_; }
    Gather& gather() { return gather_; }
    std::span<char> read_buffer() { return read_buffer_; }
    const std::shared_ptr<const FrameText>& empty_body() const { return empty_body_; }
    static std::int64_t now();  // steady milliseconds

    void add(std::shared_ptr<Connection> connection);
    void remove(Connection& connection);

    // Registers the connection's own subscriber under a new id; its memberships are to be loaded.
    void enter(Connection& connection, SocketSession session);
    // They are: from here on it receives events, and hello is the first.
    void settle(Subscriber& subscriber, Memberships loaded);
    // Parts a connection from its subscriber, which stays for a while or not.
    void detach(Connection& connection, CloseReason reason);
    // Gives the connection the subscriber that the client had before, if it can go on from `seq`.
    asio::awaitable<Backlog::Resume> resume(std::shared_ptr<Connection> connection, ConnectionId id,
                                            SocketSession session, std::uint64_t seq);

    void recheck_sessions();
    void end_sessions(const UserId& user, const SessionId& session);
    void set_mfa(const UserId& user, bool is_done);
    void drain();

private:
    friend class Hub;

    void take_inbox();
    void obey(const ShardCommand& command);
    void deliver(const std::shared_ptr<const Announcement>& event);
    void deliver_to(RosterMember& member, const std::shared_ptr<const Announcement>& event);
    void offer(Subscriber& subscriber, const std::shared_ptr<const Announcement>& event,
               const RecipientExtra* extra);
    void finish_batch();
    void end(Subscriber& subscriber, CloseReason reason);
    void erase(Subscriber& subscriber);
    void limit_away(RosterMember& member);

    // Takes a subscriber out, its backlog set to go on from `seq`.
    ResumeParcel surrender(const ConnectionId& id, const UserId& user, std::uint64_t seq);
    void reach(const std::shared_ptr<ResumeClaim>& claim);
    void arrive(const std::shared_ptr<ResumeClaim>& claim);
    void install(ResumeClaim& claim);
    void replay(ResumeClaim& claim, Subscriber& subscriber);

    void start_ticking();
    void sweep();
    static asio::awaitable<void> close_gradually(HubShard& shard);

    Hub& hub_;
    asio::io_context& network_;
    std::size_t number_;
    Roster roster_;
    std::unordered_map<ConnectionId, std::unique_ptr<Subscriber>> subscribers_;
    std::vector<std::shared_ptr<Connection>> connections_;
    std::vector<std::shared_ptr<ResumeClaim>> claims_;  // reached, waiting for the parcel
    std::vector<Subscriber*> dirty_;
    std::vector<Subscriber*> doomed_;
    Gather gather_;
    std::vector<char> read_buffer_ = std::vector<char>(16 * 1024);
    std::shared_ptr<const FrameText> empty_body_ = std::make_shared<FrameText>();
    asio::steady_timer timer_;

    std::mutex mutex_;  // of the next two
    std::vector<ShardCommand> inbox_;
    bool is_posted_ = false;

    std::vector<ShardCommand> batch_;  // taken from the inbox, obeyed up to batch_at_
    std::size_t batch_at_ = 0;
};

}  // namespace concordat::web
