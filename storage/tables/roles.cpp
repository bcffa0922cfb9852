#include "storage/tables/roles.hpp"

#include "core/base/text.hpp"

namespace concordat::storage {
namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

const std::string role_columns =
    "id, name, display_name, description, create_at, update_at, delete_at, permissions, scheme_managed, "
    "built_in, scheme_id";

std::vector<Role> roles_in(const pqxx::result& rows) {
    std::vector<Role> roles;
    for (const auto& row : rows) {
        Role role;
        role.id = id_in<RoleId>(row[0]);
        role.name = text_in(row[1]);
        role.display_name = text_in(row[2]);
        role.description = text_in(row[3]);
        role.create_at = int_in(row[4]);
        role.update_at = int_in(row[5]);
        role.delete_at = int_in(row[6]);
        role.permissions = split_words(text_in(row[7]));
        role.scheme_managed = bool_in(row[8]);
        role.built_in = bool_in(row[9]);
        if (!row[10].is_null()) role.scheme_id = id_in<AnyId>(row[10]);
        roles.push_back(std::move(role));
    }
    return roles;
}

}  // namespace

std::vector<Role> RoleTable::all() {
    return roles_in(tx_.exec("select " + role_columns + " from roles"));
}

std::vector<Role> RoleTable::named(const std::vector<std::string>& names) {
    return roles_in(
        tx_.exec("select " + role_columns + " from roles where name = any($1::text[])", array_of(names)));
}

std::optional<Role> RoleTable::lock(const RoleId& id) {
    auto found = roles_in(tx_.exec("select " + role_columns + " from roles where id = $1 for update", id));
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

bool RoleTable::insert_if_absent(const Role& r) {
    return tx_.exec(R"(
        insert into roles (id, name, display_name, description, create_at, update_at, delete_at, permissions, scheme_managed, built_in, scheme_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::uuid) on conflict (name) do nothing)",
                    r.id, r.name, r.display_name, r.description, r.create_at, r.update_at, r.delete_at,
                    joined(r.permissions), r.scheme_managed, r.built_in,
                    NullableId(r.scheme_id.value.value_or(AnyId())))
               .affected_rows() == 1;
}

void RoleTable::update(const Role& r) {
    tx_.exec(
        "update roles set display_name = $2, description = $3, update_at = $4, delete_at = $5, permissions = "
        "$6 where id = $1",
        r.id, r.display_name, r.description, r.update_at, r.delete_at, joined(r.permissions));
}

}  // namespace concordat::storage
