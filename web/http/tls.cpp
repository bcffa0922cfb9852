#include "web/http/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstdio>
#include <cstring>
#include <ctime>
#include "core/base/error.hpp"
#include "core/base/log.hpp"

namespace concordat::web {
namespace {

// The first reason in OpenSSL's queue, in its words: later ones only say who passed it on.
std::string tls_reason() {
    const auto code = ERR_peek_error();
    const char* reason = ERR_GET_LIB(code) == ERR_LIB_SYS ? std::strerror(ERR_GET_REASON(code))
                                                          : ERR_reason_error_string(code);
    std::string text = reason ? reason : "unknown reason";
    ERR_clear_error();
    return text;
}

[[noreturn]] void refuse(const std::string& what) {
    throw Error(Fault::invalid, "tls.certificate", what + ": " + tls_reason() + ".");
}

// An encrypted key must fail, not ask at a terminal that nobody watches.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    const int found =
        SSL_select_next_proto(&chosen, out_length, ours, sizeof ours - 1, offered, offered_length);
    if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

void configure(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384");
    static constexpr unsigned char session_scope[] = "concordat";
    SSL_CTX_set_session_id_context(context, session_scope, sizeof session_scope - 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // sessions live in the clients' tickets
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
}

Millis end_of_validity(SSL_CTX* context) {
    const X509* certificate = SSL_CTX_get0_certificate(context);
    std::tm when{};
    if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &when) != 1)
        refuse("The TLS certificate has no end date");
    return static_cast<Millis>(timegm(&when)) * 1000;
}

std::shared_ptr<SSL_CTX> load(const std::string& certificate_path, const std::string& key_path) {
    ERR_clear_error();
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (!context) refuse("TLS cannot be started");
    configure(context.get());
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_path.c_str()) != 1)
        refuse("The TLS certificate " + certificate_path + " cannot be used");
    const bool is_loaded =
        SSL_CTX_use_PrivateKey_file(context.get(), key_path.c_str(), SSL_FILETYPE_PEM) == 1;
    if (!is_loaded && ERR_GET_LIB(ERR_peek_error()) != ERR_LIB_X509)
        refuse("The TLS key " + key_path + " cannot be used");
    if (!is_loaded || SSL_CTX_check_private_key(context.get()) != 1)
        refuse("The TLS key " + key_path + " does not belong to the certificate " + certificate_path);
    return context;
}

}  // namespace

TlsContext::TlsContext(std::string certificate_path, std::string key_path)
    : certificate_path_(std::move(certificate_path)), key_path_(std::move(key_path)) {
    reload();
}

void TlsContext::reload() {
    auto fresh = load(certificate_path_, key_path_);
    const auto end = end_of_validity(fresh.get());
    if (end < wall_clock())
        log_warn("the TLS certificate has expired; clients will refuse it", {{"expired_at", end}});
    std::lock_guard lock(mutex_);
    current_ = std::move(fresh);
    expires_at_ = end;
}

std::shared_ptr<SSL_CTX> TlsContext::current() const {
    std::lock_guard lock(mutex_);
    return current_;
}

std::string TlsContext::fingerprint() const {
    static constexpr char digits[] = "0123456789ABCDEF";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    const auto* certificate = SSL_CTX_get0_certificate(current().get());
    if (!certificate || X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return {};
    std::string out;
    for (unsigned int i = 0; i < size; ++i) {
        if (i > 0) out += ':';
        out += digits[digest[i] >> 4];
        out += digits[digest[i] & 15];
    }
    return out;
}

Millis TlsContext::expires_at() const {
    std::lock_guard lock(mutex_);
    return expires_at_;
}

}  // namespace concordat::web
