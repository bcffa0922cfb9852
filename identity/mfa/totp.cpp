#include "identity/mfa/totp.hpp"

#include <liboath/oath.h>

#include <algorithm>
#include <array>

#include "core/base/error.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::identity {
namespace {

constexpr std::size_t least_secret = 16;
constexpr int with_sha1 = 0;

// RFC 3986: everything but unreserved characters.
std::string escaped(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              c == '-' || c == '.' || c == '_' || c == '~';
        if (is_plain)
            out += c;
        else
            ((out += '%') += digits[byte >> 4]) += digits[byte & 15];
    }
    return out;
}

}  // namespace

std::string base32(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string out;
    std::uint32_t held = 0;
    int bits = 0;
    for (const char c : bytes) {
        held = held << 8 | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 5; bits -= 5) out += alphabet[held >> (bits - 5) & 31];
        held &= (1U << bits) - 1;
    }
    if (bits > 0) out += alphabet[held << (5 - bits) & 31];
    return out;
}

std::string totp_code(const std::string& secret, std::int64_t step) {
    if (secret.size() < least_secret)
        throw Error(Fault::internal, "identity.totp.secret", "",
                    "the shared secret is shorter than 16 bytes");
    std::array<char, totp_digits + 1> code{};
    const auto result =
        oath_totp_generate2(secret.data(), secret.size(), static_cast<time_t>(step * totp_seconds),
                            totp_seconds, 0, totp_digits, with_sha1, code.data());
    if (result != OATH_OK)
        throw Error(Fault::internal, "identity.totp.failed", "", oath_strerror_name(result));
    return {code.data(), totp_digits};
}

std::optional<std::int64_t> matching_step(const std::string& secret, std::string_view code, Millis now,
                                          std::int64_t last) {
    const bool is_form = code.size() == totp_digits &&
                         std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!is_form) return std::nullopt;
    std::optional<std::int64_t> found;
    for (auto step = totp_step(now) - totp_drift; step <= totp_step(now) + totp_drift; ++step)
        if (storage::constant_time_equal(totp_code(secret, step), code) && step > last && !found)
            found = step;
    return found;
}

std::string otpauth_address(const std::string& secret, const std::string& issuer,
                            const std::string& account) {
    return "otpauth://totp/" + escaped(issuer) + ":" + escaped(account) + "?secret=" + base32(secret) +
           "&issuer=" + escaped(issuer) + "&algorithm=SHA1&digits=6&period=30";
}

}  // namespace concordat::identity
