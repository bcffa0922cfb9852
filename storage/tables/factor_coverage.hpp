// Who of the table users has a second factor: active accounts of this node, partners' people left out.
#pragma once
#include <cstdint>
#include <string>
#include <vector>
#include "core/model/ids.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// Accounts that are alike in all that rules about second factors look at.
struct FactorGroup {
    std::string roles, service;  // as in User
    bool is_bot = false, has_factor = false;
    std::int64_t people = 0;
};

struct FactorPerson {
    UserId id;
    std::string username, email, locale, roles, service;
};

class FactorCoverageTable {
public:
    explicit FactorCoverageTable(Tx& tx) : tx_(tx) {}

    std::vector<FactorGroup> groups(std::int64_t limit);
    // People of these groups who have no factor, by their names.
    std::vector<FactorPerson> without(const std::vector<FactorGroup>& of, std::int64_t limit);
    // The same, by their ids, those after `after`.
    std::vector<FactorPerson> without_after(const std::vector<FactorGroup>& of, const UserId& after,
                                            std::int64_t limit);
    // Whether this person is one of them.
    bool is_among(const std::vector<FactorGroup>& of, const UserId& person);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
