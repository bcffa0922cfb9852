// Who an organisation is, and how it proves that on a connection.
//
// The id of an organisation is the beginning of a digest of its public key, so nobody can claim another's.
// A proof is a signature over what only the two ends of this very TLS connection know (its exporter, RFC
// 9266), over both ids and over which end signs; it is worth nothing on another connection. Pure.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <string_view>
#include "core/base/json.hpp"
#include "core/model/partner.hpp"
#include "storage/crypto/signing.hpp"

namespace concordat::federation {

OrganisationId organisation_of(std::string_view public_key);

// What the two administrators compare: eight groups of five digits, the same on both sides.
std::string check_number(std::string_view one_key, std::string_view other_key);

enum class End : char { dialler = 'd', listener = 'l' };
struct Binding {
    std::string exporter;  // 32 bytes
    End signer = End::dialler;
    OrganisationId from, to;
};
// What the key of a certificate of an outside infrastructure signs, for the same connection.
std::string certificate_text(const Binding& binding);
std::string sign_binding(const storage::SigningKey& key, const Binding& binding);
bool is_bound(std::string_view public_key, const Binding& binding, std::string_view signature);

// That whoever dials holds the invitation. 32 bytes.
std::string invitation_proof(std::string_view token, std::string_view exporter, std::string_view inviter_key,
                             std::string_view acceptor_key);

// What an administrator hands to another: one word of letters, digits, - and _.
struct InvitationText {
    std::int64_t v = 1;
    std::string name;        // of the organisation that invites
    std::string public_key;  // base64; its first
    std::string address;     // where to dial
    AnyId id;
    std::string token;  // base64, 16 bytes
    Millis expires_at = 0;
    std::optional<std::string>
        keys;  // base64 of all its keys (key_chain.hpp), when the first is not the last
};
BOOST_DESCRIBE_STRUCT(InvitationText, (), (v, name, public_key, address, id, token, expires_at, keys))
// Throws Error (invalid, "federation.invitation") when name and address are too long for 2048 characters, for
// which 768 more are allowed for each change of the key.
std::string encode_invitation(const storage::SigningKey& key, const InvitationText& text);
// Throws Error (invalid, "federation.invitation") when it is none, or not signed by the last key it names.
InvitationText decode_invitation(std::string_view text);

// An invitation that opens only with a password, of 12 bytes or more: Argon2id and AES-256-GCM. Takes 0.2 s
// and 64 MiB. Throws Error (invalid, "federation.invitation.password") for a short or a wrong one.
std::string lock_invitation(std::string_view word, std::string_view password);
// What is not locked is returned as it is, and needs no password.
std::string unlock_invitation(std::string_view text, std::string_view password);

}  // namespace concordat::federation
