// Programs outside that take part: incoming and outgoing webhooks, slash commands, and the actions that stand
// behind buttons and menus of messages. Plain values.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/facts.hpp"
#include "core/model/ids.hpp"

namespace concordat {

using IncomingHookId = Id<struct IncomingHookTag>;  // of the row; not what clients know
using OutgoingHookId = Id<struct OutgoingHookTag>;
using CommandId = Id<struct CommandTag>;

// `id` is the last part of the hook's address: whoever knows it can post.
struct IncomingHook {
    std::string id;
    Millis create_at = 0;
    Millis update_at = 0;
    Millis delete_at = 0;
    UserId user_id;
    ChannelId channel_id;
    TeamId team_id;
    std::string display_name;
    std::string description;
    std::string username;
    std::string icon_url;
    bool channel_locked = false;
};
BOOST_DESCRIBE_STRUCT(IncomingHook, (),
                      (id, create_at, update_at, delete_at, user_id, channel_id, team_id, display_name,
                       description, username, icon_url, channel_locked))

struct OutgoingHook {
    OutgoingHookId id;
    std::string token;
    Millis create_at = 0;
    Millis update_at = 0;
    Millis delete_at = 0;
    UserId creator_id;
    ChannelId channel_id;  // empty: every public channel of the team
    TeamId team_id;
    std::vector<std::string> trigger_words;
    std::int64_t trigger_when = 0;  // 0: the first word is one of them; 1: it begins with one
    std::vector<std::string> callback_urls;
    std::string display_name;
    std::string description;
    std::string content_type;
    std::string username;
    std::string icon_url;
};
BOOST_DESCRIBE_STRUCT(OutgoingHook, (),
                      (id, token, create_at, update_at, delete_at, creator_id, channel_id, team_id,
                       trigger_words, trigger_when, callback_urls, display_name, description, content_type,
                       username, icon_url))

// Built-in ones have no id, token, creator and url.
struct SlashCommand {
    CommandId id;
    std::string token;
    Millis create_at = 0;
    Millis update_at = 0;
    Millis delete_at = 0;
    UserId creator_id;
    TeamId team_id;
    std::string trigger;  // without the slash, lower case
    std::string method;   // P: POST, G: GET
    std::string username;
    std::string icon_url;
    bool auto_complete = false;
    std::string auto_complete_desc;
    std::string auto_complete_hint;
    std::string display_name;
    std::string description;
    std::string url;
    std::string plugin_id;
};
BOOST_DESCRIBE_STRUCT(SlashCommand, (),
                      (id, token, create_at, update_at, delete_at, creator_id, team_id, trigger, method,
                       username, icon_url, auto_complete, auto_complete_desc, auto_complete_hint,
                       display_name, description, url, plugin_id))

// What stands behind a button or a menu.
struct PostAction {
    std::string id;
    std::string type;         // button, select
    std::string data_source;  // users, channels, or "": the options that the message lists
    std::string url;
    json::value context;
};
BOOST_DESCRIBE_STRUCT(PostAction, (), (id, type, data_source, url, context))

// A hook or a command was made, changed or removed. Its secrets are not told.
struct IntegrationChanged {
    std::string what;    // incoming_hook, outgoing_hook, command
    std::string change;  // created, updated, token_renewed, removed
    AnyId id;
    TeamId team_id;
    UserId owner_id, actor_id;
    CONCORDAT_FACT(IntegrationChanged, "integration_changed", scopes::configuration, what, change, id,
                   team_id, owner_id, actor_id)
};

}  // namespace concordat
