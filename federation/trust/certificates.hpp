// TLS between nodes: 1.3 only, both ends with a certificate, no resumption, no early data.
//
// A node's certificate is Ed25519, good for 30 days, made by itself in memory and signed by its organisation;
// nothing of it is kept, so a new one is simply the next. Who the other end is follows from the
// organisation's key in its chain, which must be one that `accepts` says yes to: no names, no authorities, no
// lists. Once an organisation has changed its key, the certificate that holds it holds all changes, too.
//
// Thread-safe. Errors: internal, "federation.tls".
#pragma once
#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include "core/base/clock.hpp"
#include "federation/wire/key_chain.hpp"
#include "storage/crypto/signing.hpp"

namespace concordat::federation {

inline constexpr const char* alpn = "concordat-federation/1";
inline constexpr int certificate_days = 30;

// The other end of a connection.
struct Peer {
    std::string key;  // the organisation's, that signed its certificate; 32 bytes
    KeyChain keys;    // as it tells them; `key` is one of them
    const OrganisationId& organisation() const { return keys.organisation(); }
};

// Whether this one may speak at all. Called in handshakes; must not throw.
using Accepts = std::function<bool(const Peer& peer)>;

// A fresh certificate of this organisation's node, signed by `key`, and the rules above. `days` may be
// negative, for tests of a certificate that is over.
std::shared_ptr<SSL_CTX> node_context(const storage::SigningKey& key, const KeyChain& keys, Accepts accepts,
                                      int days = certificate_days);
// Of an organisation that has had one key.
std::shared_ptr<SSL_CTX> node_context(const storage::SigningKey& organisation, Accepts accepts,
                                      int days = certificate_days);

// After the handshake: the other end; nothing when the rules above do not hold.
std::optional<Peer> peer_of(SSL* session);
// What only both ends of this connection know. 32 bytes.
std::string exporter_of(SSL* session);

}  // namespace concordat::federation
