// TLS between nodes: 1.3 only, both ends with a certificate, no resumption, no early data.
//
// A node's certificate is Ed25519, good for 30 days, made by itself in memory and signed by its organisation;
// nothing of it is kept, so a new one is simply the next. Who the other end is follows from the
// organisation's key in its chain, which must be one that `accepts` says yes to: no names, no authorities, no
// lists.
//
// Thread-safe. Errors: internal, "federation.tls".
#pragma once
#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include "core/base/clock.hpp"
#include "storage/crypto/signing.hpp"

namespace concordat::federation {

inline constexpr const char* alpn = "concordat-federation/1";
inline constexpr int certificate_days = 30;

// Whether an organisation with this public key may speak at all. Called in handshakes; must not throw.
using Accepts = std::function<bool(const std::string& public_key)>;

// A fresh certificate of this organisation's node, and the rules above. `days` may be negative, for tests of
// a certificate that is over.
std::shared_ptr<SSL_CTX> node_context(const storage::SigningKey& organisation, Accepts accepts,
                                      int days = certificate_days);

// After the handshake: the organisation's key of the other end; "" when the rules above do not hold.
std::string peer_key(SSL* session);
// What only both ends of this connection know. 32 bytes.
std::string exporter_of(SSL* session);

}  // namespace concordat::federation
