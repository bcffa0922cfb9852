#include "storage/tables/system.hpp"

namespace concordat::storage {

std::optional<std::string> SystemTable::find(const std::string& name) {
    const auto result = tx_.exec("select value from system where name = $1", name);
    if (result.empty()) return std::nullopt;
    return text_in(result[0][0]);
}

void SystemTable::put(const std::string& name, const std::string& value) {
    tx_.exec("insert into system (name, value) values ($1, $2) on conflict (name) do update set value = $2",
             name, value);
}

void SystemTable::remove(const std::string& name) {
    tx_.exec("delete from system where name = $1", name);
}

std::string SystemTable::put_if_absent(const std::string& name, const std::string& value) {
    // The update of nothing makes the row that another node wrote visible to `returning`.
    const auto result = tx_.exec(
        "insert into system as s (name, value) values ($1, $2) on conflict (name) do update set value = "
        "s.value returning value",
        name, value);
    return text_in(result[0][0]);
}

}  // namespace concordat::storage
