#include "storage/tables/identity_factors.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"

namespace concordat::storage {
namespace {

struct FactorSecret {
    std::string totp;  // base64
    std::vector<std::string> recovery_codes;
};
BOOST_DESCRIBE_STRUCT(FactorSecret, (), (totp, recovery_codes))

const std::string identity_factor_columns =
    "select user_id, create_at, is_active, last_step, secret from identity_factors ";

}  // namespace

std::optional<Factor> IdentityFactorTable::read(const pqxx::result& rows) {
    if (rows.empty()) return std::nullopt;
    const auto& r = rows[0];
    Factor f;
    f.user_id = id_in<UserId>(r[0]);
    f.create_at = int_in(r[1]);
    f.is_active = bool_in(r[2]);
    f.last_step = int_in(r[3]);
    auto secret = parse_json<FactorSecret>(
        tx_.open(Kind::factor_secret, scopes::accounts, f.user_id.bytes(), f.create_at, bytes_in(r[4])),
        "factor");
    f.secret = from_base64(secret.totp).value_or("");
    f.recovery_codes = std::move(secret.recovery_codes);
    return f;
}

std::optional<Factor> IdentityFactorTable::lock(const UserId& user) {
    return read(tx_.exec(identity_factor_columns + "where user_id = $1 for update", user));
}

std::optional<Factor> IdentityFactorTable::find(const UserId& user) {
    return read(tx_.exec(identity_factor_columns + "where user_id = $1", user));
}

void IdentityFactorTable::put(const Factor& f) {
    const auto sealed = tx_.seal(Kind::factor_secret, scopes::accounts, f.user_id.bytes(), f.create_at,
                                 json_text(FactorSecret{base64(f.secret), f.recovery_codes}));
    tx_.exec(R"(
        insert into identity_factors (user_id, create_at, is_active, last_step, secret) values ($1, $2, $3, $4, $5)
        on conflict (user_id) do update set create_at = excluded.create_at, is_active = excluded.is_active,
            last_step = excluded.last_step, secret = excluded.secret)",
             f.user_id, f.create_at, f.is_active, f.last_step, bytea(sealed));
    note_whether_any(f.user_id);
}

bool IdentityFactorTable::remove(const UserId& user) {
    const bool is_gone =
        tx_.exec("delete from identity_factors where user_id = $1", user).affected_rows() == 1;
    if (is_gone) note_whether_any(user);
    return is_gone;
}

void IdentityFactorTable::note_whether_any(const UserId& user) {
    tx_.exec(R"(
        update users set mfa_active = not mfa_active where id = $1 and mfa_active <>
            (exists (select from identity_factors where user_id = $1 and is_active)
             or exists (select from passkeys where user_id = $1)))",
             user);
}

}  // namespace concordat::storage
