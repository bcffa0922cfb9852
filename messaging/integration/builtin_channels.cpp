// Built-in commands about channels: what they are called, who is in them.
#include <algorithm>

#include "core/base/text.hpp"
#include "messaging/conversation/channel_members.hpp"
#include "messaging/conversation/channels.hpp"
#include "messaging/conversation/names.hpp"
#include "messaging/conversation/preferences.hpp"
#include "messaging/integration/builtin_commands.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging::builtin {
namespace {

CommandReply header(BuiltinServices& s, const Actor& actor, const CommandPlace& place,
                    const std::string& text) {
    if (text.empty()) return said_to_caller("Write the new header behind /header.");
    ChannelPatch patch;
    patch.header = text;
    s.channels.patch(actor, place.channel.id, patch);
    return {};
}

CommandReply purpose(BuiltinServices& s, const Actor& actor, const CommandPlace& place,
                     const std::string& text) {
    if (text.empty()) return said_to_caller("Write the new purpose behind /purpose.");
    if (place.channel.is_between_people())
        return said_to_caller("Direct and group messages have no purpose. Use /header.");
    ChannelPatch patch;
    patch.purpose = text;
    s.channels.patch(actor, place.channel.id, patch);
    return {};
}

CommandReply rename(BuiltinServices& s, const Actor& actor, const CommandPlace& place,
                    const std::string& text) {
    if (text.empty()) return said_to_caller("Write the new name behind /rename.");
    if (place.channel.is_between_people()) return said_to_caller("Direct and group messages have no name.");
    ChannelPatch patch;
    patch.display_name = text;
    s.channels.patch(actor, place.channel.id, patch);
    return {};
}

std::string channel_name(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('~')) text.remove_prefix(1);
    return lower_ascii(text);
}

CommandReply join(BuiltinServices& s, const Actor& actor, const CommandPlace& place,
                  const std::string& text) {
    const auto name = channel_name(text);
    if (name.empty() || place.team_id.empty())
        return said_to_caller("Write the channel's name behind /join.");
    const auto channel = s.channels.by_name(actor, place.team_id, name, false);
    s.channel_members.add(actor, channel.id, {actor.user_id});
    CommandReply reply;
    reply.goto_location = location_of(place, channel.name);
    return reply;
}

// Between people nobody leaves: the channel is hidden.
void hide(BuiltinServices& s, const Actor& actor, const identity::ChannelPlace& channel) {
    Preference preference;
    preference.user_id = actor.user_id;
    preference.category = channel.type == "G" ? "group_channel_show" : "direct_channel_show";
    preference.name = channel.id.text();
    if (channel.type == "D") {
        const auto cut = channel.name.find("__");
        const auto first = channel.name.substr(0, cut), second = channel.name.substr(cut + 2);
        preference.name = first == actor.user_id.text() ? second : first;
    }
    preference.value = "false";
    s.preferences.set(actor, actor.user_id, {preference});
}

CommandReply leave(BuiltinServices& s, const Actor& actor, const CommandPlace& place, const std::string&) {
    CommandReply reply;
    if (place.channel.is_between_people())
        hide(s, actor, place.channel);
    else
        s.channel_members.remove(actor, place.channel.id, actor.user_id);
    reply.goto_location = actor.is_guest ? "/" : location_of(place, town_square);
    return reply;
}

// One person into one channel, and what the caller is told of it.
std::string invited(BuiltinServices& s, const Actor& actor, const User& user,
                    const identity::ChannelPlace& channel) {
    const auto who = "@" + user.username;
    if (channel.is_between_people()) return "Nobody can be added to direct and group messages.";
    if (s.gate.is_member(user.id, channel.id)) return who + " is in ~" + channel.name + " already.";
    if (!s.gate.is_team_member(user.id, channel.team_id)) return who + " is not in this team.";
    try {
        s.channel_members.add(actor, channel.id, {user.id});
    } catch (const Error& e) {  // the others are added all the same
        if (e.fault() == Fault::unavailable || e.fault() == Fault::internal) throw;
        return who + " could not be added to ~" + channel.name + ".";
    }
    return who + " was added to ~" + channel.name + ".";
}

CommandReply invite(BuiltinServices& s, const Actor& actor, const CommandPlace& place,
                    const std::string& text) {
    std::vector<std::string> names;
    std::vector<identity::ChannelPlace> channels;
    std::string out;
    for (const auto& word : split_words(text)) {
        if (!word.starts_with('~')) {
            names.push_back(lower_ascii(word.substr(word.starts_with('@') ? 1 : 0)));
            continue;
        }
        const auto channel = s.channels.by_name(actor, place.team_id, channel_name(word), false);
        if (const auto known = s.gate.place(channel.id)) channels.push_back(*known);
    }
    constexpr std::size_t most = 50;
    if (names.empty() || names.size() > most || channels.size() > most)
        return said_to_caller(
            "Name the people, and the channels if not this one: /invite @one @two ~channel");
    if (channels.empty()) channels.push_back(place.channel);
    const auto users = people(s, names);
    for (const auto& name : names) {
        const auto user =
            std::find_if(users.begin(), users.end(), [&](const User& u) { return u.username == name; });
        if (user == users.end()) {
            out += "There is nobody of the user name " + name + ".\n";
            continue;
        }
        for (const auto& channel : channels) out += invited(s, actor, *user, channel) + '\n';
    }
    out.pop_back();
    return said_to_caller(std::move(out));
}

CommandReply remove(BuiltinServices& s, const Actor& actor, const CommandPlace& place,
                    const std::string& text) {
    const auto name = std::string(trimmed(text));
    const auto users = people(s, {lower_ascii(name.substr(name.starts_with('@') ? 1 : 0))});
    if (users.empty()) return said_to_caller("There is nobody of this user name.");
    if (!s.gate.is_member(users[0].id, place.channel.id))
        return said_to_caller("@" + users[0].username + " is not in this channel.");
    s.channel_members.remove(actor, place.channel.id, users[0].id);
    return {};
}

CommandReply mute(BuiltinServices& s, const Actor& actor, const CommandPlace& place,
                  const std::string& text) {
    auto channel = place.channel.id;
    if (const auto name = channel_name(text); !name.empty())
        channel = s.channels.by_name(actor, place.team_id, name, false).id;
    const auto member = s.channel_members.get(actor, channel, actor.user_id);
    const auto at = member.notify_props.find("mark_unread");
    const bool is_muted = at != member.notify_props.end() && at->second == "mention";
    s.channel_members.set_notify_props(actor, channel, actor.user_id,
                                       {{"mark_unread", is_muted ? "all" : "mention"}});
    return said_to_caller(is_muted ? "You hear of everything in this channel again."
                                   : "You hear of this channel only when you are mentioned.");
}

}  // namespace

std::vector<BuiltinCommand> about_channels() {
    return {{"header", "[text]", "Edits the channel header", header},
            {"purpose", "[text]", "Edits the channel purpose", purpose},
            {"rename", "[text]", "Renames the channel", rename},
            {"join", "~[channel]", "Joins the channel", join},
            {"open", "~[channel]", "Joins the channel", join},
            {"leave", "", "Leaves this channel", leave},
            {"invite", "@[username]... ~[channel]...", "Adds people to this channel or to others", invite},
            {"kick", "@[username]", "Removes somebody from this channel", remove},
            {"remove", "@[username]", "Removes somebody from this channel", remove},
            {"mute", "~[channel]", "Mutes this channel or another, or makes it heard again", mute}};
}

}  // namespace concordat::messaging::builtin
