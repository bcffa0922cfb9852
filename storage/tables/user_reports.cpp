#include "storage/tables/user_reports.hpp"

#include <algorithm>

#include "storage/tables/like_anywhere.hpp"

namespace concordat::storage {
namespace {

// Every parameter is named, so that each query has the same five.
constexpr const char* narrowed_accounts = R"(
    from users u where not u.is_bot and ($1 = '' or $1 = any(string_to_array(u.roles, ' ')))
    and ($2 = '%%' or u.username like $2 or lower(u.first_name) like $2 or lower(u.last_name) like $2 or lower(u.nickname) like $2 or u.email like $2)
    and ($3 = '' or (u.delete_at = 0) = ($3 = 'active'))
    and case when $5 then not exists (select 1 from team_members m where m.user_id = u.id and m.delete_at = 0)
        else $4::uuid = '00000000-0000-0000-0000-000000000000'
            or exists (select 1 from team_members m where m.user_id = u.id and m.team_id = $4 and m.delete_at = 0) end)";

std::string name_of(ReportColumn column) {
    switch (column) {
        case ReportColumn::created:
            return "u.create_at";
        case ReportColumn::username:
            return "u.username";
        case ReportColumn::first_name:
            return "u.first_name";
        case ReportColumn::last_name:
            return "u.last_name";
        case ReportColumn::nickname:
            return "u.nickname";
        case ReportColumn::email:
            return "u.email";
    }
    return "u.username";
}

std::string state_in(const UserReportQuery& q) {
    if (!q.active) return "";
    return *q.active ? "active" : "inactive";
}

}  // namespace

std::vector<UserId> UserReportTable::page(const UserReportQuery& q) {
    const auto column = name_of(q.column);
    const bool is_number = q.column == ReportColumn::created;
    const bool is_falling = q.is_descending != q.is_backward;
    std::string sql = "select u.id" + std::string(narrowed_accounts);
    sql += " and ($7::uuid = '00000000-0000-0000-0000-000000000000' or (" + column + ", u.id) " +
           (is_falling ? "<" : ">") + (is_number ? " ($6::bigint, $7::uuid))" : " ($6::text, $7::uuid))");
    sql += " order by " + column + (is_falling ? " desc, u.id desc" : ", u.id") + " limit $8";
    std::vector<UserId> out;
    for (const auto& r :
         tx_.exec(sql, q.role, like_anywhere(q.term), state_in(q), q.team, q.without_team,
                  is_number && q.from_id.empty() ? std::string("0") : q.from_value, q.from_id, q.limit))
        out.push_back(id_in<UserId>(r[0]));
    if (q.is_backward) std::reverse(out.begin(), out.end());
    return out;
}

std::int64_t UserReportTable::count(const UserReportQuery& q) {
    return int_in(tx_.exec("select count(*)" + std::string(narrowed_accounts), q.role, like_anywhere(q.term),
                           state_in(q), q.team, q.without_team)[0][0]);
}

std::vector<UserCounts> UserReportTable::counts(const std::vector<UserId>& ids, Millis since, Millis until) {
    std::vector<UserCounts> out;
    for (const auto& r : tx_.exec(R"(
        select i.id, coalesce((select max(s.create_at) from sessions s where s.user_id = i.id), 0), coalesce(t.last_activity_at, 0),
            coalesce(p.last_at, 0), coalesce(p.days, 0), coalesce(p.posts, 0)
        from unnest($1::uuid[]) i (id) left join statuses t on t.user_id = i.id
        left join (select user_id, max(create_at) last_at, count(distinct create_at / 86400000) days, count(*) posts from posts
            where user_id = any($1::uuid[]) and create_at >= $2 and create_at < $3 and original_id is null and not starts_with(type, 'system_')
            group by user_id) p on p.user_id = i.id)",
                                  array_of(ids), since, until))
        out.push_back(
            {id_in<UserId>(r[0]), int_in(r[1]), int_in(r[2]), int_in(r[3]), int_in(r[4]), int_in(r[5])});
    return out;
}

}  // namespace concordat::storage
