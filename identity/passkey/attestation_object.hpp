// The CBOR (RFC 8949) of a new credential, taken apart. Pure.
//
// Authenticators write the canonical form, and only that is read: definite lengths, at most 16 levels, no
// byte before or after.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace concordat::identity {

// Views into the bytes that were read.
struct AttestationObject {
    std::string_view format;              // "none", "packed", ...
    std::string_view statement;           // an item of CBOR, a map
    bool has_certificates = false;        // the statement has x5c
    std::string_view authenticator_data;  // see below
};
std::optional<AttestationObject> read_attestation_object(std::string_view bytes);

// What the authenticator says of itself: fixed fields, then a credential and extensions where flags say so.
struct AuthenticatorData {
    std::string_view party_hash;  // SHA-256 of the relying party's id
    std::uint8_t flags = 0;
    std::uint32_t sign_count = 0;
    std::string_view model, credential_id, public_key;  // only with has_credential
    static constexpr std::uint8_t is_present = 0x01, is_verified = 0x04, may_sync = 0x08, is_synced = 0x10,
                                  has_credential = 0x40, has_extensions = 0x80;
    bool says(std::uint8_t flag) const { return (flags & flag) != 0; }
};
std::optional<AuthenticatorData> read_authenticator_data(std::string_view bytes);

}  // namespace concordat::identity
