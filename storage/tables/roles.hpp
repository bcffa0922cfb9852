// The roles table: what each role allows, one row a role.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/role.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class RoleTable {
public:
    explicit RoleTable(Tx& tx) : tx_(tx) {}
    std::vector<Role> all();
    // Those that there are, in no order.
    std::vector<Role> named(const std::vector<std::string>& names);
    // The row stays as it is until the transaction ends.
    std::optional<Role> lock(const RoleId& id);
    // Leaves a role of that name as it is. True when it was written.
    bool insert_if_absent(const Role& role);
    void update(const Role& role);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
