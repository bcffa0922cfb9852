#include "storage/tables/search_source.hpp"

namespace concordat::storage {
namespace {

template <class IdType>
std::vector<IdType> ids(const pqxx::result& rows) {
    std::vector<IdType> out;
    out.reserve(rows.size());
    for (const auto& row : rows) out.push_back(id_in<IdType>(row[0]));
    return out;
}

}  // namespace

std::set<std::uint32_t> SearchSourceTable::weeks() {
    std::set<std::uint32_t> out;
    for (const auto& row : tx_.exec(R"(
             select distinct (greatest(create_at, 0) / 86400000 + 3) / 7 from posts
             where original_id is null and delete_at = 0
             union select distinct (greatest(create_at, 0) / 86400000 + 3) / 7 from files
             where delete_at = 0)"))
        out.insert(static_cast<std::uint32_t>(int_in(row[0])));
    return out;
}

std::vector<PostId> SearchSourceTable::posts(Millis from, Millis until) {
    return ids<PostId>(tx_.exec(R"(
        select id from posts where create_at >= $1 and create_at < $2 and original_id is null and delete_at = 0
        order by create_at, id)",
                                from, until));
}

std::vector<FileId> SearchSourceTable::files(Millis from, Millis until) {
    return ids<FileId>(tx_.exec(R"(
        select id from files where create_at >= $1 and create_at < $2 and delete_at = 0 order by create_at, id)",
                                from, until));
}

}  // namespace concordat::storage
