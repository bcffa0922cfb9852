#include "storage/tables/identity_links.hpp"

namespace concordat::storage {
namespace {

const std::string identity_link_columns =
    "select user_id, service, provider, subject, create_at, is_off from identity_links ";

IdentityLink link_in(const pqxx::row& r) {
    return {id_in<UserId>(r[0]), text_in(r[1]), text_in(r[2]), text_in(r[3]), int_in(r[4]), bool_in(r[5])};
}

std::optional<IdentityLink> first(const pqxx::result& rows) {
    if (rows.empty()) return std::nullopt;
    return link_in(rows[0]);
}

}  // namespace

void IdentityLinkTable::put(const IdentityLink& link) {
    tx_.exec(R"(
        insert into identity_links (user_id, service, provider, subject, create_at, is_off) values ($1, $2, $3, $4, $5, $6)
        on conflict (user_id) do update set service = excluded.service, provider = excluded.provider, subject = excluded.subject,
            create_at = excluded.create_at, is_off = excluded.is_off)",
             link.user_id, link.service, link.provider, link.subject, link.create_at, link.is_off);
}

bool IdentityLinkTable::remove(const UserId& user) {
    return tx_.exec("delete from identity_links where user_id = $1", user).affected_rows() == 1;
}

void IdentityLinkTable::set_off(const UserId& user, bool is_off) {
    tx_.exec("update identity_links set is_off = $2 where user_id = $1", user, is_off);
}

std::optional<IdentityLink> IdentityLinkTable::of_user(const UserId& user) {
    return first(tx_.exec(identity_link_columns + "where user_id = $1", user));
}

std::optional<IdentityLink> IdentityLinkTable::of_subject(const std::string& service,
                                                          const std::string& provider,
                                                          const std::string& subject) {
    return first(tx_.exec(identity_link_columns + "where service = $1 and provider = $2 and subject = $3",
                          service, provider, subject));
}

std::vector<IdentityLink> IdentityLinkTable::of_source(const std::string& service,
                                                       const std::string& provider, const std::string& after,
                                                       std::int64_t limit) {
    std::vector<IdentityLink> out;
    for (const auto& r :
         tx_.exec(identity_link_columns + "where service = $1 and provider = $2 and subject > $3 "
                                          "order by subject limit $4",
                  service, provider, after, limit))
        out.push_back(link_in(r));
    return out;
}

}  // namespace concordat::storage
