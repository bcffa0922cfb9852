#include "messaging/integration/incoming_hooks.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "messaging/conversation/attachments.hpp"
#include "messaging/conversation/direct_channels.hpp"
#include "messaging/conversation/joining.hpp"
#include "messaging/integration/owners.hpp"
#include "messaging/integration/slack_text.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/incoming_hooks.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* no_incoming_hook = "app.webhooks.get_incoming.app_error";
constexpr const char* missing_text = "There is no such incoming webhook.";

Error refused(Fault fault, const char* id) {
    return {fault, id};
}

IntegrationChanged changed(const storage::IncomingHookRow& row, const Actor& actor, const char* change) {
    IntegrationChanged fact;
    fact.what = "incoming_hook";
    fact.change = change;
    fact.id = id_as<AnyId>(row.id);
    fact.team_id = row.hook.team_id;
    fact.owner_id = row.hook.user_id;
    fact.actor_id = actor.user_id;
    return fact;
}

}  // namespace

void IncomingHooks::require_enabled() const {
    require(settings_.current()->ServiceSettings.EnableIncomingWebhooks, Fault::unsupported,
            "api.incoming_webhook.disabled.app_error", "Incoming webhooks are switched off on this server.");
}

void IncomingHooks::require_may(const Actor& actor, const TeamId& team, const UserId& owner) {
    gate_.require_in_team(actor, Permission::manage_own_incoming_webhooks, team);
    if (owner != actor.user_id)
        gate_.require_in_team(actor, Permission::manage_others_incoming_webhooks, team);
}

void IncomingHooks::check(IncomingHook& hook) const {
    const auto settings = settings_.current();
    if (!settings->ServiceSettings.EnablePostUsernameOverride) hook.username.clear();
    if (!settings->ServiceSettings.EnablePostIconOverride) hook.icon_url.clear();
    require(hook.display_name.size() <= longest_name, Fault::invalid,
            "model.incoming_hook.display_name.app_error", "The title has at most 64 bytes.");
    require(hook.description.size() <= longest_description, Fault::invalid,
            "model.incoming_hook.description.app_error", "The description has at most 500 bytes.");
    require(hook.username.size() <= longest_name, Fault::invalid, "model.incoming_hook.username.app_error",
            "The user name has at most 64 bytes.");
    require(hook.icon_url.size() <= longest_icon_url, Fault::invalid,
            "model.incoming_hook.icon_url.app_error", "The icon's address has at most 1,024 bytes.");
    require(hook.username.empty() || is_shown_name(hook.username), Fault::invalid,
            "api.incoming_webhook.invalid_username.app_error", "This is no user name.");
}

identity::ChannelPlace IncomingHooks::team_channel(const Actor& actor, const ChannelId& id) {
    if (id.empty()) throw bad_body("channel_id");
    const auto place =
        found(gate_.place(id), "app.channel.get.existing.app_error", "Unable to find the channel.");
    if (place.team_id.empty()) throw bad_body("channel_id");
    gate_.require_in_team(actor, Permission::manage_own_incoming_webhooks, place.team_id);
    gate_.require_read(actor, id);
    return place;
}

IncomingHook IncomingHooks::create(const Actor& actor, IncomingHook hook) {
    require_enabled();
    const auto place = team_channel(actor, hook.channel_id);
    if (hook.user_id.empty()) hook.user_id = actor.user_id;
    require_may(actor, place.team_id, hook.user_id);
    if (!gate_.may_in_team(actor, Permission::bypass_incoming_webhook_channel_lock, place.team_id))
        hook.channel_locked = true;
    check(hook);
    hook.id = new_token();
    hook.team_id = place.team_id;
    hook.delete_at = 0;
    if (hook.user_id != actor.user_id) {
        const auto owner = found(acting_for(db_, gate_, hook.user_id), "app.user.missing_account.const",
                                 "Unable to find the user.");
        gate_.require_read(owner, place.id);
    }
    return db_.transact([&](storage::Tx& tx) {
        storage::IncomingHookRow row;
        row.id = IncomingHookId::fresh(tx.now());
        row.hook = hook;
        row.hook.create_at = row.hook.update_at = tx.now();
        storage::IncomingHookTable(tx).insert(row);
        tx.emit(changed(row, actor, "created"));
        return row.hook;
    });
}

IncomingHook IncomingHooks::get(const Actor& actor, const std::string& id) {
    require_enabled();
    const auto row =
        found(db_.read([&](storage::Tx& tx) { return storage::IncomingHookTable(tx).by_key(id); }),
              no_incoming_hook, missing_text);
    require_may(actor, row.hook.team_id, row.hook.user_id);
    gate_.require_read(actor, row.hook.channel_id);
    return row.hook;
}

IncomingHook IncomingHooks::update(const Actor& actor, const std::string& id, const IncomingHook& wanted) {
    require_enabled();
    if (wanted.id != id) throw bad_body("hook_id");
    return db_.transact([&](storage::Tx& tx) {
        storage::IncomingHookTable table(tx);
        auto row = found(table.lock(id), no_incoming_hook, missing_text);
        auto& hook = row.hook;
        require_may(actor, hook.team_id, hook.user_id);
        if (!wanted.channel_id.empty()) {
            const auto place = team_channel(actor, wanted.channel_id);
            require(place.team_id == hook.team_id, Fault::invalid, "api.webhook.team_mismatch.app_error",
                    "A webhook stays in its team.");
            hook.channel_id = wanted.channel_id;
        }
        hook.display_name = wanted.display_name;
        hook.description = wanted.description;
        hook.username = wanted.username;
        hook.icon_url = wanted.icon_url;
        hook.channel_locked =
            wanted.channel_locked ||
            !gate_.may_in_team(actor, Permission::bypass_incoming_webhook_channel_lock, hook.team_id);
        check(hook);
        hook.update_at = std::max(tx.now(), hook.update_at + 1);
        table.update(row);
        tx.emit(changed(row, actor, "updated"));
        return hook;
    });
}

void IncomingHooks::remove(const Actor& actor, const std::string& id) {
    require_enabled();
    db_.transact([&](storage::Tx& tx) {
        storage::IncomingHookTable table(tx);
        const auto row = found(table.lock(id), no_incoming_hook, missing_text);
        require_may(actor, row.hook.team_id, row.hook.user_id);
        table.remove(row.id);
        tx.emit(changed(row, actor, "removed"));
    });
}

IncomingHookPage IncomingHooks::list(const Actor& actor, const TeamId& team, std::int64_t offset,
                                     std::int64_t limit) {
    require_enabled();
    const auto may = [&](Permission permission) {
        return team.empty() ? gate_.may(actor, permission) : gate_.may_in_team(actor, permission, team);
    };
    if (!may(Permission::manage_own_incoming_webhooks))
        throw lacks_permission("manage_own_incoming_webhooks");
    storage::HookQuery query;
    if (!team.empty()) query.team = team;
    if (!may(Permission::manage_others_incoming_webhooks)) query.owner = actor.user_id;
    query.offset = offset;
    query.limit = limit;
    return db_.read([&](storage::Tx& tx) {
        storage::IncomingHookTable table(tx);
        IncomingHookPage page;
        page.incoming_webhooks = table.select(query);
        page.total_count = table.count(query);
        return page;
    });
}

void IncomingHooks::deliver(const std::string& id, IncomingMessage message) {
    try {
        deliver_checked(id, std::move(message));
    } catch (const Error& e) {  // programs are told one id; the reason is for the operator
        if (e.fault() == Fault::unavailable || e.fault() == Fault::internal) throw;
        log_info("a message for an incoming webhook was refused", {{"reason", e.id()}});
        throw Error(e.fault(), "web.incoming_webhook.general.app_error",
                    e.text().empty() ? "The message was not accepted." : e.text(), e.id());
    }
}

identity::ChannelPlace IncomingHooks::target_of(const IncomingHook& hook, const Actor& owner,
                                                const std::string& name) {
    constexpr const char* no_channel = "web.incoming_webhook.channel.app_error";
    if (name.empty()) {
        auto place = gate_.place(hook.channel_id);
        if (!place || place->delete_at > 0)
            throw refused(Fault::invalid, "web.incoming_webhook.invalid.app_error");
        return *place;
    }
    if (name.starts_with('@')) {
        const auto person = db_.read(
            [&](storage::Tx& tx) { return storage::UserTable(tx).by_username(lower_ascii(name.substr(1))); });
        if (!person || person->delete_at > 0)
            throw refused(Fault::invalid, "web.incoming_webhook.user.app_error");
        if (hook.channel_locked)
            throw refused(Fault::forbidden, "web.incoming_webhook.channel_locked.app_error");
        std::vector<UserId> both{owner.user_id};
        if (person->id != owner.user_id) both.push_back(person->id);
        return place_of(direct_.direct(owner, both));
    }
    const auto channel = db_.read([&](storage::Tx& tx) {
        return storage::ChannelTable(tx).by_name(hook.team_id, name.substr(name.starts_with('#') ? 1 : 0),
                                                 false);
    });
    if (!channel) throw refused(Fault::not_found, no_channel);
    return place_of(*channel);
}

void IncomingHooks::deliver_checked(const std::string& id, IncomingMessage message) {
    require(settings_.current()->ServiceSettings.EnableIncomingWebhooks, Fault::unsupported,
            "web.incoming_webhook.disabled.app_error", "Incoming webhooks are switched off on this server.");
    if (message.attachments.empty())
        if (auto* inside = message.props.if_contains(attachments_prop); inside && inside->is_array())
            message.attachments = inside->get_array();
    auto& boxes = message.attachments;
    boxes.erase(std::remove_if(boxes.begin(), boxes.end(), [](const json::value& v) { return v.is_null(); }),
                boxes.end());
    if (message.text.empty() && message.attachments.empty())
        throw refused(Fault::invalid, "web.incoming_webhook.text.app_error");
    const auto row = db_.read([&](storage::Tx& tx) { return storage::IncomingHookTable(tx).by_key(id); });
    if (!row) throw refused(Fault::invalid, "web.incoming_webhook.invalid.app_error");
    const auto& hook = row->hook;
    const auto owner = acting_for(db_, gate_, hook.user_id);
    if (!owner) throw refused(Fault::forbidden, "web.incoming_webhook.user.app_error");
    const auto channel = target_of(hook, *owner, message.channel);
    if (hook.channel_locked && channel.id != hook.channel_id)
        throw refused(Fault::forbidden, "web.incoming_webhook.channel_locked.app_error");
    if (!gate_.may_read(*owner, channel.id))  // also of a public channel: who left the team posts no more
        throw refused(Fault::forbidden, "web.incoming_webhook.permissions.app_error");

    rewrite(db_, message.text, message.attachments, LinkStyle::strict);
    ProgramMessage out;
    out.text = std::move(message.text);
    out.type = std::move(message.type);
    out.username = message.username.empty() ? hook.username : message.username;
    out.icon_url = message.icon_url.empty() ? hook.icon_url : message.icon_url;
    out.icon_emoji = std::move(message.icon_emoji);
    out.display_name = hook.display_name;
    out.props = std::move(message.props);
    out.attachments = std::move(message.attachments);
    out.priority = std::move(message.priority);
    posts_.write(*owner, channel.id, std::move(out), "webhook");
}

}  // namespace concordat::messaging
