// The slash commands that the server brings.
//
// Each is a function of who calls it, where, and the text behind it; what it may do is decided by the
// services it calls. A refusal of theirs is said to the caller in words, not as an error. Thread-safe; calls
// block.
#pragma once
#include <functional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/integration.hpp"
#include "core/model/user.hpp"
#include "identity/access/gate.hpp"
#include "messaging/integration/command_reply.hpp"
#include "messaging/integration/later.hpp"

namespace concordat::storage {
class Database;
}
namespace concordat::identity {
class CustomStatuses;
}

namespace concordat::messaging {

class ChannelMembers;
class Channels;
class DirectChannels;
class Posts;
class Preferences;
class Statuses;

// Where a command is used.
struct CommandPlace {
    identity::ChannelPlace channel;
    TeamId team_id;  // of the channel, or, between people, the one that the client shows
    std::string team_name;
    PostId root_id;
};

// The commands about other organisations, from rooms above this one. Whoever wires the node sets them, before
// the first command.
struct PartnerCommandRunners {
    std::function<CommandReply(const Actor& actor, const std::string& text)> secure_connection;
    std::function<CommandReply(const Actor& actor, const CommandPlace& place, const std::string& text)>
        share_channel;
};

// All must outlive who is given this.
struct BuiltinServices {
    storage::Database& db;
    identity::Gate& gate;
    identity::CustomStatuses& custom_statuses;
    Channels& channels;
    ChannelMembers& channel_members;
    DirectChannels& direct_channels;
    Posts& posts;
    Preferences& preferences;
    Statuses& statuses;
    LaterPosts& later;
    const LiveSettings& settings;
    const PartnerCommandRunners& partners;
};

// The first word behind some commands.
struct CommandVerb {
    const char* word;
    const char* hint;
    const char* description;
};

struct BuiltinCommand {
    const char* trigger;
    const char* hint;
    const char* description;
    CommandReply (*run)(BuiltinServices& services, const Actor& actor, const CommandPlace& place,
                        const std::string& text);
    std::vector<CommandVerb> verbs = {};
    bool is_about_partners = false;  // there only while channels may be shared
};

// Null when there is none of this trigger.
const BuiltinCommand* find_builtin_command(const std::string& trigger);
bool is_builtin_command(const std::string& trigger);
// As clients list them, without ids, by trigger.
std::vector<SlashCommand> listed_builtin_commands(const Settings& settings);

CommandReply run_builtin(const BuiltinCommand& command, BuiltinServices& services, const Actor& actor,
                         const CommandPlace& place, const std::string& text);

// The parts of the table, by what they are about.
namespace builtin {
std::vector<BuiltinCommand> about_talk();
std::vector<BuiltinCommand> about_channels();
std::vector<BuiltinCommand> about_oneself();
std::vector<BuiltinCommand> about_partners();

// Address of a channel inside the client.
std::string location_of(const CommandPlace& place, const std::string& channel_name);
// "@a, @b rest": the names at the beginning, each once, and what follows.
struct Named {
    std::vector<std::string> names;
    std::string rest;
};
Named leading_names(const std::string& text, bool comma_separated);
// The people of those names who are active.
std::vector<User> people(BuiltinServices& services, const std::vector<std::string>& names);
}  // namespace builtin

}  // namespace concordat::messaging
