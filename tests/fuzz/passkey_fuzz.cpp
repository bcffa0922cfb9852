// What browsers say of passkeys: the CBOR of a new credential, authenticator data, the JSON of an answer.
#include "core/base/json.hpp"
#include "identity/passkey/attestation_object.hpp"
#include "identity/passkey/webauthn.hpp"
#include "storage/crypto/digest.hpp"

using namespace concordat;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const identity::RelyingParty party{"localhost", "http://localhost:8065"};
    const std::string client(
        R"({"type":"webauthn.create","challenge":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","origin":"http://localhost:8065"})");

    if (const auto object = identity::read_attestation_object(all)) {
        const auto* end = all.data() + all.size();
        if (object->statement.data() + object->statement.size() > end) __builtin_trap();
        identity::RegistrationAnswer answer;
        answer.type = "public-key";
        answer.response.clientDataJSON = storage::base64_url(client);
        answer.response.attestationObject = storage::base64_url(all);
        if (const auto parts = identity::read_authenticator_data(object->authenticator_data))
            answer.id = storage::base64_url(parts->credential_id);
        identity::NewCredential made;
        if (!identity::check_registration(answer, party, false, made) && made.public_key.empty())
            __builtin_trap();
    }
    if (const auto parts = identity::read_authenticator_data(all)) {
        identity::AssertionAnswer answer;
        answer.type = "public-key";
        answer.response.clientDataJSON = storage::base64_url(client);
        answer.response.authenticatorData = storage::base64_url(all);
        answer.response.signature = storage::base64_url("no signature");
        identity::Assertion seen;
        if (!identity::check_assertion(answer, party, std::string(64, '\1'), -7, false, seen))
            __builtin_trap();  // nobody signed it
    }
    try {
        const auto answer = parse_json<identity::AssertionAnswer>(all, "answer");
        (void)identity::challenge_of(answer);
        (void)identity::credential_id_of(answer);
        (void)identity::user_handle_of(answer);
        identity::check_nothing(answer, party);
    } catch (const Error&) {
    }
    return 0;
}
