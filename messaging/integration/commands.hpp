// Slash commands that programs made: kept, listed, completed. Running them is in command_runner.hpp, those
// that the server brings are in builtin_commands.hpp.
//
// Thread-safe; calls block; one transaction for each change. A command belongs to one team, a trigger is
// taken once in it.
//
// Errors: api.command.disabled.app_error (unsupported); store.sql_command.get.missing.app_error (not_found);
// api.command.duplicate_trigger.app_error, api.command.team_mismatch.app_error,
// model.command.is_valid.FIELD.app_error (invalid); lacks_permission().
#pragma once
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/integration.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::messaging {

// What clients offer while a command is typed; the keys are theirs.
struct CommandSuggestion {
    std::string Complete, Suggestion, Hint, Description, IconData;
};
BOOST_DESCRIBE_STRUCT(CommandSuggestion, (), (Complete, Suggestion, Hint, Description, IconData))

class Commands {
public:
    static constexpr std::size_t longest_trigger = 128, longest_url = 1024, longest_hint = 1024,
                                 longest_name = 64, longest_description = 128;

    // All must outlive this object.
    Commands(storage::Database& db, identity::Gate& gate, const LiveSettings& settings)
        : db_(db), gate_(gate), settings_(settings) {}

    SlashCommand create(const Actor& actor, SlashCommand command);
    SlashCommand get(const Actor& actor, const CommandId& id);
    SlashCommand update(const Actor& actor, const CommandId& id, const SlashCommand& wanted);
    void move(const Actor& actor, const CommandId& id, const TeamId& team);
    std::string renew_token(const Actor& actor, const CommandId& id);
    void remove(const Actor& actor, const CommandId& id);

    // Of a team, for who may manage them: own ones, or all. Others see what autocomplete() shows them.
    // `custom_only` leaves the built-in ones out, and is for managing only.
    std::vector<SlashCommand> list(const Actor& actor, const TeamId& team, bool custom_only);
    // What the actor may be offered, without tokens and addresses.
    std::vector<SlashCommand> autocomplete(const TeamId& team);
    std::vector<CommandSuggestion> suggestions(const TeamId& team, const std::string& typed);

private:
    std::vector<CommandSuggestion> verbs_of(const std::string& trigger, const std::string& begun) const;
    bool is_enabled() const { return settings_.current()->ServiceSettings.EnableCommands; }
    void require_enabled() const;
    void require_may(const Actor& actor, const TeamId& team, const UserId& creator);
    SlashCommand need(storage::Tx& tx, const Actor& actor, const CommandId& id, bool for_update);

    storage::Database& db_;
    identity::Gate& gate_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
