// The system table: facts about this installation as a whole, each a name and a text.
#pragma once
#include <optional>
#include <string>
#include "storage/database/database.hpp"

namespace concordat::storage {

class SystemTable {
public:
    explicit SystemTable(Tx& tx) : tx_(tx) {}
    std::optional<std::string> find(const std::string& name);
    void put(const std::string& name, const std::string& value);
    void remove(const std::string& name);
    // Leaves what is there; what is there afterwards.
    std::string put_if_absent(const std::string& name, const std::string& value);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
