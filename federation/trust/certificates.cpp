#include "federation/trust/certificates.hpp"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace concordat::federation {
namespace {

template <auto release>
struct Releases {
    template <class T>
    void operator()(T* pointer) const {
        release(pointer);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Releases<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Releases<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Releases<X509_EXTENSION_free>>;
using Octets = std::unique_ptr<ASN1_OCTET_STRING, Releases<ASN1_OCTET_STRING_free>>;

constexpr long clocks_differ = 3600;  // seconds
constexpr const char* cipher_suites =
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
constexpr const char* groups = "X25519:P-256:P-384";
constexpr const char* signatures = "ed25519";
constexpr const char* exporter_label = "EXPORTER-Channel-Binding";
constexpr int longest_chain = 40 << 10;  // bytes; 64 changes of a key are 24 KiB
// Of a random UUID (ITU-T X.667), for the keys that an organisation has had.
constexpr const char* keys_extension = "2.25.203744925083119265174208385624107593086";

void check(bool ok, const char* what) {
    if (ok) return;
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    throw Error(Fault::internal, "federation.tls", "TLS between nodes could not be set up.",
                std::string(what) + ": " + (reason ? reason : "?"));
}

void add_extension(X509* certificate, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
    check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

const ASN1_OBJECT* keys_object() {
    static const ASN1_OBJECT* object = OBJ_txt2obj(keys_extension, 1);
    return object;
}

void add_keys(X509* certificate, const KeyChain& keys) {
    const auto bytes = keys.encode();
    const Octets inner(ASN1_OCTET_STRING_new()), outer(ASN1_OCTET_STRING_new());
    check(inner && outer &&
              ASN1_OCTET_STRING_set(inner.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                                    static_cast<int>(bytes.size())) == 1,
          "keys");
    unsigned char* der = nullptr;
    const int length = i2d_ASN1_OCTET_STRING(inner.get(), &der);
    check(length > 0, "keys");
    ASN1_STRING_set0(outer.get(), der, length);
    const Extension extension(X509_EXTENSION_create_by_OBJ(nullptr, keys_object(), 0, outer.get()));
    check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "keys");
}

// What the certificate of an organisation tells of its keys; of one that has had one key, that.
KeyChain keys_in(X509* certificate, const std::string& key) {
    const int at = X509_get_ext_by_OBJ(certificate, keys_object(), -1);
    if (at < 0) return KeyChain(key);
    const auto* outer = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
    const auto* bytes = ASN1_STRING_get0_data(outer);
    const Octets inner(d2i_ASN1_OCTET_STRING(nullptr, &bytes, ASN1_STRING_length(outer)));
    if (!inner) return {};
    try {
        auto keys = KeyChain::decode({reinterpret_cast<const char*>(ASN1_STRING_get0_data(inner.get())),
                                      static_cast<std::size_t>(ASN1_STRING_length(inner.get()))});
        for (const auto& known : keys.keys())
            if (known.public_key == key) return keys;
    } catch (const Error&) {  // inside a C callback: nobody is the answer
    }
    return {};
}

void set_name(X509_NAME* name, const std::string& text) {
    check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0) == 1,
          "name");
}

// One certificate for `subject`'s key, signed by `issuer`.
Certificate certificate_of(EVP_PKEY* subject, EVP_PKEY* issuer, const std::string& name,
                           const std::string& issuer_name, int days, const KeyChain* authority) {
    Certificate made(X509_new());
    check(made != nullptr, "certificate");
    auto* cert = made.get();
    std::uint64_t serial = 0;
    check(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "serial");
    check(X509_set_version(cert, 2) == 1, "version");
    check(ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1) == 1, "serial");
    check(
        X509_gmtime_adj(X509_getm_notBefore(cert), days < 0 ? 86400L * 2 * days : -clocks_differ) != nullptr,
        "validity");
    check(X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * days) != nullptr, "validity");
    check(X509_set_pubkey(cert, subject) == 1, "key");
    set_name(X509_get_subject_name(cert), name);
    set_name(X509_get_issuer_name(cert), issuer_name);
    if (authority) {
        if (!authority->changes().empty()) add_keys(cert, *authority);
        add_extension(cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
        add_extension(cert, NID_key_usage, "critical,keyCertSign");
    } else {
        add_extension(cert, NID_basic_constraints, "critical,CA:FALSE");
        add_extension(cert, NID_key_usage, "critical,digitalSignature");
        add_extension(cert, NID_ext_key_usage, "serverAuth,clientAuth");
    }
    check(X509_sign(cert, issuer, nullptr) > 0, "signature");
    return made;
}

Key private_key(const storage::SigningKey& key) {
    const auto secret = key.secret();
    Key out(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), storage::Secret::size));
    check(out != nullptr, "key");
    return out;
}

// 32 bytes of an Ed25519 key; "" of any other.
std::string raw_key(X509* certificate) {
    auto* key = X509_get0_pubkey(certificate);
    unsigned char bytes[storage::public_key_size];
    std::size_t length = sizeof bytes;
    if (!key || EVP_PKEY_id(key) != EVP_PKEY_ED25519 ||
        EVP_PKEY_get_raw_public_key(key, bytes, &length) != 1 || length != sizeof bytes)
        return {};
    return {reinterpret_cast<const char*>(bytes), length};
}

bool is_valid_now(X509* certificate) {
    return X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0 &&
           X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

// Whose node it is, when the chain is a node's certificate signed by an organisation, and nothing else.
std::optional<Peer> peer_in(X509* leaf, STACK_OF(X509) * chain) {
    if (!leaf || !chain) return {};
    X509* authority = nullptr;
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        auto* one = sk_X509_value(chain, i);
        if (X509_cmp(one, leaf) == 0) continue;
        if (authority) return {};
        authority = one;
    }
    if (!authority) return {};
    const auto key = raw_key(authority);
    if (key.empty() || raw_key(leaf).empty() || key == raw_key(leaf)) return {};
    const auto usage = X509_get_extended_key_usage(leaf);
    const bool is_node = X509_check_ca(leaf) == 0 && (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) &&
                         (usage & XKU_SSL_SERVER) && (usage & XKU_SSL_CLIENT) && usage != UINT32_MAX;
    if (!is_node || X509_check_ca(authority) != 1) return {};
    if (!is_valid_now(leaf) || !is_valid_now(authority)) return {};
    if (X509_verify(leaf, X509_get0_pubkey(authority)) != 1 ||
        X509_verify(authority, X509_get0_pubkey(authority)) != 1)
        return {};
    Peer peer{key, keys_in(authority, key)};
    if (peer.keys.empty()) return {};
    return peer;
}

int verify(X509_STORE_CTX* store, void* argument) {
    const auto& accepts = *static_cast<Accepts*>(argument);
    const auto peer = peer_in(X509_STORE_CTX_get0_cert(store), X509_STORE_CTX_get0_untrusted(store));
    ERR_clear_error();
    if (peer && accepts(*peer)) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
    return 0;
}

// Where a context keeps what its callback asks: it lives as long as the context, which connections share.
int accepts_slot() {
    static const int slot = SSL_CTX_get_ex_new_index(
        0, nullptr, nullptr, nullptr,
        [](void*, void* kept, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Accepts*>(kept); });
    return slot;
}

std::string alpn_wire() {
    const std::string name = alpn;
    return static_cast<char>(name.size()) + name;
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
    static const auto ours = alpn_wire();
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, length, reinterpret_cast<const unsigned char*>(ours.data()),
                              static_cast<unsigned int>(ours.size()), offered,
                              offered_length) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace

std::shared_ptr<SSL_CTX> node_context(const storage::SigningKey& organisation, Accepts accepts, int days) {
    return node_context(organisation, KeyChain(organisation.public_key()), std::move(accepts), days);
}

std::shared_ptr<SSL_CTX> node_context(const storage::SigningKey& organisation, const KeyChain& keys,
                                      Accepts accepts, int days) {
    ERR_clear_error();
    SSL_CTX* made = SSL_CTX_new(TLS_method());
    check(made != nullptr, "context");
    std::shared_ptr<SSL_CTX> context(made, SSL_CTX_free);
    auto kept = std::make_unique<Accepts>(std::move(accepts));
    check(SSL_CTX_set_ex_data(made, accepts_slot(), kept.get()) == 1, "context");
    auto* said = kept.release();  // the context's now
    const auto authority_key = private_key(organisation),
               node_key = private_key(storage::SigningKey::fresh());
    const auto name = hex_of(organisation.public_key());
    const auto authority =
        certificate_of(authority_key.get(), authority_key.get(), name, name, days < 0 ? 1 : days + 1, &keys);
    const auto leaf = certificate_of(node_key.get(), authority_key.get(), "node", name, days, nullptr);
    check(SSL_CTX_set_min_proto_version(made, TLS1_3_VERSION) == 1, "version");
    check(SSL_CTX_set_ciphersuites(made, cipher_suites) == 1, "ciphers");
    check(SSL_CTX_set1_groups_list(made, groups) == 1, "groups");
    check(SSL_CTX_set1_sigalgs_list(made, signatures) == 1, "signatures");
    check(SSL_CTX_use_certificate(made, leaf.get()) == 1, "certificate");
    check(SSL_CTX_add1_chain_cert(made, authority.get()) == 1, "chain");
    check(SSL_CTX_use_PrivateKey(made, node_key.get()) == 1, "key");
    SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
    check(SSL_CTX_set_num_tickets(made, 0) == 1, "tickets");
    SSL_CTX_set_max_early_data(made, 0);
    SSL_CTX_set_max_cert_list(made, longest_chain);
    SSL_CTX_set_mode(
        made, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(made, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(made, verify, said);
    const auto wire = alpn_wire();
    check(SSL_CTX_set_alpn_protos(made, reinterpret_cast<const unsigned char*>(wire.data()),
                                  static_cast<unsigned int>(wire.size())) == 0,
          "protocol");
    SSL_CTX_set_alpn_select_cb(made, choose_protocol, nullptr);
    return context;
}

std::optional<Peer> peer_of(SSL* session) {
    const unsigned char* name = nullptr;
    unsigned int length = 0;
    SSL_get0_alpn_selected(session, &name, &length);
    if (std::string_view(reinterpret_cast<const char*>(name), length) != alpn ||
        SSL_version(session) != TLS1_3_VERSION || SSL_session_reused(session))
        return {};
    const Certificate leaf(SSL_get1_peer_certificate(session));
    auto* chain = SSL_get_peer_cert_chain(session);
    return peer_in(leaf.get(), chain);
}

std::string exporter_of(SSL* session) {
    unsigned char bytes[32];
    check(SSL_export_keying_material(session, bytes, sizeof bytes, exporter_label,
                                     std::char_traits<char>::length(exporter_label), nullptr, 0, 0) == 1,
          "exporter");
    return {reinterpret_cast<const char*>(bytes), sizeof bytes};
}

}  // namespace concordat::federation
