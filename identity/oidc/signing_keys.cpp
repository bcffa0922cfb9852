#include "identity/oidc/signing_keys.hpp"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <optional>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::identity::oidc {
namespace {

using storage::bytes_of;

template <auto free_it>
struct Freed {
    template <class T>
    void operator()(T* it) const {
        free_it(it);
    }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

struct Algorithm {
    std::string_view name, type, curve;  // of the key
    const char* digest;                  // null: the key's own
    bool is_pss;
    std::size_t half;  // bytes of each half of an elliptic signature
};
constexpr Algorithm algorithms[] = {
    {"RS256", "RSA", "", "SHA256", false, 0},      {"RS384", "RSA", "", "SHA384", false, 0},
    {"RS512", "RSA", "", "SHA512", false, 0},      {"PS256", "RSA", "", "SHA256", true, 0},
    {"PS384", "RSA", "", "SHA384", true, 0},       {"PS512", "RSA", "", "SHA512", true, 0},
    {"ES256", "EC", "P-256", "SHA256", false, 32}, {"ES384", "EC", "P-384", "SHA384", false, 48},
    {"ES512", "EC", "P-521", "SHA512", false, 66}, {"EdDSA", "OKP", "Ed25519", nullptr, false, 0},
};

const Algorithm* algorithm_of(std::string_view name) {
    const auto at = std::ranges::find(algorithms, name, &Algorithm::name);
    return at == std::end(algorithms) ? nullptr : &*at;
}

std::string text_in(const json::object& from, const char* name) {
    const auto* value = from.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<std::string> bytes_in(const json::object& from, const char* name) {
    const auto text = text_in(from, name);
    return text.empty() ? std::nullopt : storage::from_base64_url(text);
}

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) {
    return key ? std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free) : nullptr;
}

std::shared_ptr<EVP_PKEY> key_from(const char* type, OSSL_PARAM_BLD* builder) {
    const Params params(OSSL_PARAM_BLD_to_param(builder));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
        return nullptr;
    return owned(key);
}

std::shared_ptr<EVP_PKEY> rsa_key(const json::object& jwk) {
    const auto n = bytes_in(jwk, "n"), e = bytes_in(jwk, "e");
    if (!n || !e || n->size() > 2048 || e->size() > 8) return nullptr;
    const Number modulus(BN_bin2bn(bytes_of(*n), static_cast<int>(n->size()), nullptr));
    const Number exponent(BN_bin2bn(bytes_of(*e), static_cast<int>(e->size()), nullptr));
    const Builder builder(OSSL_PARAM_BLD_new());
    if (!modulus || !exponent || !builder ||
        !OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) ||
        !OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()))
        return nullptr;
    auto key = key_from("RSA", builder.get());
    return key && EVP_PKEY_get_bits(key.get()) >= SigningKeys::least_rsa_bits ? key : nullptr;
}

std::shared_ptr<EVP_PKEY> elliptic_key(const json::object& jwk, const std::string& curve) {
    const auto at = std::ranges::find(algorithms, curve, &Algorithm::curve);
    const auto x = bytes_in(jwk, "x"), y = bytes_in(jwk, "y");
    if (at == std::end(algorithms) || !x || !y || x->size() != at->half || y->size() != at->half)
        return nullptr;
    const auto point = "\x04" + *x + *y;
    const Builder builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        !OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.c_str(), 0) ||
        !OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()))
        return nullptr;
    return key_from("EC", builder.get());
}

std::shared_ptr<EVP_PKEY> edwards_key(const json::object& jwk, const std::string& curve) {
    const auto x = bytes_in(jwk, "x");
    if (curve != "Ed25519" || !x || x->size() != 32) return nullptr;
    return owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*x), x->size()));
}

// Both halves as numbers of one length (RFC 7518, section 3.4), as OpenSSL reads them.
std::optional<std::string> der_of(std::string_view signature, std::size_t half) {
    if (signature.size() != 2 * half) return std::nullopt;
    const EcSignature pair(ECDSA_SIG_new());
    Number r(BN_bin2bn(bytes_of(signature), static_cast<int>(half), nullptr));
    Number s(BN_bin2bn(bytes_of(signature) + half, static_cast<int>(half), nullptr));
    if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return std::nullopt;
    r.release();
    s.release();
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &der);
    if (size <= 0) return std::nullopt;
    std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
}

bool is_signed_by(EVP_PKEY* key, const Algorithm& algorithm, std::string_view text,
                  std::string_view signature) {
    std::string der;
    if (algorithm.half > 0) {
        auto made = der_of(signature, algorithm.half);
        if (!made) return false;
        der = std::move(*made);
        signature = der;
    }
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;
    if (!context || EVP_DigestVerifyInit_ex(context.get(), &options, algorithm.digest, nullptr, nullptr, key,
                                            nullptr) != 1)
        return false;
    if (algorithm.is_pss && (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
                             EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1))
        return false;
    return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                            text.size()) == 1;
}

}  // namespace

SigningKeys::SigningKeys(std::string_view jwks) {
    const auto parsed = parse_json_value(jwks, "keys");
    const auto* list = parsed.is_object() ? parsed.get_object().if_contains("keys") : nullptr;
    require(list && list->is_array() && list->get_array().size() <= most_keys, Fault::invalid, "oidc.keys",
            "What the provider shows is no set of keys.");
    for (const auto& item : list->get_array()) {
        if (!item.is_object()) continue;
        const auto& jwk = item.get_object();
        if (const auto use = text_in(jwk, "use"); !use.empty() && use != "sig") continue;
        Key key{text_in(jwk, "kid"), text_in(jwk, "kty"), text_in(jwk, "crv"), text_in(jwk, "alg"), nullptr};
        if (key.type == "RSA") {
            key.curve.clear();
            key.key = rsa_key(jwk);
        }
        if (key.type == "EC") key.key = elliptic_key(jwk, key.curve);
        if (key.type == "OKP") key.key = edwards_key(jwk, key.curve);
        if (key.key) keys_.push_back(std::move(key));
    }
}

bool SigningKeys::has(std::string_view key_id) const {
    return std::ranges::any_of(keys_, [&](const Key& key) { return key_id.empty() || key.id == key_id; });
}

bool SigningKeys::verifies(std::string_view name, std::string_view key_id, std::string_view signed_text,
                           std::string_view signature) const {
    const auto* algorithm = algorithm_of(name);
    if (!algorithm) return false;
    return std::ranges::any_of(keys_, [&](const Key& key) {
        return (key_id.empty() || key.id == key_id) && key.type == algorithm->type &&
               key.curve == algorithm->curve && (key.algorithm.empty() || key.algorithm == name) &&
               is_signed_by(key.key.get(), *algorithm, signed_text, signature);
    });
}

}  // namespace concordat::identity::oidc
