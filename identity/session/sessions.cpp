#include "identity/session/sessions.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/model/access_token.hpp"
#include "core/model/facts.hpp"
#include "identity/access/roles.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/access_tokens.hpp"
#include "storage/tables/oauth.hpp"
#include "storage/tables/sessions.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

constexpr Millis hour = 3600000;
constexpr Millis between_touches = 5 * 60000;
constexpr std::int64_t sweep_batch = 200;

bool is_guest(const User& user) {
    const auto roles = split_words(user.roles);
    return std::find(roles.begin(), roles.end(), "system_guest") != roles.end();
}

}  // namespace

Actor SignedIn::actor() const {
    Actor actor;
    actor.user_id = session.user_id;
    actor.session_id = session.id;
    actor.username = username;
    actor.roles = roles;
    actor.is_guest = is_guest;
    actor.is_bot = is_bot;
    actor.is_admin = is_admin;
    actor.locale = locale;
    actor.service = service;
    actor.has_factor = has_factor;
    actor.factor_at = factor_at;
    actor.by_application = session.is_oauth;
    if (const auto csrf = session.props.find("csrf"); csrf != session.props.end()) actor.csrf = csrf->second;
    return actor;
}

Millis Sessions::length_of(const Session& session) const {
    const auto settings = settings_.current();
    const auto& service = settings->ServiceSettings;
    auto has = [&](const char* prop) {
        const auto at = session.props.find(prop);
        return at != session.props.end() && at->second == "true";
    };
    if (!session.device_id.empty() || has("isMobile")) return service.SessionLengthMobileInHours * hour;
    return (has("isSaml") || session.is_oauth ? service.SessionLengthSSOInHours
                                              : service.SessionLengthWebInHours) *
           hour;
}

// When a session ends that is used at `now`, and what bounds it whatever its activity.
Millis Sessions::end_of(const Session& session, Millis now) const {
    auto end = now + length_of(session);
    if (const auto bound = session.props.find("ends_at"); bound != session.props.end())
        end = std::min(end, static_cast<Millis>(std::stoll(bound->second)));
    if (const auto hours = settings_.current()->ConcordatSettings.AbsoluteSessionHours; hours > 0)
        end = std::min(end, session.create_at + hours * hour);
    return end;
}

NewSession Sessions::start(const User& user, const Device& device) {
    return db_.transact([&](storage::Tx& tx) { return start(tx, user, device); });
}

NewSession Sessions::start(storage::Tx& tx, const User& user, const Device& device, Millis ends_at) {
    NewSession made;
    made.token = new_token();
    auto& s = made.session;
    s.id = SessionId::fresh(db_.now());
    s.user_id = user.id;
    s.roles = user.roles;
    s.device_id = device.device_id;
    s.props = device.props;
    s.props["is_guest"] = is_guest(user) ? "true" : "false";
    s.props["csrf"] = new_token();
    s.create_at = s.last_activity_at = tx.now();
    if (device.has_shown_factor) s.props["factor_at"] = std::to_string(tx.now());
    if (!device.application.empty()) {
        s.is_oauth = true;
        s.props[oauth_app_prop] = device.application.text();
        ends_at = s.create_at + length_of(s);  // is refreshed, not extended
    }
    if (ends_at > 0) s.props["ends_at"] = std::to_string(ends_at);
    s.expires_at = end_of(s, s.create_at);
    storage::SessionTable table(tx);
    if (!device.device_id.empty()) {
        for (const auto& older : table.of_user(user.id))
            if (older.device_id == device.device_id && table.remove(older.id))
                tx.emit(SessionEnded{older.id, user.id, user.id, "replaced"});
    }
    table.insert(s, storage::token_hash(made.token));
    tx.emit(SessionStarted{s.id, user.id, device.address});
    return made;
}

// The session begun with an access token, if this is one and it is good. Of two that begin it at once, one
// does.
std::optional<Session> Sessions::begin_by_access_token(const Key& key) {
    const auto is_one = [&](storage::Tx& tx) {
        return storage::AccessTokenTable(tx).by_hash(key).has_value();
    };
    if (!db_.read(is_one)) return std::nullopt;
    try {
        return db_.transact([&](storage::Tx& tx) -> std::optional<Session> {
            // Held, so that whoever switches it off meanwhile finds this session and ends it.
            const auto token = storage::AccessTokenTable(tx).hold_by_hash(key);
            if (!token || !token->is_active || (token->expires_at && *token->expires_at <= tx.now()))
                return std::nullopt;
            const auto owner = storage::UserTable(tx).find(token->user_id);
            if (!owner || owner->delete_at > 0) return std::nullopt;
            const auto& user = *owner;
            Session s;
            s.id = SessionId::fresh(tx.now());
            s.user_id = user.id;
            s.roles = user.roles;
            s.create_at = s.last_activity_at = tx.now();
            s.expires_at = token->expires_at.value_or(0);
            s.props = {{session_type_prop, access_token_type},
                       {access_token_id_prop, token->id.text()},
                       {"is_guest", is_guest(user) ? "true" : "false"}};
            if (user.is_bot.value_or(false)) s.props["is_bot"] = "true";
            storage::SessionTable(tx).insert(s, key);
            tx.emit(SessionStarted{s.id, user.id, ""});
            return s;
        });
    } catch (const Error& e) {
        if (e.id() != "storage.unique") throw;
        return db_.read([&](storage::Tx& tx) { return storage::SessionTable(tx).by_token(key); });
    }
}

std::shared_ptr<const SignedIn> Sessions::by_token(const std::string& token) {
    if (token.size() != 26) return nullptr;
    const auto key = storage::token_hash(token);
    const auto known = known_.get(key, [&]() -> std::shared_ptr<const SignedIn> {
        auto session = db_.read([&](storage::Tx& tx) { return storage::SessionTable(tx).by_token(key); });
        if (!session) session = begin_by_access_token(key);
        if (!session) return nullptr;
        const auto user =
            db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(session->user_id); });
        if (!user || user->delete_at > 0) return nullptr;
        auto made = std::make_shared<SignedIn>();
        made->session = *session;
        made->username = user->username;
        made->locale = user->locale;
        made->service = user->auth_service;
        made->has_factor = user->mfa_active.value_or(false);
        if (const auto at = session->props.find("factor_at"); at != session->props.end())
            made->factor_at = std::stoll(at->second);
        if (const auto type = session->props.find(session_type_prop); type != session->props.end())
            made->by_access_token = type->second == access_token_type;
        made->roles = split_words(user->roles);
        made->is_bot = user->is_bot.value_or(false);
        made->is_admin = holds(roles_.allowed_by(made->roles), Permission::manage_system);
        for (const auto& role : made->roles) made->is_guest |= role == "system_guest";
        made->touched_at = session->last_activity_at;
        return made;
    });
    if (!known) return nullptr;
    const auto now = db_.now();
    const auto settings = settings_.current();
    const auto& service = settings->ServiceSettings;
    const auto& session = known->session;
    const auto last = known->touched_at.load();
    if (session.expires_at > 0 && session.expires_at <= now) return nullptr;
    if (known->by_access_token) {
        if (!known->is_bot && !service.EnableUserAccessTokens) return nullptr;
    } else if (!service.ExtendSessionLengthWithActivity && service.SessionIdleTimeoutInMinutes > 0 &&
               now - last > service.SessionIdleTimeoutInMinutes * 60000) {
        return nullptr;
    }
    if (now - last > between_touches) {
        known->touched_at = now;
        const bool is_extended =
            service.ExtendSessionLengthWithActivity && session.expires_at > 0 && !known->by_access_token;
        const auto expires_at = is_extended ? end_of(session, now) : session.expires_at;
        db_.read(
            [&](storage::Tx& tx) { storage::SessionTable(tx).set_activity(session.id, now, expires_at); });
        if (expires_at != session.expires_at) known_.forget(key);
    }
    return known;
}

std::vector<Session> Sessions::of_user(const UserId& user) {
    return db_.read([&](storage::Tx& tx) { return storage::SessionTable(tx).of_user(user); });
}

void Sessions::end(const UserId& user, const SessionId& session, const UserId& actor,
                   const std::string& why) {
    db_.transact([&](storage::Tx& tx) {
        storage::SessionTable table(tx);
        const auto found_session =
            found(table.find(session), "app.session.get.app_error", "There is no such session.");
        if (found_session.user_id != user)
            throw Error(Fault::not_found, "app.session.get.app_error", "There is no such session.");
        end(tx, session, user, actor, why);
    });
}

bool Sessions::end(storage::Tx& tx, const SessionId& session, const UserId& user, const UserId& actor,
                   const std::string& why) {
    storage::OAuthTokenTable(tx).remove_of_session(session);
    if (!storage::SessionTable(tx).remove(session)) return false;
    tx.emit(SessionEnded{session, user, actor, why});
    return true;
}

void Sessions::end_all(const UserId& user, const UserId& actor, const std::string& why,
                       const SessionId& except) {
    db_.transact([&](storage::Tx& tx) { end_all(tx, user, actor, why, except); });
}

void Sessions::end_all(storage::Tx& tx, const UserId& user, const UserId& actor, const std::string& why,
                       const SessionId& except) {
    storage::OAuthTokenTable(tx).remove_of_user(user, except);
    storage::SessionTable table(tx);
    for (const auto& session : table.of_user(user))
        if (session.id != except && table.remove(session.id))
            tx.emit(SessionEnded{session.id, user, actor, why});
}

void Sessions::end_everybody(const UserId& actor, const std::string& why) {
    constexpr std::int64_t at_a_time = 500;
    db_.transact([&](storage::Tx& tx) { storage::OAuthTokenTable(tx).remove_all(); });
    for (bool is_more = true; is_more;)
        is_more = db_.transact([&](storage::Tx& tx) {
            const auto gone = storage::SessionTable(tx).remove_some(at_a_time);
            for (const auto& [session, user] : gone) tx.emit(SessionEnded{session, user, actor, why});
            return std::ssize(gone) == at_a_time;
        });
}

void Sessions::mark_factor(storage::Tx& tx, const SessionId& id) {
    storage::SessionTable table(tx);
    auto session = found(table.find(id), "app.session.get.app_error", "There is no such session.");
    session.props["factor_at"] = std::to_string(tx.now());
    table.set_props(session);
    tx.emit(SessionRenewed{id, session.user_id});
}

NewSession Sessions::renew_token(storage::Tx& tx, const SessionId& id) {
    storage::SessionTable table(tx);
    NewSession renewed;
    renewed.session = found(table.find(id), "app.session.get.app_error", "There is no such session.");
    renewed.token = new_token();
    table.set_token(id, storage::token_hash(renewed.token));
    tx.emit(SessionRenewed{id, renewed.session.user_id});
    return renewed;
}

void Sessions::attach_device(const SessionId& id, const std::string& device_id,
                             const std::map<std::string, std::string>& props) {
    db_.transact([&](storage::Tx& tx) {
        storage::SessionTable table(tx);
        auto session = found(table.find(id), "app.session.get.app_error", "There is no such session.");
        if (!device_id.empty()) {
            session.device_id = device_id;
            for (const auto& other : table.of_user(session.user_id))
                if (other.id != id && other.device_id == device_id && table.remove(other.id))
                    tx.emit(SessionEnded{other.id, session.user_id, session.user_id, "replaced"});
        }
        for (const auto& [key, value] : props) session.props[key] = value;
        table.set_props(session);
    });
    forget_session(id);
}

std::size_t Sessions::sweep() {
    return db_.transact([&](storage::Tx& tx) {
        storage::SessionTable table(tx);
        const auto expired = table.expired(tx.now(), sweep_batch);
        for (const auto& session : expired)
            if (table.remove(session.id))
                tx.emit(SessionEnded{session.id, session.user_id, session.user_id, "expired"});
        return expired.size();
    });
}

void Sessions::forget_session(const SessionId& id) {
    known_.forget_if([&](const Key&, const std::shared_ptr<const SignedIn>& known) {
        return !known || known->session.id == id;
    });
}

void Sessions::forget_user(const UserId& user) {
    known_.forget_if([&](const Key&, const std::shared_ptr<const SignedIn>& known) {
        return !known || known->session.user_id == user;
    });
}

void Sessions::on_facts(const std::vector<storage::Fact>& facts) {
    for (const auto& fact : facts) {
        if (fact.is<SessionEnded>())
            forget_session(fact.as<SessionEnded>().session_id);
        else if (fact.is<SessionRenewed>())
            forget_session(fact.as<SessionRenewed>().session_id);
        else if (fact.is<UserUpdated>())
            forget_user(fact.as<UserUpdated>().user.id);
        else if (fact.is<UserRolesChanged>())
            forget_user(fact.as<UserRolesChanged>().user_id);
        else if (fact.is<UserActivated>())
            forget_user(fact.as<UserActivated>().user_id);
        else if (fact.is<RoleUpdated>() && !fact.as<RoleUpdated>().role.is_of_places())
            known_.clear();
    }
}

}  // namespace concordat::identity
