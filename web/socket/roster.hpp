// Who is connected to one network thread, and where those users belong.
//
// Plain maps, used by one thread only; no I/O and no locks. A user has one RosterMember here however many
// connections there are. Memberships are loaded elsewhere while changes keep arriving: those are
// noted from begin_load() on and replayed over what was loaded, so none is lost.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>
#include "web/socket/backlog.hpp"
#include "web/socket/event.hpp"
#include "web/socket/neighbours.hpp"

namespace concordat::web {

class Connection;
struct RosterMember;

// The lasting half of a connection: it stays for a while when the client has gone, and moves to
// the connection by which the client comes back.
struct Subscriber {
    explicit Subscriber(const BacklogLimits& limits) : backlog(limits) {}

    ConnectionId id;
    SocketSession session;
    RosterMember* member = nullptr;
    std::shared_ptr<Connection> connection;  // empty while the client is away
    Backlog backlog;
    ChannelId open_channel;  // what the client says it shows
    ChannelId open_thread_channel;
    std::int64_t gone_at = 0;    // steady milliseconds; while away
    std::size_t load_begun = 0;  // while is_loading: what to replay over the result
    bool is_loading = false;
    bool wants_acks = false;   // opened with posted_ack=true
    bool is_mfa_told = false;  // set_mfa came while loading and knows better than what is loaded
    bool is_ready = false;     // memberships are known, hello is sent
    bool is_dirty = false;     // on the list of those to flush
    bool is_doomed = false;    // overflowed: gets nothing more, and ends after this batch
};

// A change of memberships as it is published.
struct RosterChange {
    enum class Kind { joined_channel, left_channel, joined_team, left_team, channel_gone, role };
    Kind kind;
    UserId user_id;         // empty for channel_gone
    IdBytes place{};        // the channel or team
    bool is_admin = false;  // of Kind::role
    bool is_guest = false;
};

struct RosterMember {
    UserId user_id;
    bool is_admin = false;
    bool is_guest = false;
    std::vector<Subscriber*> subscribers;
    std::vector<ChannelId> channels;       // sorted
    std::vector<TeamId> teams;             // sorted
    unsigned loads = 0;                    // under way
    std::vector<RosterChange> since_load;  // while loads > 0

    bool is_in(const ChannelId& channel) const;
    bool is_in_any(const std::vector<ChannelId>& sorted) const;
    Memberships memberships() const;
};

class Roster {
public:
    // The subscriber's session names the user. From here on changes and events reach it.
    RosterMember& enter(Subscriber& subscriber);
    // The user's last subscriber takes the RosterMember along.
    void leave(Subscriber& subscriber);

    // A load of the memberships of the subscriber's user begins, and is done. Leaving ends it too.
    void begin_load(Subscriber& subscriber);
    void end_load(Subscriber& subscriber, Memberships loaded);
    void replace(RosterMember& member, Memberships now);

    void apply(const RosterChange& change);

    RosterMember* find(const UserId& user) const;
    const std::vector<RosterMember*>* in_channel(const ChannelId& channel) const;
    const std::vector<RosterMember*>* in_team(const TeamId& team) const;
    const std::unordered_map<UserId, std::unique_ptr<RosterMember>>& members() const { return members_; }

private:
    using ByChannel = std::unordered_map<ChannelId, std::vector<RosterMember*>>;
    using ByTeam = std::unordered_map<TeamId, std::vector<RosterMember*>>;

    void apply_to(RosterMember& member, const RosterChange& change);
    void finish_load(Subscriber& subscriber);

    std::unordered_map<UserId, std::unique_ptr<RosterMember>> members_;
    ByChannel channels_;
    ByTeam teams_;
    std::vector<RosterMember*> loading_;
};

}  // namespace concordat::web
