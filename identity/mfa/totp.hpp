// Time-based one-time passwords by RFC 6238: SHA-1, six digits, steps of thirty seconds, as every
// authenticator understands. Pure; liboath does the arithmetic.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include "core/model/ids.hpp"

namespace concordat::identity {

constexpr std::int64_t totp_seconds = 30, totp_drift = 1;  // one step early or late is accepted
constexpr std::size_t totp_digits = 6, totp_secret_bytes = 20;

// RFC 4648, without padding.
std::string base32(std::string_view bytes);
// The code of a step. Throws Error (internal, identity.totp.secret) for a secret under 16 bytes.
std::string totp_code(const std::string& secret, std::int64_t step);
inline std::int64_t totp_step(Millis now) {
    return now / 1000 / totp_seconds;
}
// The step whose code this is, within the drift and after `last`. Exactly six ASCII digits; all steps are
// compared in constant time.
std::optional<std::int64_t> matching_step(const std::string& secret, std::string_view code, Millis now,
                                          std::int64_t last);
// otpauth://totp/ISSUER:ACCOUNT?..., as authenticators read it from a QR code.
std::string otpauth_address(const std::string& secret, const std::string& issuer, const std::string& account);

}  // namespace concordat::identity
