// What the search index is made from: which posts and files there are in a stretch of time. Reading only.
#pragma once
#include <cstdint>
#include <set>
#include <vector>
#include "storage/database/database.hpp"

namespace concordat::storage {

class SearchSourceTable {
public:
    explicit SearchSourceTable(Tx& tx) : tx_(tx) {}
    // The ISO weeks, by week_of_day(), in which there are live posts or files. Looks at all of them.
    std::set<std::uint32_t> weeks();
    // Live ones of every kind, oldest first.
    std::vector<PostId> posts(Millis from, Millis until);
    std::vector<FileId> files(Millis from, Millis until);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
