#include "identity/saml_message/signature.hpp"

#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "core/base/error.hpp"
#include "identity/saml_message/gate.hpp"
#include "identity/saml_message/names.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::identity::saml {
namespace {

template <auto free>
struct Free {
    template <class T>
    void operator()(T* it) const {
        free(it);
    }
};
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Memory = std::unique_ptr<BIO, Free<BIO_free>>;

constexpr int least_rsa_bits = 2048, least_ec_bits = 256;

struct Algorithm {
    std::string_view uri;
    int key_type;
    const EVP_MD* (*hash)();
};
constexpr Algorithm signatures[] = {
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", EVP_PKEY_RSA, EVP_sha256},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", EVP_PKEY_RSA, EVP_sha384},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", EVP_PKEY_RSA, EVP_sha512},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", EVP_PKEY_EC, EVP_sha256},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", EVP_PKEY_EC, EVP_sha384},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", EVP_PKEY_EC, EVP_sha512}};
struct DigestAlgorithm {
    std::string_view uri;
    const EVP_MD* (*hash)();
};
constexpr DigestAlgorithm digests[] = {{"http://www.w3.org/2001/04/xmlenc#sha256", EVP_sha256},
                                       {"http://www.w3.org/2001/04/xmldsig-more#sha384", EVP_sha384},
                                       {"http://www.w3.org/2001/04/xmlenc#sha512", EVP_sha512}};

template <std::size_t n, class T>
const T* known(const T (&all)[n], std::string_view uri) {
    for (const auto& one : all)
        if (one.uri == uri) return &one;
    return nullptr;
}

// Of what a stranger wrote: for a detail, so not endless.
std::string named(std::string_view text) {
    return "\"" + std::string(text.substr(0, 100)) + "\"";
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Certificate certificate_of(const std::string& der_base64) {
    const auto der = decoded(der_base64);
    if (!der) return nullptr;
    const auto* at = bytes_of(*der);
    return Certificate(d2i_X509(nullptr, &at, static_cast<long>(der->size())));
}

Memory memory_of(const std::string& text) {
    return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Certificate certificate_in_pem(const std::string& pem) {
    const auto memory = memory_of(pem);
    return Certificate(memory ? PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr) : nullptr);
}

// Never asks a terminal for a passphrase.
Key key_in_pem(const std::string& pem) {
    const auto memory = memory_of(pem);
    char none[] = "";
    return Key(memory ? PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, none) : nullptr);
}

bool is_strong(const EVP_PKEY* key) {
    const int type = EVP_PKEY_get_base_id(key), bits = EVP_PKEY_get_bits(key);
    return (type == EVP_PKEY_RSA && bits >= least_rsa_bits) || (type == EVP_PKEY_EC && bits >= least_ec_bits);
}

// XML Signature writes the two numbers of ECDSA one after the other, OpenSSL wants them in ASN.1.
std::string ecdsa_form(const std::string& value) {
    if (value.empty() || value.size() % 2 != 0) return {};
    const auto half = static_cast<int>(value.size() / 2);
    std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>> form(ECDSA_SIG_new());
    auto* r = BN_bin2bn(bytes_of(value), half, nullptr);
    auto* s = BN_bin2bn(bytes_of(value) + half, half, nullptr);
    if (!form || !r || !s || ECDSA_SIG_set0(form.get(), r, s) != 1) return {};
    unsigned char* out = nullptr;
    const int size = i2d_ECDSA_SIG(form.get(), &out);
    std::string text(reinterpret_cast<char*>(out), size > 0 ? static_cast<std::size_t>(size) : 0);
    OPENSSL_free(out);
    return text;
}

bool verifies(EVP_PKEY* key, const Algorithm& algorithm, std::string_view text, const std::string& value) {
    const auto form = algorithm.key_type == EVP_PKEY_EC ? ecdsa_form(value) : value;
    const Context context(EVP_MD_CTX_new());
    return context && !form.empty() &&
           EVP_DigestVerifyInit(context.get(), nullptr, algorithm.hash(), nullptr, key) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(form), form.size(), bytes_of(text), text.size()) == 1;
}

bool by_one_of(const std::vector<std::string>& certificates, const Algorithm& algorithm,
               std::string_view text, const std::string& value, Findings& findings) {
    bool has_weak = false;
    for (const auto& one : certificates) {
        const auto certificate = certificate_of(one);
        auto* key = certificate ? X509_get0_pubkey(certificate.get()) : nullptr;
        if (!key || EVP_PKEY_get_base_id(key) != algorithm.key_type) continue;
        if (!is_strong(key))
            has_weak = true;
        else if (verifies(key, algorithm, text, value))
            return true;
    }
    return findings.refuse("saml.signature",
                           has_weak ? "The provider's key is shorter than 2048 bits (RSA) or 256 (ECDSA)."
                                    : "The signature is of none of the provider's " +
                                          std::to_string(certificates.size()) +
                                          " certificates, or what it covers was changed.");
}

std::string digest(const DigestAlgorithm& algorithm, std::string_view text) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    require(EVP_Digest(text.data(), text.size(), out, &size, algorithm.hash(), nullptr) == 1, Fault::internal,
            "saml.digest");
    return {reinterpret_cast<char*>(out), size};
}

// The one reference of a SignedInfo, when it is of the only form that is allowed.
const Element* reference_in(const Element& info, Findings& findings) {
    const auto references = info.all(signature_ns, "Reference");
    if (references.size() != 1) {
        findings.refuse("saml.signature", "A signature must cover exactly one element.");
        return nullptr;
    }
    std::size_t envelopes = 0, others = 0;
    if (const auto* transforms = references[0]->child(signature_ns, "Transforms"))
        for (const auto& one : transforms->children) {
            const auto& uri = one.attribute("Algorithm");
            const bool is_c14n = uri == exclusive_c14n || uri == inclusive_c14n || uri == inclusive_c14n_11;
            if (uri == enveloped)
                ++envelopes;
            else if (is_c14n)
                ++others;
            else
                others += 2;
        }
    if (envelopes == 1 && others <= 1) return references[0];
    findings.refuse("saml.signature",
                    "A signature uses transforms other than the enveloped one and one form.");
    return nullptr;
}

bool is_digest_of(const Element& reference, const std::string& element, Findings& findings) {
    const auto* method = reference.child(signature_ns, "DigestMethod");
    const auto* value = reference.child(signature_ns, "DigestValue");
    const auto* algorithm = method ? known(digests, method->attribute("Algorithm")) : nullptr;
    if (!algorithm)
        return findings.refuse("saml.algorithm", "The digest " +
                                                     named(method ? method->attribute("Algorithm") : "") +
                                                     " is not allowed; have the provider use SHA-256.");
    const auto wanted = value ? decoded(value->text) : std::nullopt;
    if (!wanted || !storage::constant_time_equal(*wanted, digest(*algorithm, element)))
        return findings.refuse("saml.signature", "What the signature covers was changed.");
    return true;
}

}  // namespace

std::optional<Element> signed_element(const SignedPart& part, const std::vector<std::string>& certificates,
                                      Findings& findings) {
    const auto info = parse_canonical(part.signed_info);
    auto element = parse_canonical(part.element);
    const auto value = decoded(part.value);
    if (!info || !info->is(signature_ns, "SignedInfo") || !element || !value) {
        findings.refuse("saml.signature", "A signature is not of the form that is allowed.");
        return std::nullopt;
    }
    const auto* method = info->child(signature_ns, "SignatureMethod");
    const auto* algorithm = method ? known(signatures, method->attribute("Algorithm")) : nullptr;
    if (!algorithm) {
        findings.refuse("saml.algorithm",
                        "The signature " + named(method ? method->attribute("Algorithm") : "") +
                            " is not allowed; have the provider use RSA or ECDSA with SHA-256.");
        return std::nullopt;
    }
    const auto* reference = reference_in(*info, findings);
    if (!reference) return std::nullopt;
    const auto& id = element->attribute("ID");
    if (id.empty() || reference->attribute("URI") != "#" + id) {
        findings.refuse("saml.signature", "A signature covers another element than the one it stands in.");
        return std::nullopt;
    }
    if (!is_digest_of(*reference, part.element, findings) ||
        !by_one_of(certificates, *algorithm, part.signed_info, *value, findings))
        return std::nullopt;
    return element;
}

bool is_signed_query(std::string_view query, std::string_view algorithm, const std::string& signature,
                     const std::vector<std::string>& certificates, Findings& findings) {
    const auto* method = known(signatures, algorithm);
    if (!method)
        return findings.refuse("saml.algorithm",
                               "The signature " + named(algorithm) +
                                   " is not allowed; have the provider use RSA or ECDSA with SHA-256.");
    const auto value = decoded(signature);
    if (!value) return findings.refuse("saml.signature", "The signature is not base64.");
    return by_one_of(certificates, *method, query, *value, findings);
}

std::string_view signing_algorithm(SigningHash hash) {
    return hash == SigningHash::sha512 ? "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
                                       : "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
}

std::string signature_of(std::string_view text, const std::string& key_pem, SigningHash hash) {
    const auto key = key_in_pem(key_pem);
    require(key && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA && is_strong(key.get()), Fault::invalid,
            "saml.key", "PrivateKeyFile must hold an RSA key of 2048 bits or more, without passphrase.");
    const Context context(EVP_MD_CTX_new());
    std::string out(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())), '\0');
    auto size = out.size();
    const auto* method = hash == SigningHash::sha512 ? EVP_sha512() : EVP_sha256();
    require(context && EVP_DigestSignInit(context.get(), nullptr, method, nullptr, key.get()) == 1 &&
                EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                               bytes_of(text), text.size()) == 1,
            Fault::internal, "saml.sign");
    out.resize(size);
    return out;
}

std::optional<CertificateFacts> certificate_facts(const std::string& text) {
    auto certificate = certificate_in_pem(text);
    if (!certificate) certificate = certificate_of(text);
    auto* key = certificate ? X509_get0_pubkey(certificate.get()) : nullptr;
    if (!key) return std::nullopt;
    CertificateFacts facts;
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate.get(), &der);
    if (size > 0) facts.der = storage::base64({reinterpret_cast<char*>(der), static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    char name[256] = "";
    X509_NAME_oneline(X509_get_subject_name(certificate.get()), name, sizeof name);
    facts.subject = name;
    auto millis = [](const ASN1_TIME* at) {
        tm parts{};
        return at && ASN1_TIME_to_tm(at, &parts) == 1 ? static_cast<Millis>(timegm(&parts)) * 1000
                                                      : Millis{0};
    };
    facts.not_before = millis(X509_get0_notBefore(certificate.get()));
    facts.not_after = millis(X509_get0_notAfter(certificate.get()));
    facts.is_strong = is_strong(key);
    return facts;
}

bool is_private_key(const std::string& text) {
    return key_in_pem(text) != nullptr;
}

bool belong_together(const std::string& certificate_pem, const std::string& key_pem) {
    const auto certificate = certificate_in_pem(certificate_pem);
    const auto key = key_in_pem(key_pem);
    return certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1;
}

}  // namespace concordat::identity::saml
