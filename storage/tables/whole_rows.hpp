// Lists of rows that carry sealed text. One that is damaged must not hide the others: it is left out, and its
// record is named in the log. Asked for alone, it is an Error.
#pragma once
#include <type_traits>
#include <vector>
#include "core/base/log.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// `read` makes a value of one row.
template <class Read>
auto whole_rows(const pqxx::result& rows, Read read) {
    std::vector<std::invoke_result_t<Read&, const pqxx::row&>> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        try {
            out.push_back(read(row));
        } catch (const Error& e) {
            if (!is_lost(e)) throw;
            log_error("a row cannot be read and is left out of a list",
                      {{"id", e.id()}, {"detail", e.detail()}});
        }
    }
    return out;
}

}  // namespace concordat::storage
