#include "federation/command/partner_commands.hpp"

#include <algorithm>
#include <map>

#include "core/base/text.hpp"

namespace concordat::federation {
namespace {

using messaging::CommandReply;
using messaging::said_to_caller;

constexpr std::int64_t hours_of_invitation = 48;

struct Arguments {
    std::string verb;
    std::vector<std::string> words;            // behind it
    std::map<std::string, std::string> named;  // by their names in lower case, without hyphens

    // By one of its names, or else by its place among the words.
    std::string get(std::initializer_list<const char*> names, std::size_t place) const {
        for (const auto* name : names)
            if (const auto at = named.find(name); at != named.end()) return at->second;
        return place < words.size() ? words[place] : std::string();
    }
};
constexpr std::size_t by_name_only = 1000;

// Words, those in quotes whole.
std::vector<std::string> quoted_words(const std::string& text) {
    std::vector<std::string> out;
    std::string word;
    bool is_quoted = false, is_open = false;
    for (const char c : text) {
        if (c == '"') {
            is_quoted = !is_quoted;
            is_open = true;
        } else if (!is_quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            if (is_open) out.push_back(std::exchange(word, {}));
            is_open = false;
        } else {
            word += c;
            is_open = true;
        }
    }
    if (is_open) out.push_back(std::move(word));
    return out;
}

Arguments arguments_in(const std::string& text) {
    Arguments out;
    const auto words = quoted_words(text);
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i].starts_with("--")) {
            const auto name = lower_ascii(words[i].substr(2));
            out.named[name] = i + 1 < words.size() ? words[++i] : std::string();
        } else if (out.verb.empty()) {
            out.verb = lower_ascii(words[i]);
        } else {
            out.words.push_back(words[i]);
        }
    }
    return out;
}

std::string needed(std::string value, const char* what) {
    if (value.empty())
        throw Error(Fault::invalid, "federation.command.argument", std::string(what) + " is missing.");
    return value;
}

// Inside a table.
std::string cell(std::string text) {
    for (auto& c : text)
        if (c == '|' || c == '\n') c = ' ';
    return text;
}

CommandReply usage(const messaging::BuiltinCommand& command) {
    std::string out = "Write one of these:";
    for (const auto& verb : command.verbs)
        out += std::string("\n- `/") + command.trigger + " " + verb.word +
               (*verb.hint ? std::string(" ") + verb.hint : std::string()) + "`: " + verb.description;
    return said_to_caller(std::move(out));
}

}  // namespace

void PartnerCommands::require_may(const Actor& actor, Permission permission) {
    require(settings_.current()->ConnectedWorkspacesSettings.EnableSharedChannels, Fault::unsupported,
            "api.remote_cluster.service_not_enabled.app_error",
            "Channels are not shared with other organisations on this server.");
    require(gate_.may(actor, permission), Fault::forbidden, "api.context.permissions.app_error",
            permission == Permission::manage_secure_connections
                ? "You may not manage connections with other organisations."
                : "You may not share channels with other organisations.");
}

Partner PartnerCommands::partner(const std::string& name_or_id) {
    for (auto& p : partners_.all())
        if (p.name == name_or_id || p.id.text() == name_or_id) return std::move(p);
    throw Error(Fault::not_found, "federation.partner.missing",
                "There is no partner \"" + name_or_id + "\". `/secure-connection status` lists them.");
}

std::string PartnerCommands::remove(const Actor& actor, const std::string& name_or_id) {
    for (const auto& i : partners_.invitations()) {
        if (i.name != name_or_id && i.id.text() != name_or_id) continue;
        partners_.withdraw(i.id, actor.user_id);
        return "The invitation for " + i.name + " is withdrawn.";
    }
    const auto known = partner(name_or_id);
    partners_.revoke(known.name, "removed by a command", actor.user_id);
    return known.name + " is revoked, for ever. What was exchanged stays.";
}

std::string PartnerCommands::status_of_partners() {
    std::string out;
    for (const auto& p : partners_.all()) {
        const auto name = p.label.empty() ? p.display_name : p.label;
        out += "\n| " + p.name + " | " + cell(name) + " | " + p.state + " | " +
               (p.state == "pending" ? partners_.number_of(p) : std::string()) + " | " + cell(p.address) +
               " | " + p.id.text() + " |";
    }
    for (const auto& i : partners_.invitations())
        out += "\n| " + i.name + " | " + cell(i.label) + " | invited | | | " + i.id.text() + " |";
    if (out.empty()) return "There are no connections with other organisations.";
    return "| Name | Called | State | Check number | Address | Id |\n|---|---|---|---|---|---|" + out;
}

CommandReply PartnerCommands::secure_connection(const Actor& actor, const std::string& text) {
    require_may(actor, Permission::manage_secure_connections);
    const auto a = arguments_in(text);
    const auto plan = [&](std::size_t place) {
        PartnerPlan out;
        out.name = needed(a.get({"name"}, place), "The name");
        out.label = a.get({"displayname"}, by_name_only);
        out.creator_id = actor.user_id;
        return out;
    };
    if (a.verb == "create" || a.verb == "invite") {
        const auto made = partners_.invite(plan(0), hours_of_invitation, a.get({"password"}, by_name_only));
        return said_to_caller(
            "Send this invitation to the other organisation. It is good for 48 hours and shown "
            "only here:\n```\n" +
            made.word + "\n```");
    }
    if (a.verb == "accept") {
        const auto word = needed(a.get({"invite", "invitation"}, 1), "The invitation");
        const auto made = partners_.accept(word, plan(0), a.get({"password"}, by_name_only));
        return said_to_caller(
            "The invitation of " + made.name +
            " is accepted. Compare the check number with its administrator, and confirm it in "
            "the console: **" +
            partners_.number_of(made) + "**");
    }
    if (a.verb == "remove")
        return said_to_caller(
            remove(actor, needed(a.get({"connectionid", "remoteid", "name"}, 0), "The connection")));
    if (a.verb == "status") return said_to_caller(status_of_partners());
    return usage(*messaging::find_builtin_command("secure-connection"));
}

// With everybody at its home; elsewhere this organisation leaves it.
std::string PartnerCommands::unshare(const Actor& actor, const ChannelId& channel) {
    const auto all = shares_.all();
    const auto share = std::ranges::find(all, channel, &Share::channel_id);
    const bool is_shared = share != all.end() && share->state == "joined";
    require(is_shared, Fault::not_found, "federation.share.missing", "This channel is not shared.");
    if (!share->is_home) {
        shares_.leave(actor, channel);
        return "This organisation takes part in the channel no more.";
    }
    for (const auto& p : shares_.partners_of(channel)) {
        if (p.state == "ended") continue;
        if (const auto known = partners_.find(p.partner_id)) shares_.unshare(actor, channel, known->name);
    }
    return "This channel is shared no more. What was exchanged stays.";
}

std::string PartnerCommands::status_of_channel(const ChannelId& channel) {
    const auto all = shares_.all();
    const auto share = std::ranges::find(all, channel, &Share::channel_id);
    if (share == all.end() || share->state != "joined") return "This channel is not shared.";
    if (!share->is_home) {
        std::string out;
        for (const auto& m : share->details.members) {
            if (partners_.is_own(m.id)) continue;
            const auto known = partners_.find(m.id);
            out += "\n| " + cell(known ? known->name : m.display_name) + " | " +
                   (m.id == share->home ? "home" : "joined") + " |";
        }
        return "This channel belongs to another organisation.\n\n| Organisation | State |\n|---|---|" + out;
    }
    std::string out = "This channel is shared.\n\n| Organisation | State |\n|---|---|";
    for (const auto& p : shares_.partners_of(channel))
        if (const auto known = partners_.find(p.partner_id); known && p.state != "ended")
            out += "\n| " + known->name + " | " + p.state + " |";
    return out;
}

CommandReply PartnerCommands::share_channel(const Actor& actor, const messaging::CommandPlace& place,
                                            const std::string& text) {
    require_may(actor, Permission::manage_shared_channels);
    const auto a = arguments_in(text);
    const auto& channel = place.channel.id;
    const auto whom = [&] {
        return partner(needed(a.get({"connectionid", "remoteid", "name"}, 0), "The connection")).name;
    };
    if (a.verb == "invite") {
        const auto name = whom();
        shares_.share(actor, channel, name);
        return said_to_caller("This channel is offered to " + name + ".");
    }
    if (a.verb == "uninvite") {
        const auto name = whom();
        shares_.unshare(actor, channel, name);
        return said_to_caller("This channel is not shared with " + name + " any more.");
    }
    if (a.verb == "unshare") return said_to_caller(unshare(actor, channel));
    if (a.verb == "status") return said_to_caller(status_of_channel(channel));
    return usage(*messaging::find_builtin_command("share-channel"));
}

}  // namespace concordat::federation
