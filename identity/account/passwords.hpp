// Passwords: Argon2id (RFC 9106) in PHC form, and the rules for new ones. Slow by design: run only on the
// password lane. Thread-safe.
#pragma once
#include <string>
#include "core/config/settings.hpp"

namespace concordat::identity {

// "$argon2id$v=19$m=...,t=...,p=1$salt$hash".
std::string hash_password(const std::string& password, const Settings& settings);
// Constant time in the password. An empty `hash` takes as long as a real one and is false.
bool verify_password(const std::string& password, const std::string& hash, const Settings& settings);
// Throws Error (invalid, "model.user.is_valid.pwd...") with a sentence that names the rules.
void check_new_password(const std::string& password, const Settings& settings);

}  // namespace concordat::identity
