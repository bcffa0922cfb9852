// Ed25519 signatures (RFC 8032), made and checked by OpenSSL.
//
// A SigningKey may be shared by threads. Errors: internal, storage.crypto.failed.
#pragma once
#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/crypto/secret.hpp"

namespace concordat::storage {

inline constexpr std::size_t signature_size = 64, public_key_size = 32;

class SigningKey {
public:
    static SigningKey fresh();
    // From the 32 bytes of secret().
    explicit SigningKey(const Secret& secret);

    Secret secret() const;
    // 32 bytes.
    std::string public_key() const;
    // 64 bytes.
    std::string sign(std::string_view text) const;

private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    };
    std::shared_ptr<EVP_PKEY> key_;
};

// False also for keys and signatures of other lengths.
bool is_signed_by(std::string_view public_key, std::string_view text, std::string_view signature);

// SubjectPublicKeyInfo in PEM (RFC 8410), as `openssl pkeyutl -pubin` reads it.
std::string public_key_pem(std::string_view public_key);
// All Ed25519 public keys of a PEM text, in order; nothing when there is something else in it.
std::optional<std::vector<std::string>> public_keys_in(const std::string& pem);

}  // namespace concordat::storage
