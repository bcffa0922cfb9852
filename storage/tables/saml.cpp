#include "storage/tables/saml.hpp"

namespace concordat::storage {

void SamlTable::put(std::string_view handle_hash, const SamlRequest& request) {
    tx_.exec(R"(
        insert into saml_requests (handle_hash, request_id, provider, browser_hash, intent, expires_at)
        values ($1, $2, $3, $4, $5, $6))",
             bytea(handle_hash), request.request_id, request.provider, bytea(request.browser_hash),
             request.intent, request.expires_at);
}

std::optional<SamlRequest> SamlTable::find(std::string_view handle_hash, Millis now) {
    const auto rows = tx_.exec(R"(
        select request_id, provider, browser_hash, intent, expires_at from saml_requests
        where handle_hash = $1 and expires_at > $2)",
                               bytea(handle_hash), now);
    if (rows.empty()) return std::nullopt;
    const auto& r = rows[0];
    return SamlRequest{text_in(r[0]), text_in(r[1]), bytes_in(r[2]), text_in(r[3]), int_in(r[4])};
}

bool SamlTable::remove(std::string_view handle_hash) {
    return tx_.exec("delete from saml_requests where handle_hash = $1", bytea(handle_hash)).affected_rows() ==
           1;
}

bool SamlTable::use(const std::string& provider, std::string_view assertion_hash, Millis expires_at) {
    return tx_.exec(R"(
        insert into saml_assertions (provider, assertion_hash, expires_at) values ($1, $2, $3)
        on conflict do nothing)",
                    provider, bytea(assertion_hash), expires_at)
               .affected_rows() == 1;
}

void SamlTable::forget(const std::string& provider, std::string_view assertion_hash) {
    tx_.exec("delete from saml_assertions where provider = $1 and assertion_hash = $2", provider,
             bytea(assertion_hash));
}

std::int64_t SamlTable::sweep(Millis now, std::int64_t limit) {
    const auto requests = tx_.exec(R"(
        delete from saml_requests where handle_hash in
            (select handle_hash from saml_requests where expires_at <= $1 order by expires_at limit $2))",
                                   now, limit);
    const auto assertions = tx_.exec(R"(
        delete from saml_assertions where (provider, assertion_hash) in
            (select provider, assertion_hash from saml_assertions where expires_at <= $1 order by expires_at limit $2))",
                                     now, limit);
    return static_cast<std::int64_t>(requests.affected_rows() + assertions.affected_rows());
}

std::int64_t SamlTable::open_requests() {
    return int_in(tx_.exec("select count(*) from saml_requests")[0][0]);
}

}  // namespace concordat::storage
