// A place in the journal.
#pragma once
#include <cstdint>
#include <string>

namespace concordat::storage {

struct Position {
    std::string tx = "0";
    std::int64_t seq = 0;
    bool operator==(const Position&) const = default;
};

}  // namespace concordat::storage
