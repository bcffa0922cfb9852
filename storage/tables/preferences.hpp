// The preferences table. Values are sealed.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/user.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class PreferenceTable {
public:
    explicit PreferenceTable(Tx& tx) : tx_(tx) {}

    std::vector<Preference> of_user(const UserId& user);
    std::vector<Preference> in_category(const UserId& user, const std::string& category);
    std::optional<Preference> find(const UserId& user, const std::string& category, const std::string& name);
    // Writes all in one statement; of two with the same name the last counts.
    void set(const std::vector<Preference>& preferences);
    // Values are not looked at.
    void remove(const std::vector<Preference>& preferences);
    // Nobody keeps these posts saved any more.
    void remove_saved(const std::vector<PostId>& posts);

private:
    std::vector<Preference> rows(const pqxx::result& result);
    Preference row(const pqxx::row& row);
    Tx& tx_;
};

}  // namespace concordat::storage
