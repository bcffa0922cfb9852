#include "storage/tables/sign_in_codes.hpp"

namespace concordat::storage {
namespace {

const std::string returned = " returning kind, session_id, user_id, challenge, state, expires_at";

SignInCode code_in(const pqxx::row& r) {
    return {text_in(r[0]), id_in<SessionId>(r[1]), id_in<UserId>(r[2]),
            text_in(r[3]), text_in(r[4]),          int_in(r[5])};
}

}  // namespace

void SignInCodeTable::insert(std::string_view code_hash, const SignInCode& code) {
    tx_.exec(R"(
        insert into sign_in_codes (code_hash, kind, session_id, user_id, challenge, state, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7))",
             bytea(code_hash), code.kind, code.session_id, code.user_id, code.challenge, code.state,
             code.expires_at);
}

std::optional<SignInCode> SignInCodeTable::take(std::string_view code_hash, const std::string& kind,
                                                Millis now) {
    const auto rows = tx_.exec(
        "delete from sign_in_codes where code_hash = $1 and kind = $2 and expires_at > $3" + returned,
        bytea(code_hash), kind, now);
    if (rows.empty()) return std::nullopt;
    return code_in(rows[0]);
}

std::vector<SignInCode> SignInCodeTable::take_expired(Millis now, std::int64_t limit) {
    std::vector<SignInCode> out;
    for (const auto& r : tx_.exec(R"(
        delete from sign_in_codes where code_hash in
            (select code_hash from sign_in_codes where expires_at <= $1 order by expires_at limit $2))" +
                                      returned,
                                  now, limit))
        out.push_back(code_in(r));
    return out;
}

}  // namespace concordat::storage
