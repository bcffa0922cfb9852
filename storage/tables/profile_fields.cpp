#include "storage/tables/profile_fields.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct FieldSecret {
    std::string name, type;
    ProfileFieldAttrs attrs;
};
BOOST_DESCRIBE_STRUCT(FieldSecret, (), (name, type, attrs))

const std::string field_columns =
    "select id, create_at, update_at, secret from profile_fields where delete_at = 0 order by id ";

// A value is sealed to the person and the field.
IdBytes place_of(const UserId& user, const ProfileFieldId& field) {
    auto place = user.bytes();
    for (std::size_t i = 0; i < place.size(); ++i) place[i] ^= field.bytes()[i];
    return place;
}

}  // namespace

std::string ProfileFieldTable::sealed(const ProfileField& f) {
    return tx_.seal(Kind::config, scopes::accounts, f.id.bytes(), 0,
                    json_text(FieldSecret{f.name, f.type, f.attrs}));
}

std::vector<ProfileField> ProfileFieldTable::rows(const pqxx::result& result) {
    return whole_rows(result, [&](const pqxx::row& r) {
        ProfileField f;
        f.id = id_in<ProfileFieldId>(r[0]);
        f.create_at = int_in(r[1]);
        f.update_at = int_in(r[2]);
        auto secret = parse_json<FieldSecret>(
            tx_.open(Kind::config, scopes::accounts, f.id.bytes(), 0, bytes_in(r[3])), "profile field");
        f.name = std::move(secret.name);
        f.type = std::move(secret.type);
        f.attrs = std::move(secret.attrs);
        return f;
    });
}

std::vector<ProfileField> ProfileFieldTable::all() {
    return rows(tx_.exec(field_columns));
}

std::vector<ProfileField> ProfileFieldTable::hold_all() {
    return rows(tx_.exec(field_columns + "for update"));
}

void ProfileFieldTable::insert(const ProfileField& f) {
    tx_.exec("insert into profile_fields (id, create_at, update_at, secret) values ($1, $2, $3, $4)", f.id,
             f.create_at, f.update_at, bytea(sealed(f)));
}

void ProfileFieldTable::update(const ProfileField& f) {
    tx_.exec("update profile_fields set update_at = $2, secret = $3 where id = $1", f.id, f.update_at,
             bytea(sealed(f)));
}

void ProfileFieldTable::remove(const ProfileFieldId& id, Millis at) {
    remove_values(id);
    tx_.exec("update profile_fields set delete_at = $2 where id = $1", id, at);
}

json::value ProfileFieldTable::value(const UserId& user, const ProfileFieldId& field,
                                     const pqxx::field& sealed) {
    return parse_json_value(
        tx_.open(Kind::user_profile, scopes::accounts, place_of(user, field), 0, bytes_in(sealed)),
        "profile value");
}

std::vector<ProfileFieldTable::Value> ProfileFieldTable::values_of(const UserId& user) {
    std::vector<Value> out;
    for (const auto& r : tx_.exec("select field_id, secret from profile_values where user_id = $1", user)) {
        const auto field = id_in<ProfileFieldId>(r[0]);
        out.emplace_back(field, value(user, field, r[1]));
    }
    return out;
}

std::vector<std::pair<UserId, json::value>> ProfileFieldTable::values_of_field(const ProfileFieldId& field) {
    std::vector<std::pair<UserId, json::value>> out;
    for (const auto& r : tx_.exec("select user_id, secret from profile_values where field_id = $1", field)) {
        const auto user = id_in<UserId>(r[0]);
        out.emplace_back(user, value(user, field, r[1]));
    }
    return out;
}

void ProfileFieldTable::set_value(const UserId& user, const ProfileFieldId& field, const json::value& value,
                                  Millis at) {
    tx_.exec(
        "insert into profile_values (user_id, field_id, update_at, secret) values ($1, $2, $3, $4) on "
        "conflict (user_id, field_id) do update set update_at = excluded.update_at, secret = excluded.secret",
        user, field, at,
        bytea(tx_.seal(Kind::user_profile, scopes::accounts, place_of(user, field), 0,
                       json::serialize(value))));
}

void ProfileFieldTable::remove_value(const UserId& user, const ProfileFieldId& field) {
    tx_.exec("delete from profile_values where user_id = $1 and field_id = $2", user, field);
}

void ProfileFieldTable::remove_values(const ProfileFieldId& field) {
    tx_.exec("delete from profile_values where field_id = $1", field);
}

}  // namespace concordat::storage
