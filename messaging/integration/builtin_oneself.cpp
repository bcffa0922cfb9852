// Built-in commands about the caller: statuses, what is shown, and what clients do by themselves.
#include "core/base/text.hpp"
#include "identity/account/custom_statuses.hpp"
#include "messaging/conversation/preferences.hpp"
#include "messaging/conversation/statuses.hpp"
#include "messaging/integration/builtin_commands.hpp"

namespace concordat::messaging::builtin {
namespace {

CommandReply away(BuiltinServices& s, const Actor& actor, const CommandPlace&, const std::string&) {
    s.statuses.choose(actor.user_id, "away", 0);
    return said_to_caller("You are now away");
}
CommandReply online(BuiltinServices& s, const Actor& actor, const CommandPlace&, const std::string&) {
    s.statuses.choose(actor.user_id, "online", 0);
    return said_to_caller("You are now online");
}
CommandReply offline(BuiltinServices& s, const Actor& actor, const CommandPlace&, const std::string&) {
    s.statuses.choose(actor.user_id, "offline", 0);
    return said_to_caller("You are now offline");
}
CommandReply dnd(BuiltinServices& s, const Actor& actor, const CommandPlace&, const std::string&) {
    s.statuses.choose(actor.user_id, "dnd", 0);
    return said_to_caller("Do Not Disturb is on. You hear of nothing until it is off.");
}

// ":emoji: text", "text", or "clear".
CommandReply status(BuiltinServices& s, const Actor& actor, const CommandPlace&, const std::string& text) {
    std::string_view rest = trimmed(text);
    if (rest == "clear") {
        s.custom_statuses.clear(actor, actor.user_id);
        return said_to_caller("Your status is cleared.");
    }
    if (rest.empty()) return said_to_caller("Write your status behind /status, or \"clear\".");
    identity::CustomStatus wanted;
    if (rest.starts_with(':')) {
        const auto close = rest.find(':', 1);
        if (close != rest.npos && rest.substr(0, close).find(' ') == rest.npos) {
            wanted.emoji = std::string(rest.substr(1, close - 1));
            rest = trimmed(rest.substr(close + 1));
        }
    }
    wanted.text = std::string(rest);
    s.custom_statuses.set(actor, actor.user_id, wanted);
    return said_to_caller("Your status is set.");
}

CommandReply set_collapse(BuiltinServices& s, const Actor& actor, bool is_on) {
    Preference preference;
    preference.user_id = actor.user_id;
    preference.category = "display_settings";
    preference.name = "collapse_previews";
    preference.value = is_on ? "true" : "false";
    s.preferences.set(actor, actor.user_id, {preference});
    return said_to_caller(is_on ? "Image links now collapse by default"
                                : "Image links now expand by default");
}
CommandReply collapse(BuiltinServices& s, const Actor& actor, const CommandPlace&, const std::string&) {
    return set_collapse(s, actor, true);
}
CommandReply expand(BuiltinServices& s, const Actor& actor, const CommandPlace&, const std::string&) {
    return set_collapse(s, actor, false);
}

CommandReply help(BuiltinServices& s, const Actor&, const CommandPlace&, const std::string&) {
    const auto link = s.settings.current()->SupportSettings.HelpLink;
    return said_to_caller(link.empty() ? "Type / to see the commands there are."
                                       : "Type / to see the commands there are. More help: " + link);
}

CommandReply logout(BuiltinServices&, const Actor&, const CommandPlace&, const std::string&) {
    CommandReply reply;  // the client ends its session on the way there
    reply.goto_location = "/login";
    return reply;
}

CommandReply for_clients(BuiltinServices&, const Actor&, const CommandPlace&, const std::string&) {
    return said_to_caller("This command is not supported on your device.");
}

}  // namespace

std::vector<BuiltinCommand> about_oneself() {
    return {{"away", "", "Sets your status to away", away},
            {"online", "", "Sets your status to online", online},
            {"offline", "", "Sets your status to offline", offline},
            {"dnd", "", "Sets your status to do not disturb", dnd},
            {"status", "[:emoji:] [text] or clear", "Sets or clears your custom status", status},
            {"collapse", "", "Collapses image previews", collapse},
            {"expand", "", "Expands image previews", expand},
            {"help", "", "Tells where there is help", help},
            {"logout", "", "Logs you out", logout},
            {"search", "[text]", "Searches messages", for_clients},
            {"settings", "", "Opens the settings", for_clients},
            {"shortcuts", "", "Shows the keyboard shortcuts", for_clients}};
}

}  // namespace concordat::messaging::builtin
