#include "storage/tables/blob_names.hpp"

namespace concordat::storage {

std::set<AnyId> blobs_in_use(Tx& tx, const std::vector<AnyId>& ids) {
    const auto result = tx.exec(R"(
        with asked as materialized (select unnest($1::uuid[]) as id)
        select a.id from asked a join files f on f.blob = a.id
        union all select a.id from asked a join files f on f.thumbnail = a.id
        union all select a.id from asked a join files f on f.preview = a.id
        union all select a.id from asked a join uploads u on u.blob = a.id
        union all select a.id from asked a join federation_files w on w.blob = a.id and w.state = 'wanted'
                  join posts p on p.id = w.post_id and p.delete_at = 0
        union all select a.id from asked a join emoji e on e.blob = a.id where e.delete_at = 0
        union all select a.id from asked a join users u on u.picture = a.id
        union all select a.id from asked a join teams t on t.icon = a.id)",
                                array_of(ids));
    std::set<AnyId> out;
    for (const auto& r : result) out.insert(id_in<AnyId>(r[0]));
    return out;
}

}  // namespace concordat::storage
