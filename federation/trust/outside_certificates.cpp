#include "federation/trust/outside_certificates.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::federation {
namespace {

template <auto release>
struct Frees {
    template <class T>
    void operator()(T* pointer) const {
        release(pointer);
    }
};
using OutsideFile = std::unique_ptr<BIO, Frees<BIO_free_all>>;
using OutsideCertificate = std::unique_ptr<X509, Frees<X509_free>>;
using OutsideKey = std::unique_ptr<EVP_PKEY, Frees<EVP_PKEY_free>>;
using RevocationList = std::unique_ptr<X509_CRL, Frees<X509_CRL_free>>;
using Digesting = std::unique_ptr<EVP_MD_CTX, Frees<EVP_MD_CTX_free>>;
using CertificateStore = std::unique_ptr<X509_STORE, Frees<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Frees<X509_STORE_CTX_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Frees<GENERAL_NAMES_free>>;

constexpr std::size_t longest_certificate_name = 255;
constexpr int deepest = 4;

// Nobody is at the machine to be asked.
int no_password(char*, int, int, void*) {
    return -1;
}

// Of Ed25519 and Ed448 the digest is their own affair.
const EVP_MD* digest_for(EVP_PKEY* key) {
    const int type = EVP_PKEY_base_id(key);
    return type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448 ? nullptr : EVP_sha256();
}

std::vector<OutsideCertificate> certificates_in(const std::string& path) {
    std::vector<OutsideCertificate> out;
    const OutsideFile file(BIO_new_file(path.c_str(), "r"));
    while (file) {
        OutsideCertificate one(PEM_read_bio_X509(file.get(), nullptr, no_password, nullptr));
        if (!one) break;
        out.push_back(std::move(one));
    }
    ERR_clear_error();
    return out;
}

std::string der_of(X509* certificate) {
    unsigned char* bytes = nullptr;
    const int length = i2d_X509(certificate, &bytes);
    if (length <= 0) return {};
    std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
    OPENSSL_free(bytes);
    return out;
}

OutsideCertificate from_der(const std::string& text) {
    const auto bytes = storage::from_base64(text).value_or("");
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    const auto* begin = at;
    OutsideCertificate out(d2i_X509(nullptr, &at, static_cast<long>(bytes.size())));
    ERR_clear_error();
    if (!out || at != begin + bytes.size()) return nullptr;
    return out;
}

[[noreturn]] void cannot_show(const std::string& why) {
    ERR_clear_error();
    throw Error(Fault::unavailable, "federation.certificate_file",
                "This node's certificate for partners cannot be used.", why);
}

std::string signed_with(EVP_PKEY* key, const std::string& text) {
    const Digesting context(EVP_MD_CTX_new());
    std::size_t length = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    if (!context || EVP_DigestSignInit(context.get(), nullptr, digest_for(key), nullptr, key) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &length, bytes, text.size()) != 1)
        cannot_show("its key cannot sign");
    std::string out(length, '\0');
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length, bytes,
                       text.size()) != 1)
        cannot_show("its key cannot sign");
    out.resize(length);
    return out;
}

bool has_signed(EVP_PKEY* key, const std::string& text, const std::string& signature) {
    const Digesting context(EVP_MD_CTX_new());
    const bool is_good =
        key && context && EVP_DigestVerifyInit(context.get(), nullptr, digest_for(key), nullptr, key) == 1 &&
        EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                         signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                         text.size()) == 1;
    ERR_clear_error();
    return is_good;
}

bool has_name(X509* certificate, const std::string& wanted) {
    const Names names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    if (!names) return false;
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const auto* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS && name->type != GEN_URI) continue;
        const auto* text = name->d.ia5;
        const std::string said(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                               static_cast<std::size_t>(ASN1_STRING_length(text)));
        if (name->type == GEN_DNS && "DNS:" + lower_ascii(said) == "DNS:" + lower_ascii(wanted.substr(4)) &&
            wanted.starts_with("DNS:"))
            return true;
        if (name->type == GEN_URI && "URI:" + said == wanted) return true;
    }
    return false;
}

// Authorities, and what they have revoked; why that cannot be had.
std::string fill_store(X509_STORE* store, const std::string& authorities, const std::string& revoked) {
    const auto all = certificates_in(authorities);
    if (all.empty()) return "there is no authority in the file of authorities, or it cannot be read";
    for (const auto& one : all)
        if (X509_STORE_add_cert(store, one.get()) != 1) return "an authority cannot be used";
    if (revoked.empty()) return {};
    const OutsideFile file(BIO_new_file(revoked.c_str(), "r"));
    int count = 0;
    while (file) {
        const RevocationList list(PEM_read_bio_X509_CRL(file.get(), nullptr, no_password, nullptr));
        if (!list) break;
        if (X509_STORE_add_crl(store, list.get()) == 1) ++count;
    }
    ERR_clear_error();
    if (count == 0) return "there is no list of revoked certificates in its file, or it cannot be read";
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return {};
}

}  // namespace

bool is_certificate_name(const std::string& name) {
    if (!name.starts_with("DNS:") && !name.starts_with("URI:")) return false;
    if (name.size() == 4 || name.size() > longest_certificate_name) return false;
    for (const char c : name)
        if (c <= ' ' || c > '~' || c == '*') return false;
    return true;
}

void OutsideCertificates::show(Hello& hello, const Binding& binding) const {
    if (certificate_.empty()) return;
    const auto chain = certificates_in(certificate_);
    if (chain.empty()) cannot_show("there is no certificate in its file, or it cannot be read");
    const OutsideFile file(BIO_new_file(key_.c_str(), "r"));
    const OutsideKey key(file ? PEM_read_bio_PrivateKey(file.get(), nullptr, no_password, nullptr) : nullptr);
    if (!key) cannot_show("there is no key in its file, or it cannot be read");
    if (X509_check_private_key(chain[0].get(), key.get()) != 1)
        cannot_show("the key is not that of the certificate");
    std::vector<std::string> shown;
    std::size_t bytes = 0;
    for (const auto& one : chain) {
        const auto der = der_of(one.get());
        bytes += der.size();
        shown.push_back(storage::base64(der));
    }
    if (shown.size() > most_certificates || bytes > longest_certificates)
        cannot_show("the certificate and those between are more than 4, or longer than 9000 bytes");
    hello.certificates = std::move(shown);
    hello.certificate_proof = storage::base64(signed_with(key.get(), certificate_text(binding)));
}

std::string OutsideCertificates::objection(const Hello& hello, const Binding& binding,
                                           const std::string& name, Millis now) const {
    if (name.empty()) return "no name is written down that its certificate must have";
    if (!hello.certificates || hello.certificates->empty() || !hello.certificate_proof)
        return "it shows no certificate";
    if (hello.certificates->size() > most_certificates) return "it shows too many certificates";
    std::vector<OutsideCertificate> shown;
    for (const auto& text : *hello.certificates) {
        shown.push_back(from_der(text));
        if (!shown.back()) return "what it shows is no certificate";
    }
    const CertificateStore store(X509_STORE_new());
    const StoreContext context(X509_STORE_CTX_new());
    using Stack = std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * s) { sk_X509_free(s); })>;
    const Stack between(sk_X509_new_null());
    if (!store || !context || !between) return "certificates cannot be checked";
    if (auto why = fill_store(store.get(), authorities_, revoked_); !why.empty()) return why;
    for (std::size_t i = 1; i < shown.size(); ++i) sk_X509_push(between.get(), shown[i].get());
    auto* leaf = shown[0].get();
    if (X509_STORE_CTX_init(context.get(), store.get(), leaf, between.get()) != 1)
        return "certificates cannot be checked";
    X509_STORE_CTX_set_time(context.get(), 0, now / 1000);
    X509_STORE_CTX_set_depth(context.get(), deepest);
    const bool is_good = X509_verify_cert(context.get()) == 1;
    const int error = X509_STORE_CTX_get_error(context.get());
    ERR_clear_error();
    if (!is_good) return std::string("its certificate: ") + X509_verify_cert_error_string(error);
    if (X509_check_ca(leaf) != 0) return "its certificate is an authority's";
    if (!has_name(leaf, name)) return "its certificate has not the name " + name;
    if (!has_signed(X509_get0_pubkey(leaf), certificate_text(binding),
                    storage::from_base64(*hello.certificate_proof).value_or("")))
        return "it does not hold the key of its certificate on this connection";
    return {};
}

}  // namespace concordat::federation
