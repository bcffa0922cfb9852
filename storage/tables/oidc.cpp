#include "storage/tables/oidc.hpp"

#include <algorithm>

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"

namespace concordat::storage {
namespace {

// The request a person is sealed for: no other row's text opens in its place.
IdBytes sealed_for(std::string_view handle_hash) {
    IdBytes out{};
    std::copy_n(handle_hash.begin(), std::min(handle_hash.size(), out.size()), out.begin());
    return out;
}

}  // namespace

void OidcTable::put(std::string_view handle_hash, const OidcRequest& request) {
    tx_.exec(R"(
        insert into oidc_requests (handle_hash, service, provider, browser_hash, intent, expires_at)
        values ($1, $2, $3, $4, $5, $6))",
             bytea(handle_hash), request.service, request.provider, bytea(request.browser_hash),
             request.intent, request.expires_at);
}

std::optional<OidcRequest> OidcTable::find(std::string_view handle_hash, Millis now) {
    const auto rows = tx_.exec(R"(
        select service, provider, browser_hash, intent, is_answered, person, expires_at from oidc_requests
        where handle_hash = $1 and expires_at > $2)",
                               bytea(handle_hash), now);
    if (rows.empty()) return std::nullopt;
    const auto& r = rows[0];
    OidcRequest out{text_in(r[0]), text_in(r[1]), bytes_in(r[2]), text_in(r[3]),
                    bool_in(r[4]), std::string(), int_in(r[6])};
    if (!r[5].is_null())
        out.person =
            tx_.open(Kind::user_secret, scopes::accounts, sealed_for(handle_hash), 0, bytes_in(r[5]));
    return out;
}

bool OidcTable::answer(std::string_view handle_hash) {
    return tx_.exec("update oidc_requests set is_answered = true where handle_hash = $1 and not is_answered",
                    bytea(handle_hash))
               .affected_rows() == 1;
}

void OidcTable::keep_person(std::string_view handle_hash, const std::string& person) {
    tx_.exec("update oidc_requests set person = $2 where handle_hash = $1", bytea(handle_hash),
             bytea(tx_.seal(Kind::user_secret, scopes::accounts, sealed_for(handle_hash), 0, person)));
}

bool OidcTable::remove(std::string_view handle_hash) {
    return tx_.exec("delete from oidc_requests where handle_hash = $1", bytea(handle_hash)).affected_rows() ==
           1;
}

std::int64_t OidcTable::sweep(Millis now, std::int64_t limit) {
    return static_cast<std::int64_t>(tx_.exec(R"(
        delete from oidc_requests where handle_hash in
            (select handle_hash from oidc_requests where expires_at <= $1 order by expires_at limit $2))",
                                              now, limit)
                                         .affected_rows());
}

std::int64_t OidcTable::open_requests() {
    return int_in(tx_.exec("select count(*) from oidc_requests")[0][0]);
}

}  // namespace concordat::storage
