#include "storage/tables/terms.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"

namespace concordat::storage {

void TermsTable::insert(const TermsRow& row) {
    tx_.exec("insert into terms (id, create_at, user_id, secret) values ($1, $2, $3, $4)", row.id,
             row.create_at, row.user_id,
             bytea(tx_.seal(Kind::config, scopes::accounts, row.id.bytes(), 0, row.text)));
}

std::optional<TermsRow> TermsTable::newest() {
    const auto result = tx_.exec("select id, create_at, user_id, secret from terms order by id desc limit 1");
    if (result.empty()) return std::nullopt;
    const auto r = result[0];
    TermsRow row;
    row.id = id_in<TermsId>(r[0]);
    row.create_at = int_in(r[1]);
    row.user_id = id_in<UserId>(r[2]);
    row.text = tx_.open(Kind::config, scopes::accounts, row.id.bytes(), 0, bytes_in(r[3]));
    return row;
}

bool TermsTable::has(const TermsId& id) {
    return !tx_.exec("select 1 from terms where id = $1", id).empty();
}

void TermsTable::accept(const UserId& user, const TermsId& terms, Millis at) {
    tx_.exec(
        "insert into terms_accepted (user_id, terms_id, create_at) values ($1, $2, $3) on conflict (user_id) "
        "do update set terms_id = excluded.terms_id, create_at = excluded.create_at",
        user, terms, at);
}

void TermsTable::withdraw(const UserId& user) {
    tx_.exec("delete from terms_accepted where user_id = $1", user);
}

std::optional<TermsAcceptedRow> TermsTable::accepted_by(const UserId& user) {
    const auto result = tx_.exec("select terms_id, create_at from terms_accepted where user_id = $1", user);
    if (result.empty()) return std::nullopt;
    return TermsAcceptedRow{id_in<TermsId>(result[0][0]), int_in(result[0][1])};
}

}  // namespace concordat::storage
