#include "storage/tables/outgoing_hooks.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct OutgoingDetails {
    std::string token;
    std::vector<std::string> trigger_words, callback_urls;
    std::int64_t trigger_when = 0;
    std::string display_name, description, content_type, username, icon_url;
};
BOOST_DESCRIBE_STRUCT(OutgoingDetails, (),
                      (token, trigger_words, callback_urls, trigger_when, display_name, description,
                       content_type, username, icon_url))

const std::string outgoing_columns =
    "select id, creator_id, channel_id, team_id, create_at, update_at, details from outgoing_hooks ";

}  // namespace

std::string OutgoingHookTable::sealed(const OutgoingHook& h) {
    const OutgoingDetails details{h.token,        h.trigger_words, h.callback_urls,
                                  h.trigger_when, h.display_name,  h.description,
                                  h.content_type, h.username,      h.icon_url};
    return tx_.seal(Kind::hook, scopes::configuration, h.id.bytes(), h.update_at, json_text(details));
}

OutgoingHook OutgoingHookTable::row(const pqxx::row& r) {
    OutgoingHook h;
    h.id = id_in<OutgoingHookId>(r[0]);
    h.creator_id = id_in<UserId>(r[1]);
    h.channel_id = id_in<ChannelId>(r[2]);
    h.team_id = id_in<TeamId>(r[3]);
    h.create_at = int_in(r[4]);
    h.update_at = int_in(r[5]);
    auto d = parse_json<OutgoingDetails>(
        tx_.open(Kind::hook, scopes::configuration, h.id.bytes(), h.update_at, bytes_in(r[6])), "hook");
    h.token = std::move(d.token);
    h.trigger_words = std::move(d.trigger_words);
    h.callback_urls = std::move(d.callback_urls);
    h.trigger_when = d.trigger_when;
    h.display_name = std::move(d.display_name);
    h.description = std::move(d.description);
    h.content_type = std::move(d.content_type);
    h.username = std::move(d.username);
    h.icon_url = std::move(d.icon_url);
    return h;
}

std::optional<OutgoingHook> OutgoingHookTable::first(const pqxx::result& result) {
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

void OutgoingHookTable::insert(const OutgoingHook& h) {
    tx_.exec(
        "insert into outgoing_hooks (id, creator_id, channel_id, team_id, create_at, update_at, details) "
        "values ($1, $2, $3, $4, $5, $6, $7)",
        h.id, h.creator_id, NullableId(h.channel_id), h.team_id, h.create_at, h.update_at, bytea(sealed(h)));
}

void OutgoingHookTable::update(const OutgoingHook& h) {
    tx_.exec("update outgoing_hooks set channel_id = $2, update_at = $3, details = $4 where id = $1", h.id,
             NullableId(h.channel_id), h.update_at, bytea(sealed(h)));
}

bool OutgoingHookTable::remove(const OutgoingHookId& id) {
    return tx_.exec("delete from outgoing_hooks where id = $1", id).affected_rows() == 1;
}

std::optional<OutgoingHook> OutgoingHookTable::find(const OutgoingHookId& id) {
    return first(tx_.exec(outgoing_columns + "where id = $1", id));
}

std::optional<OutgoingHook> OutgoingHookTable::lock(const OutgoingHookId& id) {
    return first(tx_.exec(outgoing_columns + "where id = $1 for update", id));
}

std::vector<OutgoingHook> OutgoingHookTable::select(const HookQuery& q, const ChannelId& channel) {
    return whole_rows(
        tx_.exec(outgoing_columns +
                     "where ($1::uuid is null or team_id = $1) and ($2::uuid is null or creator_id = $2) "
                     "and ($3::uuid is null or channel_id = $3) order by create_at, id offset $4 limit $5",
                 NullableId(q.team.value_or(TeamId())), NullableId(q.owner.value_or(UserId())),
                 NullableId(channel), q.offset, q.limit),
        [&](const pqxx::row& r) { return row(r); });
}

void OutgoingHookTable::lock_team(const TeamId& team) {
    tx_.exec("select 1 from teams where id = $1 for update", team);
}

}  // namespace concordat::storage
