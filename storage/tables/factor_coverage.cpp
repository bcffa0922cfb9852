#include "storage/tables/factor_coverage.hpp"

#include "storage/database/values.hpp"

namespace concordat::storage {
namespace {

const std::string people_without_factor = R"(
    select u.id, u.username, u.email, u.locale, u.roles, u.auth_service
    from users u join unnest($1::text[], $2::text[]) g (roles, service) on g.roles = u.roles and g.service = u.auth_service
    where u.delete_at = 0 and u.remote_id is null and not u.is_bot and not u.mfa_active)";

struct GroupColumns {
    std::vector<std::string> roles, services;
};

GroupColumns columns_of(const std::vector<FactorGroup>& groups) {
    GroupColumns out;
    for (const auto& group : groups) {
        if (group.is_bot || group.has_factor) continue;
        out.roles.push_back(group.roles);
        out.services.push_back(group.service);
    }
    return out;
}

std::vector<FactorPerson> people_in(const pqxx::result& rows) {
    std::vector<FactorPerson> out;
    for (const auto& r : rows)
        out.push_back(
            {id_in<UserId>(r[0]), text_in(r[1]), text_in(r[2]), text_in(r[3]), text_in(r[4]), text_in(r[5])});
    return out;
}

}  // namespace

std::vector<FactorGroup> FactorCoverageTable::groups(std::int64_t limit) {
    std::vector<FactorGroup> out;
    for (const auto& r : tx_.exec(R"(
             select roles, auth_service, is_bot, mfa_active, count(*) from users
             where delete_at = 0 and remote_id is null group by 1, 2, 3, 4 order by 5 desc, 1, 2, 3, 4 limit $1)",
                                  limit))
        out.push_back({text_in(r[0]), text_in(r[1]), bool_in(r[2]), bool_in(r[3]), int_in(r[4])});
    return out;
}

std::vector<FactorPerson> FactorCoverageTable::without(const std::vector<FactorGroup>& of,
                                                       std::int64_t limit) {
    const auto [roles, services] = columns_of(of);
    return people_in(tx_.exec(people_without_factor + " order by u.username limit $3", array_of(roles),
                              array_of(services), limit));
}

std::vector<FactorPerson> FactorCoverageTable::without_after(const std::vector<FactorGroup>& of,
                                                             const UserId& after, std::int64_t limit) {
    const auto [roles, services] = columns_of(of);
    return people_in(tx_.exec(people_without_factor + " and u.id > $3 order by u.id limit $4",
                              array_of(roles), array_of(services), after, limit));
}

bool FactorCoverageTable::is_among(const std::vector<FactorGroup>& of, const UserId& person) {
    const auto [roles, services] = columns_of(of);
    return !tx_.exec(people_without_factor + " and u.id = $3", array_of(roles), array_of(services), person)
                .empty();
}

}  // namespace concordat::storage
