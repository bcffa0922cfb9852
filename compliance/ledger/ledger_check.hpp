// Compares leaves with what they were made from: the records as they stand, and the hashes in the tree.
//
// Pure reading; throws what the database throws.
#pragma once
#include <cstdint>
#include <string>
#include <vector>
#include "storage/tables/audit_ledger.hpp"

namespace concordat::compliance {

struct LedgerFault {
    std::int64_t leaf = 0;  // where; that of the leaf after it for a record that has none
    std::string text;       // a sentence
};

// What is wrong with the 256 leaves from tile * 256 on, as far as `log` says there are any; with records
// among them that are no leaves; and with the tree above them, when they are 256.
std::vector<LedgerFault> check_leaves(storage::Tx& tx, const storage::AuditLog& log, std::int64_t tile);

}  // namespace concordat::compliance
