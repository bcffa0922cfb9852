// What browsers say about passkeys (W3C Web Authentication, level 2), read and verified. Pure; libfido2 does
// the cryptography.
//
// Everything in an answer comes from outside: it is bounded, read strictly (no byte is left over), and every
// rule that does not hold is a finding, never an exception. Whether a challenge was given out, to whom and
// when, is the caller's to check.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace concordat::identity {

// Whom browsers make passkeys for.
struct RelyingParty {
    std::string id;      // the host
    std::string origin;  // scheme, host and port as browsers write them: the default port is left out
};
// Of SiteURL. Nothing when no browser would make passkeys there: it is neither https nor on this machine's
// localhost, or the host is an address.
std::optional<RelyingParty> relying_party(std::string_view site_url);

// What navigator.credentials.create() gave, as PublicKeyCredential.toJSON() writes it: bytes are base64url.
struct AttestationResponse {
    std::string clientDataJSON, attestationObject;
    std::vector<std::string> transports;
};
BOOST_DESCRIBE_STRUCT(AttestationResponse, (), (clientDataJSON, attestationObject, transports))
struct RegistrationAnswer {
    std::string id, type;
    AttestationResponse response;
};
BOOST_DESCRIBE_STRUCT(RegistrationAnswer, (), (id, type, response))

// The same of navigator.credentials.get().
struct AssertionResponse {
    std::string clientDataJSON, authenticatorData, signature;
    std::optional<std::string> userHandle;
};
BOOST_DESCRIBE_STRUCT(AssertionResponse, (), (clientDataJSON, authenticatorData, signature, userHandle))
struct AssertionAnswer {
    std::string id, type;
    AssertionResponse response;
};
BOOST_DESCRIBE_STRUCT(AssertionAnswer, (), (id, type, response))

// COSE numbers of what is offered, the one that is liked best first: ES256, EdDSA, RS256.
inline constexpr int passkey_algorithms[] = {-7, -8, -257};
inline constexpr std::size_t challenge_bytes = 32;
// Bounds of an answer's parts, in bytes.
inline constexpr std::size_t longest_client_data = 4096, longest_attestation = 16384,
                             longest_authenticator_data = 4096, longest_signature = 1024,
                             longest_credential_id = 1023, longest_user_handle = 64;

// A rule that does not hold, and what was seen, in words for an administrator.
struct PasskeyFinding {
    std::string rule, detail;
};

// A credential that was made. Raw bytes.
struct NewCredential {
    std::string id, public_key;  // the key as libfido2 takes it
    int algorithm = 0;
    std::string model;  // AAGUID; zeroes when the authenticator does not say
    std::uint32_t sign_count = 0;
    bool is_verified = false;  // the authenticator knows who used it
    bool may_sync = false, is_synced = false;
};

// What an assertion says besides being good.
struct Assertion {
    std::uint32_t sign_count = 0;
    bool is_verified = false;
    bool is_synced = false;
};

// The raw challenge that an answer is about; nothing when it has none of the right length. Not believed
// before the answer is checked.
std::optional<std::string> challenge_of(const RegistrationAnswer& answer);
std::optional<std::string> challenge_of(const AssertionAnswer& answer);
// The raw credential id, and the user handle ("" when none is said); nothing when they are not base64url or
// too long.
std::optional<std::string> credential_id_of(const AssertionAnswer& answer);
std::optional<std::string> user_handle_of(const AssertionAnswer& answer);

// Nothing when all holds; then `made` is filled in.
std::optional<PasskeyFinding> check_registration(const RegistrationAnswer& answer, const RelyingParty& party,
                                                 bool must_verify_user, NewCredential& made);
// By the key of the credential that the answer names. Its counter is the caller's to compare.
std::optional<PasskeyFinding> check_assertion(const AssertionAnswer& answer, const RelyingParty& party,
                                              std::string_view public_key, int algorithm,
                                              bool must_verify_user, Assertion& seen);
// The same work for a credential that nobody has; never good.
void check_nothing(const AssertionAnswer& answer, const RelyingParty& party);

}  // namespace concordat::identity
