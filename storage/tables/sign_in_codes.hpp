// The table sign_in_codes: sessions that wait for the application that asked for them.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "core/model/ids.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

struct SignInCode {
    std::string kind;  // desktop, mobile
    SessionId session_id;
    UserId user_id;
    std::string challenge, state;
    Millis expires_at = 0;
};

class SignInCodeTable {
public:
    explicit SignInCodeTable(Tx& tx) : tx_(tx) {}

    void insert(std::string_view code_hash, const SignInCode& code);
    // Takes it out; nothing when there is none of this kind, or it has expired by `now`.
    std::optional<SignInCode> take(std::string_view code_hash, const std::string& kind, Millis now);
    // Takes out up to `limit` that have expired.
    std::vector<SignInCode> take_expired(Millis now, std::int64_t limit);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
