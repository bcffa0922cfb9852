#include "web/events/bindings.hpp"

#include "core/base/clock.hpp"
#include "core/base/text.hpp"
#include "core/config/live.hpp"
#include "identity/mfa/policy.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/memberships.hpp"
#include "storage/tables/sessions.hpp"
#include "storage/tables/users.hpp"
#include "web/events/announcer.hpp"

namespace concordat::web {
namespace {

std::string text_of(const json::object& data, const char* key) {
    const auto* value = data.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool flag_of(const json::object& data, const char* key) {
    const auto* value = data.if_contains(key);
    return value && value->is_bool() && value->get_bool();
}

template <class AnyIdType>
AnyIdType id_of(const json::object& data, const char* key, bool may_be_empty = false) {
    const auto text = text_of(data, key);
    if (text.empty() && may_be_empty) return {};
    if (!looks_like_id(text))
        throw Error(Fault::invalid, "api.websocket_handler.invalid_param.app_error",
                    "Invalid or missing " + std::string(key) + " parameter.");
    return AnyIdType::from_text(text);
}

}  // namespace

SocketSession SessionBinding::socket_session(const Session& session, const User& user,
                                             const std::string& address) const {
    const bool is_mfa_done =
        user.mfa_active.value_or(false) ||
        !identity::are_factors_enforced(*settings_.current(), wall_clock()) ||
        !identity::demands_factor(*settings_.current(), identity::factor_subject(user), address);
    return {session.id, session.user_id, session.expires_at, is_mfa_done, address};
}

std::optional<SocketSession> SessionBinding::by_token(const std::string& token, bool is_from_query,
                                                      const std::string& address) {
    if (!bounds_.admit(address)) return std::nullopt;
    const auto known = sessions_.by_token(token);
    if (!known || (is_from_query && !known->session.is_oauth)) return std::nullopt;
    const auto user =
        db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(known->session.user_id); });
    if (!user) return std::nullopt;
    return socket_session(known->session, *user, address);
}

std::optional<SocketSession> SessionBinding::renewed(const SocketSession& session) {
    if (!bounds_.admit(session.address)) return std::nullopt;
    return db_.read([&](storage::Tx& tx) -> std::optional<SocketSession> {
        const auto row = storage::SessionTable(tx).find(session.session_id);
        if (!row || (row->expires_at > 0 && row->expires_at <= db_.now())) return std::nullopt;
        const auto user = storage::UserTable(tx).find(row->user_id);
        if (!user || user->delete_at > 0) return std::nullopt;
        return socket_session(*row, *user, session.address);
    });
}

Memberships MembershipBinding::load(const UserId& user) {
    return db_.read([&](storage::Tx& tx) {
        storage::MembershipTable table(tx);
        Memberships out{table.channels_of(user), table.teams_of(user), false, false};
        if (const auto row = storage::UserTable(tx).find(user)) {
            const auto roles = split_words(row->roles);
            out.is_admin = holds(roles_.allowed_by(roles), Permission::manage_system);
            for (const auto& role : roles) out.is_guest |= role == "system_guest";
        }
        return out;
    });
}

void ActionBinding::typing(const json::object& data, const UserId& user) {
    if (!settings_.current()->ServiceSettings.EnableUserTypingMessages) return;
    const auto channel = id_of<ChannelId>(data, "channel_id");
    const auto parent = id_of<PostId>(data, "parent_id", true);
    // Posting needs membership here, and its role decides.
    if (!gate_.is_member(user, channel)) throw lacks_permission("create_post");
    announcer_->typing(user, channel, parent);
}

json::object ActionBinding::run(const std::string& action, const json::object& data,
                                const SocketSession& session) {
    json::object reply;
    if (action == "user_typing") {
        typing(data, session.user_id);
    } else if (action == "user_update_active_status") {
        statuses_.on_activity(session.user_id, flag_of(data, "user_is_active"), flag_of(data, "manual"));
    } else if (action == "get_statuses") {
        for (const auto& status : statuses_.shown()) reply[status.user_id.text()] = status.status;
    } else if (action == "get_statuses_by_ids") {
        const auto* ids = data.if_contains("user_ids");
        if (!ids || !ids->is_array() || ids->get_array().size() > 1000)
            throw Error(Fault::invalid, "api.websocket_handler.invalid_param.app_error",
                        "Invalid or missing user_ids parameter.");
        std::vector<UserId> users;
        for (const auto& id : ids->get_array())
            if (id.is_string() && looks_like_id(id.get_string()))
                users.push_back(UserId::from_text(id.get_string()));
        for (const auto& status : statuses_.of(users)) reply[status.user_id.text()] = status.status;
    }
    return reply;  // posted_notify_ack: the reply itself is all that is asked for
}

}  // namespace concordat::web
