// The table slash_commands: commands that programs made, each in one team. Tokens and addresses are sealed.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/integration.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class SlashCommandTable {
public:
    explicit SlashCommandTable(Tx& tx) : tx_(tx) {}
    // False when the team has a command of this trigger already.
    bool insert(const SlashCommand& command);
    // Team, trigger, update_at and what is sealed. False as for insert().
    bool update(const SlashCommand& command);
    bool remove(const CommandId& id);
    std::optional<SlashCommand> find(const CommandId& id);
    // The row for update.
    std::optional<SlashCommand> lock(const CommandId& id);
    std::optional<SlashCommand> by_trigger(const TeamId& team, const std::string& trigger);
    // In the order of their triggers.
    std::vector<SlashCommand> of_team(const TeamId& team);

private:
    SlashCommand row(const pqxx::row& r);
    std::optional<SlashCommand> first(const pqxx::result& result);
    std::string sealed(const SlashCommand& command);
    Tx& tx_;
};

}  // namespace concordat::storage
