#include "messaging/integration/commands.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "messaging/integration/builtin_commands.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/slash_commands.hpp"
#include "web/outbound/client.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* missing = "store.sql_command.get.missing.app_error";
constexpr std::size_t most_suggestions = 100;

IntegrationChanged changed(const SlashCommand& command, const Actor& actor, const char* change) {
    IntegrationChanged fact;
    fact.what = "command";
    fact.change = change;
    fact.id = id_as<AnyId>(command.id);
    fact.team_id = command.team_id;
    fact.owner_id = command.creator_id;
    fact.actor_id = actor.user_id;
    return fact;
}

Error taken() {
    return {Fault::invalid, "api.command.duplicate_trigger.app_error",
            "This trigger word is in use already."};
}

bool is_trigger(const std::string& text) {
    return !text.empty() && text.size() <= Commands::longest_trigger && text[0] != '/' &&
           std::none_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 127; });
}

// Makes the trigger lower case.
void check(SlashCommand& c) {
    c.trigger = lower_ascii(trimmed(c.trigger));
    const auto at_most = [](const std::string& text, std::size_t longest, const char* id) {
        require(text.size() <= longest, Fault::invalid, id, "A field of the command is too long.");
    };
    require(is_trigger(c.trigger), Fault::invalid, "model.command.is_valid.trigger.app_error",
            "A trigger word has 1 to 128 bytes, no blanks, and does not begin with a slash.");
    require(c.method == "P" || c.method == "G", Fault::invalid, "model.command.is_valid.method.app_error",
            "The method is P or G.");
    require(!c.url.empty() && c.url.size() <= Commands::longest_url, Fault::invalid,
            "model.command.is_valid.url.app_error", "The address has 1 to 1,024 bytes.");
    require(web::is_http_url(c.url), Fault::invalid, "model.command.is_valid.url_http.app_error",
            "The address begins with http:// or https://.");
    at_most(c.display_name, Commands::longest_name, "model.command.is_valid.display_name.app_error");
    at_most(c.description, Commands::longest_description, "model.command.is_valid.description.app_error");
    at_most(c.username, Commands::longest_name, "model.command.is_valid.user_name.app_error");
    at_most(c.icon_url, Commands::longest_url, "model.command.is_valid.icon_url.app_error");
    at_most(c.auto_complete_desc, Commands::longest_hint,
            "model.command.is_valid.autocomplete_desc.app_error");
    at_most(c.auto_complete_hint, Commands::longest_hint,
            "model.command.is_valid.autocomplete_hint.app_error");
    if (is_builtin_command(c.trigger)) throw taken();
}

SlashCommand without_secrets(SlashCommand command) {
    command.token.clear();
    command.url.clear();
    command.method.clear();
    return command;
}

}  // namespace

void Commands::require_enabled() const {
    require(is_enabled(), Fault::unsupported, "api.command.disabled.app_error",
            "Commands are switched off on this server.");
}

void Commands::require_may(const Actor& actor, const TeamId& team, const UserId& creator) {
    gate_.require_in_team(actor, Permission::manage_own_slash_commands, team);
    if (creator != actor.user_id)
        gate_.require_in_team(actor, Permission::manage_others_slash_commands, team);
}

SlashCommand Commands::need(storage::Tx& tx, const Actor& actor, const CommandId& id, bool for_update) {
    storage::SlashCommandTable table(tx);
    auto command = for_update ? table.lock(id) : table.find(id);
    // Nobody outside the team is told that there is one.
    if (!command || !gate_.may_in_team(actor, Permission::view_team, command->team_id))
        throw Error(Fault::not_found, missing, "There is no such command.");
    require_may(actor, command->team_id, command->creator_id);
    return *command;
}

SlashCommand Commands::create(const Actor& actor, SlashCommand command) {
    require_enabled();
    if (command.team_id.empty()) throw bad_body("team_id");
    if (command.creator_id.empty()) command.creator_id = actor.user_id;
    require_may(actor, command.team_id, command.creator_id);
    check(command);
    command.token = new_token();
    command.delete_at = 0;
    command.plugin_id.clear();
    return db_.transact([&](storage::Tx& tx) {
        auto made = command;
        made.id = CommandId::fresh(tx.now());
        made.create_at = made.update_at = tx.now();
        if (!storage::SlashCommandTable(tx).insert(made)) throw taken();
        tx.emit(changed(made, actor, "created"));
        return made;
    });
}

SlashCommand Commands::get(const Actor& actor, const CommandId& id) {
    require_enabled();
    return db_.read([&](storage::Tx& tx) { return need(tx, actor, id, false); });
}

SlashCommand Commands::update(const Actor& actor, const CommandId& id, const SlashCommand& wanted) {
    require_enabled();
    if (wanted.id != id) throw bad_body("command.id");
    return db_.transact([&](storage::Tx& tx) {
        const auto before = need(tx, actor, id, true);
        require(wanted.team_id.empty() || wanted.team_id == before.team_id, Fault::invalid,
                "api.command.team_mismatch.app_error", "A command stays in its team.");
        auto after = wanted;
        after.token = before.token;
        after.create_at = before.create_at;
        after.creator_id = before.creator_id;
        after.team_id = before.team_id;
        after.delete_at = 0;
        after.plugin_id.clear();
        check(after);
        after.update_at = std::max(tx.now(), before.update_at + 1);
        if (!storage::SlashCommandTable(tx).update(after)) throw taken();
        tx.emit(changed(after, actor, "updated"));
        return after;
    });
}

void Commands::move(const Actor& actor, const CommandId& id, const TeamId& team) {
    require_enabled();
    if (team.empty()) throw bad_body("team_id");
    db_.transact([&](storage::Tx& tx) {
        auto command = need(tx, actor, id, true);
        gate_.require_in_team(actor, Permission::manage_own_slash_commands, team);
        command.team_id = team;
        command.update_at = std::max(tx.now(), command.update_at + 1);
        if (!storage::SlashCommandTable(tx).update(command)) throw taken();
        tx.emit(changed(command, actor, "updated"));
    });
}

std::string Commands::renew_token(const Actor& actor, const CommandId& id) {
    require_enabled();
    const auto token = new_token();
    db_.transact([&](storage::Tx& tx) {
        auto command = need(tx, actor, id, true);
        command.token = token;
        command.update_at = std::max(tx.now(), command.update_at + 1);
        storage::SlashCommandTable(tx).update(command);
        tx.emit(changed(command, actor, "token_renewed"));
    });
    return token;
}

void Commands::remove(const Actor& actor, const CommandId& id) {
    require_enabled();
    db_.transact([&](storage::Tx& tx) {
        const auto command = need(tx, actor, id, true);
        storage::SlashCommandTable(tx).remove(id);
        tx.emit(changed(command, actor, "removed"));
    });
}

std::vector<SlashCommand> Commands::list(const Actor& actor, const TeamId& team, bool custom_only) {
    require_enabled();
    gate_.require_in_team(actor, Permission::view_team, team);
    const bool may_manage = gate_.may_in_team(actor, Permission::manage_own_slash_commands, team);
    if (!may_manage) {
        if (custom_only) throw lacks_permission("manage_own_slash_commands");
        return autocomplete(team);
    }
    auto all = db_.read([&](storage::Tx& tx) { return storage::SlashCommandTable(tx).of_team(team); });
    if (!gate_.may_in_team(actor, Permission::manage_others_slash_commands, team))
        std::erase_if(all, [&](const SlashCommand& each) { return each.creator_id != actor.user_id; });
    if (custom_only) return all;
    auto out = listed_builtin_commands(*settings_.current());
    out.insert(out.end(), all.begin(), all.end());
    return out;
}

std::vector<SlashCommand> Commands::autocomplete(const TeamId& team) {
    auto out = listed_builtin_commands(*settings_.current());
    if (!is_enabled()) return out;
    for (auto& each : db_.read([&](storage::Tx& tx) { return storage::SlashCommandTable(tx).of_team(team); }))
        if (each.auto_complete) out.push_back(without_secrets(std::move(each)));
    return out;
}

// What may follow a command that has verbs; other arguments are completed by clients.
std::vector<CommandSuggestion> Commands::verbs_of(const std::string& trigger,
                                                  const std::string& begun) const {
    std::vector<CommandSuggestion> out;
    const auto* command = find_builtin_command(trigger);
    const bool is_off = !settings_.current()->ConnectedWorkspacesSettings.EnableSharedChannels;
    if (!command || (command->is_about_partners && is_off)) return out;
    for (const auto& verb : command->verbs)
        if (std::string_view(verb.word).starts_with(begun))
            out.push_back({trigger + ' ' + verb.word, verb.word, verb.hint, verb.description, ""});
    return out;
}

std::vector<CommandSuggestion> Commands::suggestions(const TeamId& team, const std::string& typed) {
    std::vector<CommandSuggestion> out;
    const auto word = lower_ascii(typed.starts_with('/') ? typed.substr(1) : typed);
    if (const auto space = word.find(' '); space != word.npos)
        return verbs_of(word.substr(0, space), word.substr(space + 1));
    for (const auto& each : autocomplete(team))
        if (each.trigger.starts_with(word) && out.size() < most_suggestions)
            out.push_back({each.trigger, each.trigger, each.auto_complete_hint, each.auto_complete_desc, ""});
    return out;
}

}  // namespace concordat::messaging
