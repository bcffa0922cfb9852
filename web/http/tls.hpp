// The listener's side of TLS: certificate chain, private key, and what is negotiated.
//
// TLS 1.2 and 1.3, elliptic-curve key exchange with authenticated ciphers only, session tickets on, no
// renegotiation, no compression, ALPN "http/1.1". Thread-safe. Connections keep the context they
// began with, so a reload drops none.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>
#include "core/base/clock.hpp"

typedef struct ssl_ctx_st SSL_CTX;

namespace concordat::web {

class TlsContext {
public:
    // PEM files: the certificate with its chain, leaf first, and the unencrypted key. Throws Error
    // (invalid, "tls.certificate") with one sentence for the operator when they cannot be used.
    TlsContext(std::string certificate_path, std::string key_path);

    // Reads both files again; handshakes from now on use them. Throws as the constructor does, and
    // then what was in force stays in force.
    void reload();
    // For one handshake.
    std::shared_ptr<SSL_CTX> current() const;
    // When the certificate in force stops being valid.
    Millis expires_at() const;
    // SHA-256 of that certificate, as browsers show it: "AB:CD:...".
    std::string fingerprint() const;

private:
    std::string certificate_path_;
    std::string key_path_;
    mutable std::mutex mutex_;
    std::shared_ptr<SSL_CTX> current_;
    Millis expires_at_ = 0;
};

// Writes an ECDSA P-256 key (mode 0600) and a certificate signed with it for these names (DNS names,
// IPv4 or IPv6 addresses), replacing both files at once each. Throws Error: "tls.self_signed"
// (invalid: a name; internal: a file cannot be written).
void make_self_signed(const std::string& certificate_path, const std::string& key_path,
                      const std::vector<std::string>& hostnames, int days = 825);

}  // namespace concordat::web
