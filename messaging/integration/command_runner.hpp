// Runs slash commands: those of the team's programs over HTTP, else those that the server brings.
//
// Calls block, execute() for as long as a program may take to answer; that needs a seat (seats.hpp).
// Thread-safe.
//
// Errors: api.command.execute_command.start.app_error, .deleted.error (invalid), .not_found.app_error
// (not_found), .failed.app_error, .failed_resp.app_error, .create_post_failed.app_error (internal: the
// program failed); web.command_webhook.general.app_error for answers that come later; lacks_permission().
#pragma once
#include <string>
#include <string_view>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/integration.hpp"
#include "identity/access/gate.hpp"
#include "messaging/integration/builtin_commands.hpp"
#include "messaging/integration/command_reply.hpp"
#include "messaging/integration/program_posts.hpp"
#include "messaging/integration/seats.hpp"
#include "messaging/integration/trigger_ids.hpp"

namespace concordat::storage {
class Database;
struct CommandCallback;
}  // namespace concordat::storage
namespace concordat::web {
class OutboundClient;
struct OutboundRequest;
}  // namespace concordat::web

namespace concordat::messaging {

struct CommandCall {
    ChannelId channel_id;
    std::string command;  // with its slash
    TeamId team_id;       // used between people only
    PostId root_id;
};
BOOST_DESCRIBE_STRUCT(CommandCall, (), (channel_id, command, team_id, root_id))

class CommandRunner {
public:
    static constexpr int most_late_answers = 5;
    static constexpr Millis longest_late = 30 * 60 * 1000;  // for how long a command may answer
    static constexpr std::size_t most_mentions = 100;       // told to a program, of each kind

    // All must outlive this object.
    CommandRunner(BuiltinServices services, ProgramPosts& posts, TriggerIds& triggers,
                  const web::OutboundClient& outbound, Seats& seats)
        : services_(services), posts_(posts), triggers_(triggers), outbound_(outbound), seats_(seats) {}

    // That the actor may post in the channel is the route's rule.
    CommandReply execute(const Actor& actor, const CommandCall& call);
    // What a program posts to the address it was given.
    void answer_later(const std::string& key, std::string_view content_type, std::string_view body);
    // Forgets addresses that are good no longer. Run every minute.
    std::size_t sweep();

private:
    struct Typed {
        std::string trigger, text;
    };
    CommandPlace place_of(const Actor& actor, const CommandCall& call);
    CommandReply run_custom(const Actor& actor, const CommandPlace& place, const SlashCommand& command,
                            const Typed& typed);
    web::OutboundRequest request_of(const Actor& actor, const CommandPlace& place,
                                    const SlashCommand& command, const Typed& typed,
                                    const std::string& trigger_id);
    std::string new_answer_address(const Actor& actor, const CommandPlace& place,
                                   const SlashCommand& command);
    // Writes or shows what a reply says. Null `command`: a built-in one.
    void carry_out(const Actor& actor, const CommandPlace& place, const SlashCommand* command,
                   CommandReply& reply);
    void carry_out_one(const Actor& actor, const CommandPlace& place, const SlashCommand* command,
                       CommandReply& reply);

    BuiltinServices services_;
    ProgramPosts& posts_;
    TriggerIds& triggers_;
    const web::OutboundClient& outbound_;
    Seats& seats_;
};

}  // namespace concordat::messaging
