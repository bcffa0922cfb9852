// The statuses table: what a person chose to show, and when they were last seen.
#pragma once
#include <optional>
#include <vector>
#include "core/model/user.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class StatusTable {
public:
    explicit StatusTable(Tx& tx) : tx_(tx) {}
    std::vector<Status> find(const std::vector<UserId>& users);
    void save(const std::vector<Status>& statuses);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
