#include "storage/tables/incoming_hooks.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct IncomingHookDetails {
    std::string id, display_name, description, username, icon_url;
    bool channel_locked = false;
};
BOOST_DESCRIBE_STRUCT(IncomingHookDetails, (),
                      (id, display_name, description, username, icon_url, channel_locked))

const std::string incoming_hook_columns =
    "select id, user_id, channel_id, team_id, create_at, update_at, details from incoming_hooks ";

}  // namespace

std::string IncomingHookTable::sealed(const IncomingHookRow& row) {
    const auto& h = row.hook;
    const IncomingHookDetails details{h.id,       h.display_name, h.description,
                                      h.username, h.icon_url,     h.channel_locked};
    return tx_.seal(Kind::hook, scopes::configuration, row.id.bytes(), h.update_at, json_text(details));
}

IncomingHookRow IncomingHookTable::row(const pqxx::row& r) {
    IncomingHookRow out;
    auto& h = out.hook;
    out.id = id_in<IncomingHookId>(r[0]);
    h.user_id = id_in<UserId>(r[1]);
    h.channel_id = id_in<ChannelId>(r[2]);
    h.team_id = id_in<TeamId>(r[3]);
    h.create_at = int_in(r[4]);
    h.update_at = int_in(r[5]);
    auto details = parse_json<IncomingHookDetails>(
        tx_.open(Kind::hook, scopes::configuration, out.id.bytes(), h.update_at, bytes_in(r[6])), "hook");
    h.id = std::move(details.id);
    h.display_name = std::move(details.display_name);
    h.description = std::move(details.description);
    h.username = std::move(details.username);
    h.icon_url = std::move(details.icon_url);
    h.channel_locked = details.channel_locked;
    return out;
}

void IncomingHookTable::insert(const IncomingHookRow& row) {
    const auto& h = row.hook;
    tx_.exec(
        "insert into incoming_hooks (id, key_hash, user_id, channel_id, team_id, create_at, update_at, "
        "details) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        row.id, bytea(token_hash(h.id)), h.user_id, h.channel_id, h.team_id, h.create_at, h.update_at,
        bytea(sealed(row)));
}

void IncomingHookTable::update(const IncomingHookRow& row) {
    tx_.exec("update incoming_hooks set channel_id = $2, update_at = $3, details = $4 where id = $1", row.id,
             row.hook.channel_id, row.hook.update_at, bytea(sealed(row)));
}

bool IncomingHookTable::remove(const IncomingHookId& id) {
    return tx_.exec("delete from incoming_hooks where id = $1", id).affected_rows() == 1;
}

std::optional<IncomingHookRow> IncomingHookTable::by_key(const std::string& key) {
    const auto rows = tx_.exec(incoming_hook_columns + "where key_hash = $1", bytea(token_hash(key)));
    if (rows.empty()) return std::nullopt;
    return row(rows[0]);
}

std::optional<IncomingHookRow> IncomingHookTable::lock(const std::string& key) {
    const auto rows =
        tx_.exec(incoming_hook_columns + "where key_hash = $1 for update", bytea(token_hash(key)));
    if (rows.empty()) return std::nullopt;
    return row(rows[0]);
}

std::vector<IncomingHook> IncomingHookTable::select(const HookQuery& q) {
    return whole_rows(
        tx_.exec(incoming_hook_columns +
                     "where ($1::uuid is null or team_id = $1) and ($2::uuid is null or user_id = $2) "
                     "order by create_at, id offset $3 limit $4",
                 NullableId(q.team.value_or(TeamId())), NullableId(q.owner.value_or(UserId())), q.offset,
                 q.limit),
        [&](const pqxx::row& r) { return row(r).hook; });
}

std::int64_t IncomingHookTable::count(const HookQuery& q) {
    return int_in(
        tx_.exec("select count(*) from incoming_hooks where ($1::uuid is null or team_id = $1) and "
                 "($2::uuid is null or user_id = $2)",
                 NullableId(q.team.value_or(TeamId())), NullableId(q.owner.value_or(UserId())))[0][0]);
}

}  // namespace concordat::storage
