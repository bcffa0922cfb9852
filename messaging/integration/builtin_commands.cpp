#include "messaging/integration/builtin_commands.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

const std::vector<BuiltinCommand>& table() {
    static const std::vector<BuiltinCommand> all = [] {
        std::vector<BuiltinCommand> out;
        for (auto part : {builtin::about_talk(), builtin::about_channels(), builtin::about_oneself(),
                          builtin::about_partners()})
            out.insert(out.end(), part.begin(), part.end());
        std::sort(out.begin(), out.end(), [](const BuiltinCommand& a, const BuiltinCommand& b) {
            return std::string_view(a.trigger) < b.trigger;
        });
        return out;
    }();
    return all;
}

}  // namespace

const BuiltinCommand* find_builtin_command(const std::string& trigger) {
    const auto& all = table();
    const auto at = std::lower_bound(all.begin(), all.end(), trigger,
                                     [](const BuiltinCommand& each, const std::string& word) {
                                         return each.trigger < std::string_view(word);
                                     });
    return at != all.end() && at->trigger == trigger ? &*at : nullptr;
}

bool is_builtin_command(const std::string& trigger) {
    return find_builtin_command(trigger) != nullptr;
}

std::vector<SlashCommand> listed_builtin_commands(const Settings& settings) {
    std::vector<SlashCommand> out;
    for (const auto& each : table()) {
        if (each.is_about_partners && !settings.ConnectedWorkspacesSettings.EnableSharedChannels) continue;
        SlashCommand command;
        command.trigger = each.trigger;
        command.auto_complete = true;
        command.auto_complete_desc = each.description;
        command.auto_complete_hint = each.hint;
        command.display_name = each.trigger;
        out.push_back(std::move(command));
    }
    return out;
}

CommandReply run_builtin(const BuiltinCommand& command, BuiltinServices& services, const Actor& actor,
                         const CommandPlace& place, const std::string& text) {
    try {
        return command.run(services, actor, place, text);
    } catch (const Error& e) {  // what the caller may not do, or said wrongly, is told where they typed it
        if (e.fault() == Fault::unavailable || e.fault() == Fault::internal) throw;
        return said_to_caller(e.text().empty() ? "That is not possible here." : e.text());
    }
}

namespace builtin {

std::string location_of(const CommandPlace& place, const std::string& channel_name) {
    return place.team_name.empty() ? "/" : "/" + place.team_name + "/channels/" + channel_name;
}

Named leading_names(const std::string& text, bool comma_separated) {
    Named out;
    std::string_view rest = trimmed(text);
    const std::string_view ends = comma_separated ? " ,\t\n" : " \t\n";
    while (rest.starts_with('@')) {
        const auto end = std::min(rest.find_first_of(ends), rest.size());
        auto name = lower_ascii(rest.substr(1, end - 1));
        rest.remove_prefix(end);
        rest = trimmed(rest);
        const bool goes_on = rest.starts_with(',');
        if (goes_on) rest = trimmed(rest.substr(1));
        if (!name.empty() && std::find(out.names.begin(), out.names.end(), name) == out.names.end())
            out.names.push_back(std::move(name));
        if (comma_separated && !goes_on) break;
        if (out.names.size() >= 50) break;
    }
    out.rest = std::string(rest);
    return out;
}

}  // namespace builtin

std::vector<User> builtin::people(BuiltinServices& services, const std::vector<std::string>& names) {
    auto users =
        services.db.read([&](storage::Tx& tx) { return storage::UserTable(tx).by_usernames(names); });
    std::erase_if(users, [](const User& user) { return user.delete_at > 0; });
    return users;
}

}  // namespace concordat::messaging
