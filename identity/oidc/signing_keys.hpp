// A provider's public keys, and what they signed: JSON Web Key Sets (RFC 7517) and the signatures of RFC
// 7518, section 3, and RFC 8037.
//
// RS256 to RS512, PS256 to PS512, ES256 to ES512 and EdDSA; nothing that a shared secret signs, and no
// "none". The kind of the key decides which of them it may be used with, not the message. Immutable; any
// thread.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

typedef struct evp_pkey_st EVP_PKEY;

namespace concordat::identity::oidc {

class SigningKeys {
public:
    static constexpr std::size_t most_keys = 100;
    static constexpr int least_rsa_bits = 2048;

    SigningKeys() = default;
    // Keys that are not for signatures, of other kinds, too short or damaged are left out. Throws Error
    // invalid, oidc.keys, for what is no key set at all.
    explicit SigningKeys(std::string_view jwks);

    std::size_t size() const { return keys_.size(); }
    // "" names no key: then any may have signed.
    bool has(std::string_view key_id) const;
    bool verifies(std::string_view algorithm, std::string_view key_id, std::string_view signed_text,
                  std::string_view signature) const;

private:
    struct Key {
        std::string id, type, curve, algorithm;  // algorithm "" is any of its kind
        std::shared_ptr<EVP_PKEY> key;
    };
    std::vector<Key> keys_;
};

}  // namespace concordat::identity::oidc
