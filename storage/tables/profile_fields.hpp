// The tables profile_fields and profile_values.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include "core/model/profile_field.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class ProfileFieldTable {
public:
    explicit ProfileFieldTable(Tx& tx) : tx_(tx) {}
    // Those that are not removed, oldest first.
    std::vector<ProfileField> all();
    // The same; until the end of the transaction nobody else holds them so.
    std::vector<ProfileField> hold_all();
    void insert(const ProfileField& field);
    void update(const ProfileField& field);
    void remove(const ProfileFieldId& id, Millis at);

    using Value = std::pair<ProfileFieldId, json::value>;
    std::vector<Value> values_of(const UserId& user);
    std::vector<std::pair<UserId, json::value>> values_of_field(const ProfileFieldId& field);
    void set_value(const UserId& user, const ProfileFieldId& field, const json::value& value, Millis at);
    void remove_value(const UserId& user, const ProfileFieldId& field);
    void remove_values(const ProfileFieldId& field);

private:
    std::vector<ProfileField> rows(const pqxx::result& result);
    std::string sealed(const ProfileField& field);
    json::value value(const UserId& user, const ProfileFieldId& field, const pqxx::field& sealed);
    Tx& tx_;
};

}  // namespace concordat::storage
