// An authenticator and its browser, for tests: makes passkeys and answers challenges, rightly unless a member
// is changed. For tests of identity/passkey and of the rooms above it.
#pragma once
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "identity/passkey/webauthn.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::test {

class Authenticator {
public:
    // `algorithm` as COSE numbers it: -7, -8, -257; -35 is one that is not offered.
    explicit Authenticator(int algorithm = -7) : algorithm(algorithm), key_(make_key(algorithm)) {}

    int algorithm;
    std::string party = "localhost", origin = "http://localhost:8065";
    std::string credential_id = storage::random_bytes(32);
    std::string user_handle;  // raw; said when it is not empty
    std::uint32_t sign_count = 0;
    bool counts = true;
    bool is_present = true, is_verified = true, may_sync = false, is_synced = false, is_cross_origin = false;
    std::string type_of_creation = "webauthn.create", type_of_use = "webauthn.get";
    std::string format = "none";        // or "packed": signed by the key itself
    std::string behind_data;            // after authenticator data
    std::string behind_attestation;     // after the attestation object
    bool lies_about_statement = false;  // "none" with something in it

    // `challenge` is base64url, as options have it.
    identity::RegistrationAnswer create(const std::string& challenge) {
        identity::RegistrationAnswer out;
        out.id = storage::base64_url(credential_id);
        out.type = "public-key";
        const auto client = client_data(type_of_creation, challenge);
        auto data = head(0x40) + std::string(16, '\0');
        data += static_cast<char>(credential_id.size() >> 8);
        data += static_cast<char>(credential_id.size() & 0xff);
        data += credential_id + cose_key() + behind_data;
        std::string statement = "\xa0";
        if (format == "packed")
            statement =
                "\xa2" + text("alg") + integer(algorithm) + text("sig") + bytes(signed_of(data, client));
        if (lies_about_statement) statement = "\xa1" + text("sig") + bytes("x");
        const auto object = "\xa3" + text("fmt") + text(format) + text("attStmt") + statement +
                            text("authData") + bytes(data) + behind_attestation;
        out.response.clientDataJSON = storage::base64_url(client);
        out.response.attestationObject = storage::base64_url(object);
        out.response.transports = {"internal"};
        return out;
    }

    identity::AssertionAnswer use(const std::string& challenge) {
        if (counts) ++sign_count;
        identity::AssertionAnswer out;
        out.id = storage::base64_url(credential_id);
        out.type = "public-key";
        const auto client = client_data(type_of_use, challenge);
        const auto data = head(0) + behind_data;
        out.response.clientDataJSON = storage::base64_url(client);
        out.response.authenticatorData = storage::base64_url(data);
        out.response.signature = storage::base64_url(signed_of(data, client));
        if (!user_handle.empty()) out.response.userHandle = storage::base64_url(user_handle);
        return out;
    }

private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    static EVP_PKEY* make_key(int algorithm) {
        EVP_PKEY* key = algorithm == -8     ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                        : algorithm == -257 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})
                        : algorithm == -35  ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384")
                                            : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
        if (!key) throw std::runtime_error("no key");
        return key;
    }

    static std::string cbor_head(int major, std::uint64_t value) {
        std::string out;
        const auto put = [&](int first, int size) {
            out += static_cast<char>(major << 5 | first);
            for (int i = size - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
        };
        if (value < 24)
            put(static_cast<int>(value), 0);
        else if (value < 0x100)
            put(24, 1);
        else
            put(25, 2);
        return out;
    }
    static std::string text(std::string_view value) {
        return cbor_head(3, value.size()) + std::string(value);
    }
    static std::string bytes(std::string_view value) {
        return cbor_head(2, value.size()) + std::string(value);
    }
    static std::string integer(int value) {
        return value < 0 ? cbor_head(1, static_cast<std::uint64_t>(-1 - value))
                         : cbor_head(0, static_cast<std::uint64_t>(value));
    }

    std::string part(const char* name, std::size_t size) const {
        BIGNUM* number = nullptr;
        if (EVP_PKEY_get_bn_param(key_.get(), name, &number) != 1) throw std::runtime_error(name);
        std::string out(size, '\0');
        BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(size));
        BN_free(number);
        return out;
    }
    std::string cose_key() const {
        if (algorithm == -8) {
            std::size_t size = 32;
            std::string raw(size, '\0');
            EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
            return "\xa4" + integer(1) + integer(1) + integer(3) + integer(-8) + integer(-1) + integer(6) +
                   integer(-2) + bytes(raw);
        }
        if (algorithm == -257)
            return "\xa4" + integer(1) + integer(3) + integer(3) + integer(-257) + integer(-1) +
                   bytes(part("n", 256)) + integer(-2) + bytes(part("e", 3));
        const bool is_large = algorithm == -35;
        const std::size_t size = is_large ? 48 : 32;
        return "\xa5" + integer(1) + integer(2) + integer(3) + integer(algorithm) + integer(-1) +
               integer(is_large ? 2 : 1) + integer(-2) + bytes(part("qx", size)) + integer(-3) +
               bytes(part("qy", size));
    }

    std::string client_data(const std::string& type, const std::string& challenge) const {
        return R"({"type":")" + type + R"(","challenge":")" + challenge + R"(","origin":")" + origin +
               R"(","crossOrigin":)" + (is_cross_origin ? "true}" : "false}");
    }
    std::string head(int flags) const {
        flags |= (is_present ? 1 : 0) | (is_verified ? 4 : 0) | (may_sync ? 8 : 0) | (is_synced ? 16 : 0);
        std::string out(storage::text_of(storage::sha256(party)));
        out += static_cast<char>(flags);
        std::uint8_t count[4];
        storage::put_u32(count, sign_count);
        return out.append(reinterpret_cast<const char*>(count), 4);
    }
    std::string signed_of(const std::string& data, const std::string& client) const {
        const auto said = data + std::string(storage::text_of(storage::sha256(client)));
        const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
        const auto* digest = algorithm == -8 ? nullptr : EVP_sha256();
        std::size_t size = 0;
        if (EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) != 1 ||
            EVP_DigestSign(context.get(), nullptr, &size, storage::bytes_of(said), said.size()) != 1)
            throw std::runtime_error("not signed");
        std::string out(size, '\0');
        if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                           storage::bytes_of(said), said.size()) != 1)
            throw std::runtime_error("not signed");
        out.resize(size);
        return out;
    }

    std::unique_ptr<EVP_PKEY, Free> key_;
};

}  // namespace concordat::test
