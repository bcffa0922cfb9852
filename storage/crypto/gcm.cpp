#include "storage/crypto/gcm.hpp"

#include <openssl/evp.h>

#include <memory>

#include "core/base/error.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::storage {
namespace {

constexpr std::size_t longest = std::size_t{1} << 30;

void must(int result) {
    if (result <= 0) throw Error(Fault::internal, "storage.crypto.failed", "The cipher could not be used.");
}

// Looking the cipher up and allocating contexts costs more than sealing a message, so a thread
// does it once.
class Contexts {
public:
    Contexts() : cipher_(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)) {
        if (!cipher_ || !sealing_ || !opening_) must(0);
        must(EVP_EncryptInit_ex2(sealing_.get(), cipher_.get(), nullptr, nullptr, nullptr));
        must(EVP_DecryptInit_ex2(opening_.get(), cipher_.get(), nullptr, nullptr, nullptr));
    }
    EVP_CIPHER_CTX* sealing() { return sealing_.get(); }
    EVP_CIPHER_CTX* opening() { return opening_.get(); }

private:
    struct Free {
        void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
        void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
    };
    std::unique_ptr<EVP_CIPHER, Free> cipher_;
    std::unique_ptr<EVP_CIPHER_CTX, Free> sealing_{EVP_CIPHER_CTX_new()};
    std::unique_ptr<EVP_CIPHER_CTX, Free> opening_{EVP_CIPHER_CTX_new()};
};

Contexts& contexts() {
    thread_local Contexts of_this_thread;
    return of_this_thread;
}

}  // namespace

void gcm_seal(const std::uint8_t* key, const Nonce& nonce, std::string_view associated,
              std::string_view plain, std::uint8_t* out) {
    require(plain.size() <= longest, Fault::too_large, "storage.crypto.too_large");
    auto* context = contexts().sealing();
    int written = 0;
    must(EVP_EncryptInit_ex2(context, nullptr, key, nonce.data(), nullptr));
    must(EVP_EncryptUpdate(context, nullptr, &written, bytes_of(associated),
                           static_cast<int>(associated.size())));
    if (!plain.empty())
        must(EVP_EncryptUpdate(context, out, &written, bytes_of(plain), static_cast<int>(plain.size())));
    must(EVP_EncryptFinal_ex(context, out + plain.size(), &written));
    must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, gcm_tag_size, out + plain.size()));
}

bool gcm_open(const std::uint8_t* key, const Nonce& nonce, std::string_view associated,
              std::string_view sealed, std::uint8_t* out) {
    if (sealed.size() < gcm_tag_size || sealed.size() > longest + gcm_tag_size) return false;
    const auto size = sealed.size() - gcm_tag_size;
    auto* context = contexts().opening();
    int written = 0;
    must(EVP_DecryptInit_ex2(context, nullptr, key, nonce.data(), nullptr));
    must(EVP_DecryptUpdate(context, nullptr, &written, bytes_of(associated),
                           static_cast<int>(associated.size())));
    if (size > 0) must(EVP_DecryptUpdate(context, out, &written, bytes_of(sealed), static_cast<int>(size)));
    auto tag = sealed.substr(size);
    must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, gcm_tag_size, const_cast<char*>(tag.data())));
    if (EVP_DecryptFinal_ex(context, out + size, &written) > 0) return true;
    wipe(out, size);
    return false;
}

}  // namespace concordat::storage
