#include "storage/tables/scim.hpp"

namespace concordat::storage {
namespace {

const std::string client_columns =
    "select id, name, service, provider, create_at, last_used_at from scim_clients ";
const std::string person_columns = "select user_id, client_id, user_name, update_at from scim_people ";

ScimClient client_in(const pqxx::row& r) {
    return {id_in<AnyId>(r[0]), text_in(r[1]), text_in(r[2]), text_in(r[3]), int_in(r[4]), int_in(r[5])};
}

ScimPerson person_in(const pqxx::row& r) {
    return {id_in<UserId>(r[0]), id_in<AnyId>(r[1]), text_in(r[2]), int_in(r[3])};
}

template <class T>
std::optional<T> first(const pqxx::result& rows, T (*read)(const pqxx::row&)) {
    if (rows.empty()) return std::nullopt;
    return read(rows[0]);
}

}  // namespace

void ScimTable::insert(const ScimClient& c, std::string_view token_hash) {
    tx_.exec(
        "insert into scim_clients (id, name, service, provider, token_hash, create_at) values ($1, $2, $3, "
        "$4, $5, $6)",
        c.id, c.name, c.service, c.provider, bytea(token_hash), c.create_at);
}

bool ScimTable::set_token(const AnyId& id, std::string_view token_hash) {
    return tx_.exec("update scim_clients set token_hash = $2 where id = $1", id, bytea(token_hash))
               .affected_rows() == 1;
}

bool ScimTable::remove(const AnyId& id) {
    return tx_.exec("delete from scim_clients where id = $1", id).affected_rows() == 1;
}

std::vector<ScimClient> ScimTable::clients() {
    std::vector<ScimClient> out;
    for (const auto& r : tx_.exec(client_columns + "order by name")) out.push_back(client_in(r));
    return out;
}

std::optional<ScimClient> ScimTable::by_token(std::string_view token_hash) {
    return first(tx_.exec(client_columns + "where token_hash = $1", bytea(token_hash)), client_in);
}

void ScimTable::set_used(const AnyId& id, Millis now) {
    tx_.exec("update scim_clients set last_used_at = $2 where id = $1", id, now);
}

void ScimTable::put(const ScimPerson& p) {
    tx_.exec(R"(
        insert into scim_people (user_id, client_id, user_name, update_at) values ($1, $2, $3, $4)
        on conflict (user_id) do update set client_id = excluded.client_id, user_name = excluded.user_name,
            update_at = excluded.update_at)",
             p.user_id, p.client_id, p.user_name, p.update_at);
}

void ScimTable::remove_person(const UserId& user) {
    tx_.exec("delete from scim_people where user_id = $1", user);
}

std::optional<ScimPerson> ScimTable::person(const AnyId& client, const UserId& user) {
    return first(tx_.exec(person_columns + "where client_id = $1 and user_id = $2", client, user), person_in);
}

std::optional<ScimPerson> ScimTable::by_user_name(const AnyId& client, const std::string& user_name) {
    return first(
        tx_.exec(person_columns + "where client_id = $1 and lower(user_name) = lower($2)", client, user_name),
        person_in);
}

std::vector<ScimPerson> ScimTable::people(const AnyId& client, std::int64_t offset, std::int64_t limit) {
    std::vector<ScimPerson> out;
    for (const auto& r : tx_.exec(person_columns + "where client_id = $1 order by user_id offset $2 limit $3",
                                  client, offset, limit))
        out.push_back(person_in(r));
    return out;
}

std::int64_t ScimTable::count(const AnyId& client) {
    return int_in(tx_.exec("select count(*) from scim_people where client_id = $1", client)[0][0]);
}

std::int64_t ScimTable::count_people(const AnyId& client, const std::vector<UserId>& among) {
    return int_in(
        tx_.exec("select count(*) from scim_people where client_id = $1 and user_id = any($2::uuid[])",
                 client, array_of(among))[0][0]);
}

}  // namespace concordat::storage
