// Sessions: who is signed in on which device.
//
// Thread-safe; calls block. Tokens are random; the database keeps their SHA-256 only. Sessions that are
// in use are remembered, and forgotten when a fact says that the session or its person changed.
//
// Programs sign in by a personal access token. The first use of one begins a session of the same token; it
// ends with the token, goes on without idle limit until the token expires, and a session that was ended by
// other means is begun anew by the next use.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include "core/base/memo.hpp"
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/session.hpp"
#include "core/model/user.hpp"

namespace concordat::storage {
class Database;
class Tx;
struct Fact;
}  // namespace concordat::storage

namespace concordat::identity {

// A session that is good now, with what checks need to know of its person.
struct SignedIn {
    Session session;
    std::string username, locale;
    std::vector<std::string> roles;
    std::string service;  // as User::auth_service
    bool is_guest = false, is_bot = false, is_admin = false;
    bool by_access_token = false;               // of a program, see above
    bool has_factor = false;                    // a second factor is in force
    Millis factor_at = 0;                       // when one was shown in this session; 0: never
    mutable std::atomic<Millis> touched_at{0};  // when its activity was last written
    Actor actor() const;
};

struct Device {
    std::string device_id;                     // of a mobile app; "" in browsers
    std::string address;                       // of the client, for the journal
    std::map<std::string, std::string> props;  // platform, os, browser, isMobile
    bool is_mobile = false;
    bool has_shown_factor = false;  // a second factor was checked for this session
    OAuthAppId application;         // that the session is given to; empty: it is the person's
};

struct NewSession {
    Session session;
    std::string token;  // the only time it is known
};

class Roles;

class Sessions {
public:
    Sessions(storage::Database& db, const LiveSettings& settings, const Roles& roles)
        : db_(db), settings_(settings), roles_(roles) {}
    void on_facts(const std::vector<storage::Fact>& facts);

    // A log-in with a device id ends the older sessions of that device. Whatever its activity, the session
    // ends at `ends_at` (0: no such bound) and after AbsoluteSessionHours.
    NewSession start(storage::Tx& tx, const User& user, const Device& device, Millis ends_at = 0);
    NewSession start(const User& user, const Device& device);
    // Nothing for a token that is unknown, expired, idle for too long, or whose person is deactivated; nor
    // for a person's access token while ServiceSettings.EnableUserAccessTokens is false (those of bots are
    // good). Marks activity and extends the session, in the database at most once in five minutes.
    std::shared_ptr<const SignedIn> by_token(const std::string& token);
    std::vector<Session> of_user(const UserId& user);
    // Throws Error not_found when it is not this person's session.
    void end(const UserId& user, const SessionId& session, const UserId& actor, const std::string& why);
    // False when it is gone already.
    bool end(storage::Tx& tx, const SessionId& session, const UserId& user, const UserId& actor,
             const std::string& why);
    // `except` stays. With a session ends what could renew it.
    void end_all(const UserId& user, const UserId& actor, const std::string& why,
                 const SessionId& except = {});
    void end_all(storage::Tx& tx, const UserId& user, const UserId& actor, const std::string& why,
                 const SessionId& except = {});
    // Of everybody, access tokens' too (which begin new ones). In steps, so that nobody waits for long: who
    // comes in meanwhile may be put out as well.
    void end_everybody(const UserId& actor, const std::string& why);
    // A second factor was shown in this session, now.
    void mark_factor(storage::Tx& tx, const SessionId& session);
    // The session goes on under a new token, which is returned; the old one is worth nothing.
    NewSession renew_token(storage::Tx& tx, const SessionId& session);
    // Attaches a device id or props (mobile version, notification switch) to a session.
    void attach_device(const SessionId& session, const std::string& device_id,
                       const std::map<std::string, std::string>& props);
    // Removes what has expired, in small batches; how many.
    std::size_t sweep();

private:
    using Key = std::string;  // token hash
    std::optional<Session> begin_by_access_token(const Key& token_hash);
    Millis length_of(const Session& session) const;
    Millis end_of(const Session& session, Millis now) const;
    void forget_session(const SessionId& session);
    void forget_user(const UserId& user);

    storage::Database& db_;
    const LiveSettings& settings_;
    const Roles& roles_;
    Memo<Key, std::shared_ptr<const SignedIn>> known_{20000};
};

}  // namespace concordat::identity
