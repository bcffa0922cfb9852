#include "identity/account/passwords.hpp"

#include <argon2.h>

#include <algorithm>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::identity {
namespace {

constexpr std::size_t salt_size = 16, hash_size = 32, longest_password = 72;

}  // namespace

std::string hash_password(const std::string& password, const Settings& settings) {
    const auto& s = settings.ConcordatSettings;
    const auto salt = storage::random_bytes(salt_size);
    const auto time = static_cast<std::uint32_t>(s.Argon2Iterations),
               memory = static_cast<std::uint32_t>(s.Argon2MemoryKiB);
    std::string encoded(argon2_encodedlen(time, memory, 1, salt_size, hash_size, Argon2_id), '\0');
    const int result = argon2id_hash_encoded(time, memory, 1, password.data(), password.size(), salt.data(),
                                             salt.size(), hash_size, encoded.data(), encoded.size());
    if (result != ARGON2_OK)
        throw Error(Fault::internal, "identity.password.hash", "", argon2_error_message(result));
    encoded.resize(std::char_traits<char>::length(encoded.c_str()));
    return encoded;
}

bool verify_password(const std::string& password, const std::string& hash, const Settings& settings) {
    if (hash.empty()) {
        hash_password(password, settings);  // so that "no such account" takes as long
        return false;
    }
    return argon2id_verify(hash.c_str(), password.data(), password.size()) == ARGON2_OK;
}

void check_new_password(const std::string& password, const Settings& settings) {
    const auto& rules = settings.PasswordSettings;
    auto has = [&](auto test) { return std::any_of(password.begin(), password.end(), test); };
    const bool good = rune_count(password) >= static_cast<std::size_t>(rules.MinimumLength) &&
                      password.size() <= longest_password &&
                      (!rules.Lowercase || has([](char c) { return c >= 'a' && c <= 'z'; })) &&
                      (!rules.Uppercase || has([](char c) { return c >= 'A' && c <= 'Z'; })) &&
                      (!rules.Number || has([](char c) { return c >= '0' && c <= '9'; })) &&
                      (!rules.Symbol || has([](char c) {
                          return c > 32 && c < 127 && !std::isalnum(static_cast<unsigned char>(c));
                      }));
    if (good) return;
    std::string needs = "Your password must contain at least " + std::to_string(rules.MinimumLength) +
                        " characters (at most 72 bytes)";
    if (rules.Lowercase) needs += ", a lowercase letter";
    if (rules.Uppercase) needs += ", an uppercase letter";
    if (rules.Number) needs += ", a number";
    if (rules.Symbol) needs += ", a symbol";
    throw Error(Fault::invalid, "model.user.is_valid.pwd.app_error", needs + ".");
}

}  // namespace concordat::identity
