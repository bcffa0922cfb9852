// What the socket hub asks of the rest of the building. The appliance joins these to sessions,
// memberships, statuses and messaging; tests bring small ones of their own.
//
// All are called on worker threads, from several at a time, and may block; only Attendance is called
// on network threads. All must outlive the hub.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat::web {

// Whom a connection speaks for, copied out of the sign-in session when it is checked.
struct SocketSession {
    SessionId session_id;
    UserId user_id;
    Millis expires_at = 0;     // 0: never
    bool is_mfa_done = true;   // false: signed in, but receives no event until the second factor is set up
    std::string address = {};  // where the client is
};

class SocketAuthenticator {
public:
    virtual ~SocketAuthenticator() = default;
    // The session of a token, or nothing. `is_from_query`: the token stood in the address, where only
    // those of OAuth sessions are accepted.
    virtual std::optional<SocketSession> by_token(const std::string& token, bool is_from_query,
                                                  const std::string& address) = 0;
    // The session as it stands now, or nothing when it has ended. Must see every revocation that was
    // committed before the call.
    virtual std::optional<SocketSession> renewed(const SocketSession& session) = 0;
};

// Where a user belongs, which decides what reaches the user's connections.
struct Memberships {
    std::vector<ChannelId> channels;
    std::vector<TeamId> teams;
    bool is_admin = false;  // holds manage_system
    bool is_guest = false;
};

class SocketDirectory {
public:
    virtual ~SocketDirectory() = default;
    // Must see every change that was committed before the call. What is committed later reaches the
    // hub through its joined_ and left_ calls.
    virtual Memberships load(const UserId& user) = 0;
};

// What clients ask over the socket beyond the protocol itself: user_typing, user_update_active_status,
// get_statuses, get_statuses_by_ids, posted_notify_ack.
class SocketActions {
public:
    virtual ~SocketActions() = default;
    // The reply's data; an empty object is left out. An Error becomes the reply's error.
    virtual json::object run(const std::string& action, const json::object& data,
                             const SocketSession& session) = 0;
};

// Who is connected. Called on network threads: must not block. Calls for one user may come from two
// threads at once, so ask Hub::is_connected() before acting on them later.
class Attendance {
public:
    virtual ~Attendance() = default;
    virtual void on_connected(const UserId& user) = 0;  // at every connection, the first or not
    virtual void on_last_gone(const UserId& user) = 0;  // no connection of the user is left on this node
};

}  // namespace concordat::web
