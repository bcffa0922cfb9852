#include "storage/tables/slash_commands.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct CommandDetails {
    std::string token, method, username, icon_url, auto_complete_desc, auto_complete_hint, display_name,
        description, url;
    bool auto_complete = false;
};
BOOST_DESCRIBE_STRUCT(CommandDetails, (),
                      (token, method, username, icon_url, auto_complete_desc, auto_complete_hint,
                       display_name, description, url, auto_complete))

const std::string command_columns =
    "select id, creator_id, team_id, trigger, create_at, update_at, details from slash_commands ";

}  // namespace

std::string SlashCommandTable::sealed(const SlashCommand& c) {
    const CommandDetails details{
        c.token,        c.method,      c.username, c.icon_url,     c.auto_complete_desc, c.auto_complete_hint,
        c.display_name, c.description, c.url,      c.auto_complete};
    return tx_.seal(Kind::hook, scopes::configuration, c.id.bytes(), c.update_at, json_text(details));
}

SlashCommand SlashCommandTable::row(const pqxx::row& r) {
    SlashCommand c;
    c.id = id_in<CommandId>(r[0]);
    c.creator_id = id_in<UserId>(r[1]);
    c.team_id = id_in<TeamId>(r[2]);
    c.trigger = text_in(r[3]);
    c.create_at = int_in(r[4]);
    c.update_at = int_in(r[5]);
    auto d = parse_json<CommandDetails>(
        tx_.open(Kind::hook, scopes::configuration, c.id.bytes(), c.update_at, bytes_in(r[6])), "command");
    c.token = std::move(d.token);
    c.method = std::move(d.method);
    c.username = std::move(d.username);
    c.icon_url = std::move(d.icon_url);
    c.auto_complete = d.auto_complete;
    c.auto_complete_desc = std::move(d.auto_complete_desc);
    c.auto_complete_hint = std::move(d.auto_complete_hint);
    c.display_name = std::move(d.display_name);
    c.description = std::move(d.description);
    c.url = std::move(d.url);
    return c;
}

std::optional<SlashCommand> SlashCommandTable::first(const pqxx::result& result) {
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

bool SlashCommandTable::insert(const SlashCommand& c) {
    return tx_.exec(
                  "insert into slash_commands (id, creator_id, team_id, trigger, create_at, update_at, "
                  "details) "
                  "values ($1, $2, $3, $4, $5, $6, $7) on conflict (team_id, trigger) do nothing",
                  c.id, c.creator_id, c.team_id, c.trigger, c.create_at, c.update_at, bytea(sealed(c)))
               .affected_rows() == 1;
}

bool SlashCommandTable::update(const SlashCommand& c) {
    return tx_.exec(R"(
               update slash_commands set team_id = $2, trigger = $3, update_at = $4, details = $5
               where id = $1 and not exists
                   (select 1 from slash_commands o where o.team_id = $2 and o.trigger = $3 and o.id <> $1))",
                    c.id, c.team_id, c.trigger, c.update_at, bytea(sealed(c)))
               .affected_rows() == 1;
}

bool SlashCommandTable::remove(const CommandId& id) {
    return tx_.exec("delete from slash_commands where id = $1", id).affected_rows() == 1;
}

std::optional<SlashCommand> SlashCommandTable::find(const CommandId& id) {
    return first(tx_.exec(command_columns + "where id = $1", id));
}

std::optional<SlashCommand> SlashCommandTable::lock(const CommandId& id) {
    return first(tx_.exec(command_columns + "where id = $1 for update", id));
}

std::optional<SlashCommand> SlashCommandTable::by_trigger(const TeamId& team, const std::string& trigger) {
    return first(tx_.exec(command_columns + "where team_id = $1 and trigger = $2", team, trigger));
}

std::vector<SlashCommand> SlashCommandTable::of_team(const TeamId& team) {
    return whole_rows(tx_.exec(command_columns + "where team_id = $1 order by trigger", team),
                      [&](const pqxx::row& r) { return row(r); });
}

}  // namespace concordat::storage
