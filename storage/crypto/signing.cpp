#include "storage/crypto/signing.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::storage {
namespace {

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

void must(bool worked) {
    if (worked) return;
    ERR_clear_error();
    throw Error(Fault::internal, "storage.crypto.failed", "The signature could not be made.");
}

Key public_key_of(std::string_view bytes) {
    if (bytes.size() != public_key_size) return nullptr;
    return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(bytes), bytes.size()));
}

std::string raw_public_key(const EVP_PKEY* key) {
    std::string out(public_key_size, '\0');
    auto length = out.size();
    must(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<std::uint8_t*>(out.data()), &length) == 1 &&
         length == out.size());
    return out;
}

}  // namespace

SigningKey SigningKey::fresh() {
    return SigningKey(Secret::random());
}

SigningKey::SigningKey(const Secret& secret)
    : key_(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), Secret::size), Free()) {
    must(key_ != nullptr);
}

Secret SigningKey::secret() const {
    Secret out;
    auto length = Secret::size;
    must(EVP_PKEY_get_raw_private_key(key_.get(), out.writable().data(), &length) == 1);
    return out;
}

std::string SigningKey::public_key() const {
    return raw_public_key(key_.get());
}

std::string SigningKey::sign(std::string_view text) const {
    const Context context(EVP_MD_CTX_new());
    std::string out(signature_size, '\0');
    auto length = out.size();
    must(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
         EVP_DigestSign(context.get(), reinterpret_cast<std::uint8_t*>(out.data()), &length, bytes_of(text),
                        text.size()) == 1 &&
         length == out.size());
    return out;
}

bool is_signed_by(std::string_view public_key, std::string_view text, std::string_view signature) {
    if (signature.size() != signature_size) return false;
    const auto key = public_key_of(public_key);
    const Context context(EVP_MD_CTX_new());
    const bool is_good =
        key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
        EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) ==
            1;
    ERR_clear_error();
    return is_good;
}

std::string public_key_pem(std::string_view public_key) {
    const auto key = public_key_of(public_key);
    const Bio out(BIO_new(BIO_s_mem()));
    must(key && out && PEM_write_bio_PUBKEY(out.get(), key.get()) == 1);
    char* text = nullptr;
    const auto length = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

std::optional<std::vector<std::string>> public_keys_in(const std::string& pem) {
    constexpr std::string_view begin = "-----BEGIN PUBLIC KEY-----", end = "-----END PUBLIC KEY-----";
    std::vector<std::string> out;
    std::string_view rest = pem;
    while (!trimmed(rest).empty()) {
        rest = trimmed(rest);
        const auto length = rest.find(end);
        if (!rest.starts_with(begin) || length == rest.npos) return std::nullopt;
        const auto block = rest.substr(0, length + end.size());
        rest.remove_prefix(block.size());
        const Bio in(BIO_new_mem_buf(block.data(), static_cast<int>(block.size())));
        const Key key(in ? PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr) : nullptr);
        ERR_clear_error();
        if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) return std::nullopt;
        out.push_back(raw_public_key(key.get()));
    }
    if (out.empty()) return std::nullopt;
    return out;
}

}  // namespace concordat::storage
