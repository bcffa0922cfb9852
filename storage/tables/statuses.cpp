#include "storage/tables/statuses.hpp"

namespace concordat::storage {

std::vector<Status> StatusTable::find(const std::vector<UserId>& users) {
    std::vector<Status> out;
    for (const auto& r : tx_.exec("select user_id, status, manual, last_activity_at, dnd_end_time from "
                                  "statuses where user_id = any($1::uuid[])",
                                  array_of(users)))
        out.push_back({id_in<UserId>(r[0]), text_in(r[1]), bool_in(r[2]), int_in(r[3]), int_in(r[4])});
    return out;
}

void StatusTable::save(const std::vector<Status>& statuses) {
    std::vector<UserId> users;
    std::vector<std::string> words;
    std::string manual = "{";
    std::vector<std::int64_t> seen, dnd;
    for (const auto& s : statuses) {
        users.push_back(s.user_id);
        words.push_back(s.status);
        manual += (manual.size() > 1 ? "," : "") + std::string(s.manual ? "t" : "f");
        seen.push_back(s.last_activity_at);
        dnd.push_back(s.dnd_end_time);
    }
    tx_.exec(R"(
        insert into statuses (user_id, status, manual, last_activity_at, dnd_end_time)
        select s.* from unnest($1::uuid[], $2::text[], $3::bool[], $4::bigint[], $5::bigint[]) s(user_id, status, manual, seen, dnd)
            join users u on u.id = s.user_id order by s.user_id
        on conflict (user_id) do update set status = excluded.status, manual = excluded.manual, last_activity_at = excluded.last_activity_at,
            dnd_end_time = excluded.dnd_end_time)",
             array_of(users), array_of(words), manual + '}', array_of(seen), array_of(dnd));
}

}  // namespace concordat::storage
