// ID tokens of OpenID Connect Core 1.0, section 2, checked as its section 3.1.3.7 and RFC 8725 ask.
//
// Every rule's word goes to the trail: oidc.form, oidc.signature, oidc.issuer, oidc.audience, oidc.time,
// oidc.nonce, oidc.subject. Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/model/ids.hpp"
#include "identity/decision/decisions.hpp"
#include "identity/oidc/signing_keys.hpp"

namespace concordat::identity::oidc {

constexpr std::size_t longest_token = 64 * 1024;  // bytes

struct Expected {
    std::string issuer, client_id, nonce;
    Millis now = 0;
    Millis skew = 60'000;         // of the two clocks
    Millis oldest = 10 * 60'000;  // since it was issued
};

// Which key a token says it was signed by; "" when it does not say. Nothing of it is believed.
std::string key_id_of(std::string_view token);
// What the token says of the person, or nothing: then the trail is refused.
std::optional<json::object> claims_in(std::string_view token, const SigningKeys& keys,
                                      const Expected& expected, Trail& trail);

// A text among claims, at most 1024 bytes; "" when it is not said or is no text.
std::string claim(const json::object& claims, std::string_view name);

}  // namespace concordat::identity::oidc
