// Which blobs the tables name. Whatever is not named here is taken for garbage, so every column that holds a
// blob's id belongs into blobs_in_use().
#pragma once
#include <set>
#include <vector>
#include "storage/database/database.hpp"

namespace concordat::storage {

// Those of `ids` that some row names. Reads the tables whole: not for requests.
std::set<AnyId> blobs_in_use(Tx& tx, const std::vector<AnyId>& ids);

}  // namespace concordat::storage
