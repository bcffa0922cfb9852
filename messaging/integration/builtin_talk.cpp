// Built-in commands that say something: in the channel, or to other people.
#include <algorithm>
#include <charconv>

#include "core/base/text.hpp"
#include "messaging/conversation/direct_channels.hpp"
#include "messaging/conversation/posts.hpp"
#include "messaging/integration/builtin_commands.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging::builtin {
namespace {

constexpr Millis longest_delay = 10000;  // seconds

CommandReply said_in_channel(std::string text) {
    CommandReply reply;
    reply.response_type = "in_channel";
    reply.text = std::move(text);
    return reply;
}

CommandReply me(BuiltinServices&, const Actor&, const CommandPlace&, const std::string& text) {
    auto reply = said_in_channel("*" + text + "*");
    reply.type = "me";
    reply.props = json::object{{"message", text}};
    return reply;
}

CommandReply shrug(BuiltinServices&, const Actor&, const CommandPlace&, const std::string& text) {
    return said_in_channel((text.empty() ? "" : text + " ") + "¯\\\\\\_(ツ)\\_/¯");
}

CommandReply code(BuiltinServices&, const Actor&, const CommandPlace&, const std::string& text) {
    if (text.empty()) return said_to_caller("Write the code behind /code.");
    std::string indented = "    ";
    for (const char c : text) {
        indented += c;
        if (c == '\n') indented += "    ";
    }
    auto reply = said_in_channel(std::move(indented));
    reply.skip_slack_parsing = true;
    return reply;
}

// "text" 5, or text without quotes.
CommandReply echo(BuiltinServices& s, const Actor& actor, const CommandPlace& place,
                  const std::string& text) {
    std::string_view message = trimmed(text);
    if (message.empty()) return said_to_caller("Write what is to be said behind /echo.");
    Millis delay = 0;
    if (message.starts_with('"')) {
        const auto close = message.rfind('"');
        if (close > 0) {
            const auto number = trimmed(message.substr(close + 1));
            const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), delay);
            if (!number.empty() && (failed != std::errc() || end != number.data() + number.size()))
                return said_to_caller("The delay is a number of seconds.");
            message = message.substr(1, close - 1);
        }
    }
    if (delay < 0 || delay > longest_delay) return said_to_caller("The delay is at most 10,000 seconds.");
    if (message.empty()) return said_to_caller("Write what is to be said behind /echo.");
    if (delay == 0) return said_in_channel(std::string(message));
    Post post;
    post.channel_id = place.channel.id;
    post.root_id = place.root_id;
    post.message = std::string(message);
    if (!s.later.add(actor.user_id, std::move(post), s.db.now() + delay * 1000))
        return said_to_caller("Too many messages wait already. Try again later.");
    return {};
}

// Says the text in the channel, if there is one, and leads there.
CommandReply talk_in(BuiltinServices& s, const Actor& actor, const CommandPlace& place,
                     const Channel& channel, const std::string& text) {
    if (!text.empty()) {
        Post post;
        post.channel_id = channel.id;
        post.message = text;
        s.posts.create(actor, std::move(post));
    }
    CommandReply reply;
    reply.goto_location = location_of(place, channel.name);
    return reply;
}

Channel direct_with(BuiltinServices& s, const Actor& actor, const User& other) {
    s.gate.require(actor, Permission::create_direct_channel);
    std::vector<UserId> both{actor.user_id};
    if (other.id != actor.user_id) both.push_back(other.id);
    return s.direct_channels.direct(actor, both);
}

CommandReply msg(BuiltinServices& s, const Actor& actor, const CommandPlace& place, const std::string& text) {
    const auto trimmed_text = std::string(trimmed(text));
    const auto cut = std::min(trimmed_text.find_first_of(" \t\n"), trimmed_text.size());
    auto name = lower_ascii(trimmed_text.substr(0, cut));
    if (name.starts_with('@')) name.erase(0, 1);
    const auto users = people(s, {name});
    if (users.empty()) return said_to_caller("There is nobody of this user name.");
    return talk_in(s, actor, place, direct_with(s, actor, users[0]),
                   std::string(trimmed(std::string_view(trimmed_text).substr(cut))));
}

CommandReply groupmsg(BuiltinServices& s, const Actor& actor, const CommandPlace& place,
                      const std::string& text) {
    auto named = leading_names(text, true);
    const auto users = people(s, named.names);
    for (const auto& name : named.names)
        if (std::none_of(users.begin(), users.end(), [&](const User& u) { return u.username == name; }))
            return said_to_caller("There is nobody of the user name " + name + ".");
    std::vector<UserId> ids;
    for (const auto& user : users)
        if (user.id != actor.user_id) ids.push_back(user.id);
    if (ids.empty()) return said_to_caller("Name the people: /groupmsg @one,@two message");
    if (ids.size() == 1) {
        const auto other =
            std::find_if(users.begin(), users.end(), [&](const User& u) { return u.id == ids[0]; });
        return talk_in(s, actor, place, direct_with(s, actor, *other), named.rest);
    }
    if (ids.size() + 1 > most_in_group)
        return said_to_caller("A group message is for at most 8 people, with yourself.");
    s.gate.require(actor, Permission::create_group_channel);
    return talk_in(s, actor, place, s.direct_channels.group(actor, ids), named.rest);
}

}  // namespace

std::vector<BuiltinCommand> about_talk() {
    return {{"me", "[message]", "Do an action", me},
            {"shrug", "[message]", "Adds a shrug to your message", shrug},
            {"code", "[text]", "Shows text as a block of code", code},
            {"echo", "\"message\" [delay in seconds]", "Says your text again, also later", echo},
            {"msg", "@[username] [message]", "Sends a direct message", msg},
            {"groupmsg", "@[username1],@[username2] [message]", "Sends a message to a group of people",
             groupmsg}};
}

}  // namespace concordat::messaging::builtin
