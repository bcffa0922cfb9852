#include "messaging/integration/outgoing_hooks.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "messaging/integration/owners.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/outgoing_hooks.hpp"
#include "web/outbound/client.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* no_outgoing_hook = "app.webhooks.get_outgoing.app_error";

IntegrationChanged changed(const OutgoingHook& hook, const Actor& actor, const char* change) {
    IntegrationChanged fact;
    fact.what = "outgoing_hook";
    fact.change = change;
    fact.id = id_as<AnyId>(hook.id);
    fact.team_id = hook.team_id;
    fact.owner_id = hook.creator_id;
    fact.actor_id = actor.user_id;
    return fact;
}

void check_fields(const OutgoingHook& h) {
    const auto at_most = [](std::size_t size, std::size_t longest, const char* id) {
        require(size <= longest, Fault::invalid, id, "A field of the webhook is too long.");
    };
    require(h.trigger_when == 0 || h.trigger_when == 1, Fault::invalid,
            "model.outgoing_hook.is_valid.content_type.app_error", "trigger_when is 0 or 1.");
    at_most(h.content_type.size(), OutgoingHooks::longest_content_type,
            "model.outgoing_hook.is_valid.content_type.app_error");
    at_most(json_text(h.trigger_words).size(), OutgoingHooks::longest_list,
            "model.outgoing_hook.is_valid.words.app_error");
    for (const auto& word : h.trigger_words)
        require(!trimmed(word).empty(), Fault::invalid,
                "model.outgoing_hook.is_valid.trigger_words.app_error", "A trigger word is empty.");
    require(!h.callback_urls.empty() && json_text(h.callback_urls).size() <= OutgoingHooks::longest_list,
            Fault::invalid, "model.outgoing_hook.is_valid.callback.app_error",
            "There is at least one address, and all of them have at most 1,024 bytes.");
    for (const auto& url : h.callback_urls)
        require(web::is_http_url(url), Fault::invalid, "model.outgoing_hook.is_valid.url.app_error",
                "An address begins with http:// or https://.");
    at_most(h.display_name.size(), OutgoingHooks::longest_name,
            "model.outgoing_hook.is_valid.display_name.app_error");
    at_most(h.description.size(), OutgoingHooks::longest_description,
            "model.outgoing_hook.is_valid.description.app_error");
    at_most(h.username.size(), OutgoingHooks::longest_name, "model.outgoing_hook.username.app_error");
    require(h.username.empty() || is_shown_name(h.username), Fault::invalid,
            "model.outgoing_hook.username.app_error", "This is no user name.");
    at_most(h.icon_url.size(), OutgoingHooks::longest_icon_url, "model.outgoing_hook.icon_url.app_error");
}

bool share_one(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    return std::any_of(a.begin(), a.end(), [&](const std::string& each) {
        return std::find(b.begin(), b.end(), each) != b.end();
    });
}

std::string first_word(std::string_view message) {
    constexpr std::string_view blanks = " \t\r\n\v\f";
    const auto begin = message.find_first_not_of(blanks);
    if (begin == message.npos) return {};
    message.remove_prefix(begin);
    return std::string(message.substr(0, message.find_first_of(blanks)));
}

}  // namespace

void OutgoingHooks::require_enabled() const {
    require(settings_.current()->ServiceSettings.EnableOutgoingWebhooks, Fault::unsupported,
            "api.outgoing_webhook.disabled.app_error", "Outgoing webhooks are switched off on this server.");
}

void OutgoingHooks::require_may(const Actor& actor, const TeamId& team, const UserId& creator) {
    gate_.require_in_team(actor, Permission::manage_own_outgoing_webhooks, team);
    if (creator != actor.user_id)
        gate_.require_in_team(actor, Permission::manage_others_outgoing_webhooks, team);
}

void OutgoingHooks::check(const OutgoingHook& hook) {
    if (hook.channel_id.empty()) {
        require(!hook.trigger_words.empty(), Fault::invalid, "api.webhook.create_outgoing.triggers.app_error",
                "Name a channel, trigger words, or both.");
    } else {
        const auto place = found(gate_.place(hook.channel_id), "app.channel.get.existing.app_error",
                                 "Unable to find the channel.");
        require(place.type == "O", Fault::forbidden, "api.webhook.create_outgoing.not_open.app_error",
                "Outgoing webhooks are for public channels.");
        require(place.team_id == hook.team_id, Fault::forbidden,
                "api.webhook.create_outgoing.permissions.app_error", "The channel is of another team.");
    }
    check_fields(hook);
}

// Two hooks of one channel that both tell the same address of the same word would tell it twice.
void OutgoingHooks::check_others(storage::Tx& tx, const OutgoingHook& hook) {
    storage::OutgoingHookTable table(tx);
    table.lock_team(hook.team_id);
    storage::HookQuery query;
    query.team = hook.team_id;
    query.limit = most_per_team + 1;
    const auto all = table.select(query, {});
    require(static_cast<std::int64_t>(all.size()) < most_per_team, Fault::invalid,
            "api.webhook.create_outgoing.too_many", "The team has as many outgoing webhooks as it may have.");
    for (const auto& other : all)
        require(other.id == hook.id || other.channel_id != hook.channel_id ||
                    !share_one(other.callback_urls, hook.callback_urls) ||
                    !(share_one(other.trigger_words, hook.trigger_words) ||
                      (other.trigger_words.empty() && hook.trigger_words.empty())),
                Fault::invalid, "api.webhook.create_outgoing.intersect.app_error",
                "Another outgoing webhook of this channel has the same trigger word and address.");
}

OutgoingHook OutgoingHooks::need(storage::Tx& tx, const Actor& actor, const OutgoingHookId& id,
                                 bool for_update) {
    storage::OutgoingHookTable table(tx);
    const auto hook = found(for_update ? table.lock(id) : table.find(id), no_outgoing_hook,
                            "There is no such outgoing webhook.");
    require_may(actor, hook.team_id, hook.creator_id);
    return hook;
}

OutgoingHook OutgoingHooks::create(const Actor& actor, OutgoingHook hook) {
    require_enabled();
    if (hook.team_id.empty()) throw bad_body("team_id");
    if (hook.creator_id.empty()) hook.creator_id = actor.user_id;
    require_may(actor, hook.team_id, hook.creator_id);
    check(hook);
    if (hook.creator_id != actor.user_id)
        found(acting_for(db_, gate_, hook.creator_id), "app.user.missing_account.const",
              "Unable to find the user.");
    hook.token = new_token();
    hook.delete_at = 0;
    return db_.transact([&](storage::Tx& tx) {
        auto made = hook;
        made.id = OutgoingHookId::fresh(tx.now());
        made.create_at = made.update_at = tx.now();
        check_others(tx, made);
        storage::OutgoingHookTable(tx).insert(made);
        tx.emit(changed(made, actor, "created"));
        return made;
    });
}

OutgoingHook OutgoingHooks::get(const Actor& actor, const OutgoingHookId& id) {
    require_enabled();
    return db_.read([&](storage::Tx& tx) { return need(tx, actor, id, false); });
}

OutgoingHook OutgoingHooks::update(const Actor& actor, const OutgoingHookId& id, const OutgoingHook& wanted) {
    require_enabled();
    if (wanted.id != id) throw bad_body("hook_id");
    return db_.transact([&](storage::Tx& tx) {
        const auto before = need(tx, actor, id, true);
        require(wanted.team_id.empty() || wanted.team_id == before.team_id, Fault::invalid,
                "api.webhook.team_mismatch.app_error", "A webhook stays in its team.");
        auto after = wanted;
        after.team_id = before.team_id;
        after.creator_id = before.creator_id;
        after.token = before.token;
        after.create_at = before.create_at;
        after.delete_at = 0;
        check(after);
        after.update_at = std::max(tx.now(), before.update_at + 1);
        check_others(tx, after);
        storage::OutgoingHookTable(tx).update(after);
        tx.emit(changed(after, actor, "updated"));
        return after;
    });
}

OutgoingHook OutgoingHooks::renew_token(const Actor& actor, const OutgoingHookId& id) {
    require_enabled();
    return db_.transact([&](storage::Tx& tx) {
        auto hook = need(tx, actor, id, true);
        hook.token = new_token();
        hook.update_at = std::max(tx.now(), hook.update_at + 1);
        storage::OutgoingHookTable(tx).update(hook);
        tx.emit(changed(hook, actor, "token_renewed"));
        return hook;
    });
}

void OutgoingHooks::remove(const Actor& actor, const OutgoingHookId& id) {
    require_enabled();
    db_.transact([&](storage::Tx& tx) {
        const auto hook = need(tx, actor, id, true);
        storage::OutgoingHookTable(tx).remove(id);
        tx.emit(changed(hook, actor, "removed"));
    });
}

std::vector<OutgoingHook> OutgoingHooks::list(const Actor& actor, const TeamId& team,
                                              const ChannelId& channel, std::int64_t offset,
                                              std::int64_t limit) {
    require_enabled();
    storage::HookQuery query;
    if (!team.empty()) query.team = team;
    if (!channel.empty()) {
        const auto place =
            found(gate_.place(channel), "app.channel.get.existing.app_error", "Unable to find the channel.");
        query.team = place.team_id;
    }
    const auto may = [&](Permission permission) {
        return query.team ? gate_.may_in_team(actor, permission, *query.team) : gate_.may(actor, permission);
    };
    if (!may(Permission::manage_own_outgoing_webhooks))
        throw lacks_permission("manage_own_outgoing_webhooks");
    if (!may(Permission::manage_others_outgoing_webhooks)) query.owner = actor.user_id;
    query.offset = offset;
    query.limit = limit;
    return db_.read([&](storage::Tx& tx) { return storage::OutgoingHookTable(tx).select(query, channel); });
}

OutgoingHooks::OfTeam OutgoingHooks::of_team(const TeamId& team) {
    std::uint64_t seen = 0;
    {
        std::lock_guard guard(mutex_);
        if (const auto at = known_.find(team); at != known_.end()) return at->second;
        seen = changes_;
    }
    storage::HookQuery query;
    query.team = team;
    query.limit = most_per_team;
    auto read = std::make_shared<const std::vector<OutgoingHook>>(
        db_.read([&](storage::Tx& tx) { return storage::OutgoingHookTable(tx).select(query, {}); }));
    std::lock_guard guard(mutex_);
    if (seen == changes_) known_[team] = read;  // else one may have changed while it was read
    return read;
}

std::vector<Triggered> OutgoingHooks::triggered_by(const TeamId& team, const ChannelId& channel,
                                                   const std::string& message) {
    std::vector<Triggered> out;
    if (!settings_.current()->ServiceSettings.EnableOutgoingWebhooks || team.empty()) return out;
    const auto hooks = of_team(team);
    if (hooks->empty()) return out;
    const auto first = first_word(message);
    for (const auto& hook : *hooks) {
        if (!hook.channel_id.empty() && hook.channel_id != channel) continue;
        if (hook.trigger_words.empty()) {
            out.push_back({hook, ""});
            continue;
        }
        const auto word =
            std::find_if(hook.trigger_words.begin(), hook.trigger_words.end(), [&](const std::string& each) {
                return hook.trigger_when == 0 ? each == first : first.starts_with(each);
            });
        if (word != hook.trigger_words.end() && !first.empty()) out.push_back({hook, *word});
    }
    return out;
}

void OutgoingHooks::on_facts(const std::vector<storage::Fact>& facts) {
    for (const auto& fact : facts) {
        if (!fact.is<IntegrationChanged>()) continue;
        std::lock_guard guard(mutex_);
        ++changes_;
        known_.clear();
        return;
    }
}

}  // namespace concordat::messaging
