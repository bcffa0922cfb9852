#include "storage/tables/passkeys.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/identity_factors.hpp"

namespace concordat::storage {
namespace {

struct PasskeySecret {
    std::string name, credential_id, public_key, model;  // base64, but the name
    std::int64_t algorithm = 0;
    bool may_sync = false, is_verified = false;
    std::vector<std::string> transports;
};
BOOST_DESCRIBE_STRUCT(PasskeySecret, (),
                      (name, credential_id, public_key, model, algorithm, may_sync, is_verified, transports))

const std::string passkey_columns =
    "select id, user_id, create_at, last_used_at, sign_count, is_synced, secret from passkeys ";

std::string raw_in(const std::string& encoded) {
    return from_base64(encoded).value_or("");
}

}  // namespace

PasskeyRow PasskeyTable::read(const pqxx::row& r) {
    PasskeyRow p;
    p.id = id_in<PasskeyId>(r[0]);
    p.user_id = id_in<UserId>(r[1]);
    p.create_at = int_in(r[2]);
    p.last_used_at = int_in(r[3]);
    p.sign_count = int_in(r[4]);
    p.is_synced = bool_in(r[5]);
    auto secret = parse_json<PasskeySecret>(
        tx_.open(Kind::passkey, scopes::accounts, p.id.bytes(), p.create_at, bytes_in(r[6])), "passkey");
    p.name = std::move(secret.name);
    p.credential_id = raw_in(secret.credential_id);
    p.public_key = raw_in(secret.public_key);
    p.model = raw_in(secret.model);
    p.algorithm = secret.algorithm;
    p.may_sync = secret.may_sync;
    p.is_verified = secret.is_verified;
    p.transports = std::move(secret.transports);
    return p;
}

std::optional<PasskeyRow> PasskeyTable::first(const pqxx::result& rows) {
    if (rows.empty()) return std::nullopt;
    return read(rows[0]);
}

std::string PasskeyTable::sealed(const PasskeyRow& p) {
    return tx_.seal(
        Kind::passkey, scopes::accounts, p.id.bytes(), p.create_at,
        json_text(PasskeySecret{p.name, base64(p.credential_id), base64(p.public_key), base64(p.model),
                                p.algorithm, p.may_sync, p.is_verified, p.transports}));
}

void PasskeyTable::insert(const PasskeyRow& p) {
    tx_.exec(R"(
        insert into passkeys (id, user_id, credential_hash, create_at, last_used_at, sign_count, is_synced, secret)
        values ($1, $2, $3, $4, $5, $6, $7, $8))",
             p.id, p.user_id, bytea(token_hash(p.credential_id)), p.create_at, p.last_used_at, p.sign_count,
             p.is_synced, bytea(sealed(p)));
    IdentityFactorTable(tx_).note_whether_any(p.user_id);
}

std::optional<PasskeyRow> PasskeyTable::by_credential(std::string_view id) {
    return first(tx_.exec(passkey_columns + "where credential_hash = $1", bytea(token_hash(id))));
}

std::optional<PasskeyRow> PasskeyTable::lock_by_credential(std::string_view id) {
    return first(tx_.exec(passkey_columns + "where credential_hash = $1 for update", bytea(token_hash(id))));
}

std::optional<PasskeyRow> PasskeyTable::find(const UserId& user, const PasskeyId& id) {
    return first(tx_.exec(passkey_columns + "where id = $1 and user_id = $2", id, user));
}

std::vector<PasskeyRow> PasskeyTable::of_user(const UserId& user) {
    std::vector<PasskeyRow> out;
    for (const auto& r : tx_.exec(passkey_columns + "where user_id = $1 order by create_at, id", user))
        out.push_back(read(r));
    return out;
}

void PasskeyTable::set_used(const PasskeyId& id, Millis at, std::int64_t sign_count, bool is_synced) {
    tx_.exec("update passkeys set last_used_at = $2, sign_count = $3, is_synced = $4 where id = $1", id, at,
             sign_count, is_synced);
}

void PasskeyTable::set_name(PasskeyRow passkey, const std::string& name) {
    passkey.name = name;
    tx_.exec("update passkeys set secret = $2 where id = $1", passkey.id, bytea(sealed(passkey)));
}

bool PasskeyTable::remove(const UserId& user, const PasskeyId& id) {
    const bool is_gone =
        tx_.exec("delete from passkeys where id = $1 and user_id = $2", id, user).affected_rows() == 1;
    if (is_gone) IdentityFactorTable(tx_).note_whether_any(user);
    return is_gone;
}

std::int64_t PasskeyTable::remove_all(const UserId& user) {
    const auto gone = tx_.exec("delete from passkeys where user_id = $1", user).affected_rows();
    if (gone > 0) IdentityFactorTable(tx_).note_whether_any(user);
    return static_cast<std::int64_t>(gone);
}

std::string PasskeyTable::lock_handle(const UserId& user, std::string_view fresh) {
    return bytes_in(tx_.exec(R"(
        insert into passkey_owners (user_id, handle) values ($1, $2)
        on conflict (user_id) do update set handle = passkey_owners.handle returning handle)",
                             user, bytea(fresh))[0][0]);
}

std::optional<std::string> PasskeyTable::handle_of(const UserId& user) {
    const auto rows = tx_.exec("select handle from passkey_owners where user_id = $1", user);
    if (rows.empty()) return std::nullopt;
    return bytes_in(rows[0][0]);
}

void PasskeyChallengeTable::insert(std::string_view challenge, const PasskeyChallenge& given) {
    tx_.exec(R"(
        insert into passkey_challenges (challenge_hash, purpose, user_id, address, expires_at)
        values ($1, $2, $3, $4, $5))",
             bytea(token_hash(challenge)), given.purpose, NullableId(given.user_id), given.address,
             given.expires_at);
}

std::optional<PasskeyChallenge> PasskeyChallengeTable::take(std::string_view challenge,
                                                            const std::string& purpose, Millis now) {
    const auto rows = tx_.exec(R"(
        delete from passkey_challenges where challenge_hash = $1
        returning purpose, user_id, address, expires_at)",
                               bytea(token_hash(challenge)));
    if (rows.empty()) return std::nullopt;
    const auto& r = rows[0];
    PasskeyChallenge given{text_in(r[0]), {}, text_in(r[2]), int_in(r[3])};
    if (!r[1].is_null()) given.user_id = id_in<UserId>(r[1]);
    if (given.purpose != purpose || given.expires_at <= now) return std::nullopt;
    return given;
}

void PasskeyChallengeTable::keep_newest(const UserId& user, std::int64_t newest) {
    tx_.exec(R"(
        delete from passkey_challenges where challenge_hash in
            (select challenge_hash from passkey_challenges where user_id = $1
             order by expires_at desc, challenge_hash offset $2))",
             user, newest);
}

PasskeyChallengeTable::Open PasskeyChallengeTable::open(const std::string& address, Millis now) {
    const auto rows = tx_.exec(R"(
        select count(*), count(*) filter (where address = $1)
        from passkey_challenges where user_id is null and expires_at > $2)",
                               address, now);
    return {int_in(rows[0][0]), int_in(rows[0][1])};
}

std::size_t PasskeyChallengeTable::remove_expired(Millis now, std::int64_t limit) {
    return tx_
        .exec(R"(
        delete from passkey_challenges where challenge_hash in
            (select challenge_hash from passkey_challenges where expires_at <= $1 order by expires_at limit $2))",
              now, limit)
        .affected_rows();
}

}  // namespace concordat::storage
