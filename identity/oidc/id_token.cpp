#include "identity/oidc/id_token.hpp"

#include <algorithm>
#include <cmath>

#include "storage/crypto/digest.hpp"

namespace concordat::identity::oidc {
namespace {

struct Parts {
    json::object head, body;
    std::string_view signed_text;
    std::string signature;
};

std::optional<json::object> object_in(std::string_view base64_url) {
    const auto text = storage::from_base64_url(base64_url);
    if (!text) return std::nullopt;
    try {
        auto value = parse_json_value(*text, "token");
        if (!value.is_object()) return std::nullopt;
        return std::move(value.get_object());
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::optional<Parts> parts_of(std::string_view token) {
    if (token.size() > longest_token) return std::nullopt;
    const auto first = token.find('.');
    const auto second = first == token.npos ? first : token.find('.', first + 1);
    if (second == token.npos || token.find('.', second + 1) != token.npos) return std::nullopt;
    auto head = object_in(token.substr(0, first));
    auto body = object_in(token.substr(first + 1, second - first - 1));
    auto signature = storage::from_base64_url(token.substr(second + 1));
    if (!head || !body || !signature || signature->empty()) return std::nullopt;
    return Parts{std::move(*head), std::move(*body), token.substr(0, second), std::move(*signature)};
}

// Seconds since 1970, as milliseconds; nothing when it is no number or out of reason.
std::optional<Millis> time_in(const json::object& claims, const char* name) {
    const auto* value = claims.if_contains(name);
    if (!value || !value->is_number()) return std::nullopt;
    const auto seconds = value->to_number<double>();
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e11) return std::nullopt;
    return static_cast<Millis>(seconds * 1000);
}

std::string shown(const std::string& text) {
    return "\"" + text.substr(0, 200) + "\"";
}

bool names(const json::value* audience, const std::string& client) {
    if (!audience) return false;
    if (audience->is_string()) return audience->get_string() == client;
    return audience->is_array() && std::ranges::any_of(audience->get_array(), [&](const json::value& one) {
               return one.is_string() && one.get_string() == client;
           });
}

void check_audience(const json::object& body, const std::string& client, Trail& trail) {
    const auto* audience = body.if_contains("aud");
    const auto party = claim(body, "azp");
    const bool is_for_many = audience && audience->is_array() && audience->get_array().size() > 1;
    if (!names(audience, client))
        trail.refused("oidc.audience", "The token is for another client than " + shown(client) + " (Id).");
    else if ((is_for_many || !party.empty()) && party != client)
        trail.refused("oidc.audience", "The token was given to " + shown(party) + ", not to " +
                                           shown(client) + " (Id): its azp says so.");
    else
        trail.passed("oidc.audience");
}

void check_time(const json::object& body, const Expected& expected, Trail& trail) {
    const auto ends = time_in(body, "exp"), issued = time_in(body, "iat"), begins = time_in(body, "nbf");
    auto seconds = [](Millis time) { return std::to_string(time / 1000) + " s"; };
    if (!ends || !issued)
        trail.refused("oidc.time", "The token does not say when it was issued and when it ends (iat, exp).");
    else if (*ends + expected.skew <= expected.now)
        trail.refused("oidc.time", "The token ended " + seconds(expected.now - *ends) +
                                       " ago. Compare the clocks of this server and the provider.");
    else if (*issued - expected.skew > expected.now || (begins && *begins - expected.skew > expected.now))
        trail.refused("oidc.time",
                      "The token is of the future. Compare the clocks of this server and the provider.");
    else if (*issued + expected.oldest < expected.now)
        trail.refused("oidc.time", "The token was issued " + seconds(expected.now - *issued) + " ago.");
    else
        trail.passed("oidc.time");
}

}  // namespace

std::string claim(const json::object& claims, std::string_view name) {
    const auto* value = claims.if_contains(name);
    if (!value || !value->is_string() || value->get_string().size() > 1024) return {};
    return std::string(value->get_string());
}

std::string key_id_of(std::string_view token) {
    const auto head =
        token.size() > longest_token ? std::nullopt : object_in(token.substr(0, token.find('.')));
    return head ? claim(*head, "kid") : std::string();
}

std::optional<json::object> claims_in(std::string_view token, const SigningKeys& keys,
                                      const Expected& expected, Trail& trail) {
    auto parts = parts_of(token);
    if (!parts) {
        trail.refused("oidc.form", "What the provider gave is no signed token (three parts of base64url).");
        return std::nullopt;
    }
    // An extension that must be understood is not (RFC 7515, section 4.1.11).
    if (parts->head.contains("crit")) {
        trail.refused("oidc.form", "The token has extensions that must be understood (crit).");
        return std::nullopt;
    }
    const auto algorithm = claim(parts->head, "alg"), key_id = claim(parts->head, "kid");
    if (!keys.verifies(algorithm, key_id, parts->signed_text, parts->signature)) {
        trail.refused("oidc.signature", "No key of the provider made this signature: algorithm " +
                                            shown(algorithm) + ", key " + shown(key_id) + ", " +
                                            std::to_string(keys.size()) + " keys known.");
        return std::nullopt;
    }
    trail.passed("oidc.signature", algorithm);
    const auto& body = parts->body;
    if (claim(body, "iss") != expected.issuer)
        trail.refused("oidc.issuer", "The token is of " + shown(claim(body, "iss")) + ", the provider is " +
                                         shown(expected.issuer) + ".");
    else
        trail.passed("oidc.issuer");
    check_audience(body, expected.client_id, trail);
    check_time(body, expected, trail);
    if (!storage::constant_time_equal(claim(body, "nonce"), expected.nonce))
        trail.refused("oidc.nonce", "The token belongs to another sign-in.");
    else
        trail.passed("oidc.nonce");
    if (const auto subject = claim(body, "sub"); subject.empty() || subject.size() > 255)
        trail.refused("oidc.subject", "The token does not say who the person is (sub, at most 255 bytes).");
    if (trail.is_refused()) return std::nullopt;
    return std::move(parts->body);
}

}  // namespace concordat::identity::oidc
