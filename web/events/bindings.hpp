// What the socket hub asks of the building, answered: sessions, memberships, actions, attendance.
//
// Stateless but for references; thread-safe like what they refer to. All must outlive the hub.
#pragma once
#include "core/config/allowed_networks.hpp"
#include "identity/access/gate.hpp"
#include "identity/session/sessions.hpp"
#include "messaging/conversation/statuses.hpp"
#include "web/socket/neighbours.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::web {

class Announcer;

class SessionBinding : public SocketAuthenticator {
public:
    SessionBinding(identity::Sessions& sessions, storage::Database& db, const LiveSettings& settings)
        : sessions_(sessions), db_(db), settings_(settings), bounds_(settings) {}
    std::optional<SocketSession> by_token(const std::string& token, bool is_from_query,
                                          const std::string& address) override;
    std::optional<SocketSession> renewed(const SocketSession& session) override;

private:
    SocketSession socket_session(const Session& session, const User& user, const std::string& address) const;

    identity::Sessions& sessions_;
    storage::Database& db_;
    const LiveSettings& settings_;
    NetworkBounds bounds_;
};

class MembershipBinding : public SocketDirectory {
public:
    MembershipBinding(storage::Database& db, identity::Roles& roles) : db_(db), roles_(roles) {}
    Memberships load(const UserId& user) override;

private:
    storage::Database& db_;
    identity::Roles& roles_;
};

class ActionBinding : public SocketActions {
public:
    ActionBinding(messaging::Statuses& statuses, identity::Gate& gate, identity::Sessions& sessions,
                  storage::Database& db, const LiveSettings& settings)
        : statuses_(statuses), gate_(gate), sessions_(sessions), db_(db), settings_(settings) {}
    // The announcer is made after the hub, which needs this object: set before the network starts.
    void set_announcer(Announcer& announcer) { announcer_ = &announcer; }
    json::object run(const std::string& action, const json::object& data,
                     const SocketSession& session) override;

private:
    void typing(const json::object& data, const UserId& user);
    messaging::Statuses& statuses_;
    identity::Gate& gate_;
    identity::Sessions& sessions_;
    storage::Database& db_;
    const LiveSettings& settings_;
    Announcer* announcer_ = nullptr;
};

class StatusAttendance : public Attendance {
public:
    explicit StatusAttendance(messaging::Statuses& statuses) : statuses_(statuses) {}
    void on_connected(const UserId& user) override { statuses_.on_connected(user); }
    void on_last_gone(const UserId& user) override { statuses_.on_last_gone(user); }

private:
    messaging::Statuses& statuses_;
};

}  // namespace concordat::web
