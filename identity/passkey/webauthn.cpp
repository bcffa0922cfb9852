#include "identity/passkey/webauthn.hpp"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "identity/passkey/attestation_object.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::identity {
namespace {

struct ClientData {
    std::string type, challenge, origin;
    bool crossOrigin = false;
};
BOOST_DESCRIBE_STRUCT(ClientData, (), (type, challenge, origin, crossOrigin))

template <class T, void (*destroy)(T**)>
struct FidoFree {
    void operator()(T* value) const { destroy(&value); }
};
using CredentialPtr = std::unique_ptr<fido_cred_t, FidoFree<fido_cred_t, fido_cred_free>>;
using AssertPtr = std::unique_ptr<fido_assert_t, FidoFree<fido_assert_t, fido_assert_free>>;
using Es256Ptr = std::unique_ptr<es256_pk_t, FidoFree<es256_pk_t, es256_pk_free>>;
using Rs256Ptr = std::unique_ptr<rs256_pk_t, FidoFree<rs256_pk_t, rs256_pk_free>>;
using EddsaPtr = std::unique_ptr<eddsa_pk_t, FidoFree<eddsa_pk_t, eddsa_pk_free>>;
struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeKey>;

// A point of the curve, its generator: the key of credentials that nobody has.
constexpr const char* nobodys_key_hex =
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

std::optional<std::string> bytes_in(const std::string& text, std::size_t longest) {
    if (text.size() > longest * 4 / 3 + 4) return std::nullopt;
    auto bytes = storage::from_base64_url(text);
    if (!bytes || bytes->size() > longest) return std::nullopt;
    return bytes;
}

std::optional<ClientData> client_data_in(std::string_view text) {
    if (text.size() > longest_client_data || !is_utf8(text)) return std::nullopt;
    try {  // what is no such JSON is a finding
        return parse_json<ClientData>(text, "clientDataJSON");
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::optional<std::string> challenge_in(const std::string& encoded) {
    const auto text = bytes_in(encoded, longest_client_data);
    const auto data = text ? client_data_in(*text) : std::nullopt;
    auto challenge = data ? bytes_in(data->challenge, challenge_bytes) : std::nullopt;
    if (!challenge || challenge->size() != challenge_bytes) return std::nullopt;
    return challenge;
}

std::optional<PasskeyFinding> check_client_data(std::string_view text, const char* type,
                                                const RelyingParty& party) {
    const auto data = client_data_in(text);
    if (!data) return PasskeyFinding{"passkey.form", "What the browser says it signed is no such JSON."};
    if (data->type != type) return PasskeyFinding{"passkey.type", "The answer is one to another question."};
    if (data->origin != party.origin)
        return PasskeyFinding{"passkey.origin", "The browser was at " +
                                                    std::string(rune_prefix(data->origin, 100)) +
                                                    ", not at " + party.origin + ", which SiteURL says."};
    if (data->crossOrigin)
        return PasskeyFinding{"passkey.cross_origin", "The page was inside one of somebody else."};
    return std::nullopt;
}

std::optional<PasskeyFinding> check_data(const AuthenticatorData& data, const RelyingParty& party,
                                         bool must_verify_user) {
    const auto wanted = storage::sha256(party.id);
    if (!storage::constant_time_equal(data.party_hash, storage::text_of(wanted)))
        return PasskeyFinding{"passkey.relying_party", "It was made for another site than " + party.id + "."};
    if (!data.says(AuthenticatorData::is_present))
        return PasskeyFinding{"passkey.presence", "Nobody touched the authenticator."};
    if (must_verify_user && !data.says(AuthenticatorData::is_verified))
        return PasskeyFinding{"passkey.verification",
                              "The authenticator did not check who used it (PIN, finger, face)."};
    if (data.says(AuthenticatorData::is_synced) && !data.says(AuthenticatorData::may_sync))
        return PasskeyFinding{"passkey.form", "It says that it is synced and that it cannot be."};
    return std::nullopt;
}

// A key that the mathematics can be done with: a point that lies on the curve, a modulus.
bool is_key(int algorithm, std::string_view bytes) {
    KeyPtr key;
    if (algorithm == COSE_ES256) {
        const Es256Ptr pk(es256_pk_new());
        if (pk && es256_pk_from_ptr(pk.get(), bytes.data(), bytes.size()) == FIDO_OK)
            key.reset(es256_pk_to_EVP_PKEY(pk.get()));
    } else if (algorithm == COSE_EDDSA) {
        const EddsaPtr pk(eddsa_pk_new());
        if (pk && eddsa_pk_from_ptr(pk.get(), bytes.data(), bytes.size()) == FIDO_OK)
            key.reset(eddsa_pk_to_EVP_PKEY(pk.get()));
    } else if (algorithm == COSE_RS256) {
        const Rs256Ptr pk(rs256_pk_new());
        if (pk && rs256_pk_from_ptr(pk.get(), bytes.data(), bytes.size()) == FIDO_OK)
            key.reset(rs256_pk_to_EVP_PKEY(pk.get()));
    }
    return key != nullptr;
}

int verify_with(const fido_assert_t* assertion, int algorithm, std::string_view bytes) {
    if (algorithm == COSE_ES256) {
        const Es256Ptr pk(es256_pk_new());
        if (pk && es256_pk_from_ptr(pk.get(), bytes.data(), bytes.size()) == FIDO_OK)
            return fido_assert_verify(assertion, 0, algorithm, pk.get());
    } else if (algorithm == COSE_EDDSA) {
        const EddsaPtr pk(eddsa_pk_new());
        if (pk && eddsa_pk_from_ptr(pk.get(), bytes.data(), bytes.size()) == FIDO_OK)
            return fido_assert_verify(assertion, 0, algorithm, pk.get());
    } else if (algorithm == COSE_RS256) {
        const Rs256Ptr pk(rs256_pk_new());
        if (pk && rs256_pk_from_ptr(pk.get(), bytes.data(), bytes.size()) == FIDO_OK)
            return fido_assert_verify(assertion, 0, algorithm, pk.get());
    }
    return FIDO_ERR_INVALID_ARGUMENT;
}

// The credential as libfido2 reads it, by whichever of the offered algorithms its key is for.
CredentialPtr fido_credential(std::string_view data, int& algorithm) {
    for (const int offered : passkey_algorithms) {
        CredentialPtr cred(fido_cred_new());
        if (cred && fido_cred_set_type(cred.get(), offered) == FIDO_OK &&
            fido_cred_set_authdata_raw(cred.get(), storage::bytes_of(data), data.size()) == FIDO_OK) {
            algorithm = offered;
            return cred;
        }
    }
    return nullptr;
}

// Nobody is asked who built the authenticator. One that signs all the same must have signed this.
std::optional<PasskeyFinding> check_statement(fido_cred_t* cred, const AttestationObject& object,
                                              std::string_view client_data, const RelyingParty& party,
                                              bool must_verify_user) {
    if (object.format == "none") {
        if (object.statement.size() == 1) return std::nullopt;  // an empty map
        return PasskeyFinding{"passkey.attestation", "It says that nothing is attested, and attests it."};
    }
    if (object.format != "packed")
        return PasskeyFinding{"passkey.attestation",
                              "Attestations other than none and packed are not taken."};
    const bool is_read =
        fido_cred_set_rp(cred, party.id.c_str(), nullptr) == FIDO_OK &&
        fido_cred_set_clientdata(cred, storage::bytes_of(client_data), client_data.size()) == FIDO_OK &&
        fido_cred_set_uv(cred, must_verify_user ? FIDO_OPT_TRUE : FIDO_OPT_OMIT) == FIDO_OK &&
        fido_cred_set_fmt(cred, "packed") == FIDO_OK &&
        fido_cred_set_attstmt(cred, storage::bytes_of(object.statement), object.statement.size()) == FIDO_OK;
    const int outcome = !is_read                  ? FIDO_ERR_INVALID_ARGUMENT
                        : object.has_certificates ? fido_cred_verify(cred)
                                                  : fido_cred_verify_self(cred);
    if (outcome == FIDO_OK) return std::nullopt;
    return PasskeyFinding{"passkey.attestation",
                          std::string("The attestation does not hold: ") + fido_strerr(outcome) + "."};
}

std::string text_at(const unsigned char* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

bool is_ipv4_like(std::string_view host) {
    return host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

std::optional<RelyingParty> relying_party(std::string_view site_url) {
    const auto scheme_end = site_url.find("://");
    if (scheme_end == std::string_view::npos) return std::nullopt;
    const auto scheme = lower_ascii(site_url.substr(0, scheme_end));
    auto authority = site_url.substr(scheme_end + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    if (authority.find_first_of("@[]\\ ") != std::string_view::npos) return std::nullopt;
    const auto colon = authority.find(':');
    const auto host = lower_ascii(authority.substr(0, colon));
    const auto port = colon == std::string_view::npos ? std::string_view() : authority.substr(colon + 1);
    if (host.empty() || is_ipv4_like(host)) return std::nullopt;
    if (port.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    const bool is_local = host == "localhost" || host.ends_with(".localhost");
    if (scheme != "https" && !(scheme == "http" && is_local)) return std::nullopt;
    RelyingParty party{host, scheme + "://" + host};
    if (!port.empty() && port != (scheme == "https" ? "443" : "80")) party.origin += ":" + std::string(port);
    return party;
}

std::optional<std::string> challenge_of(const RegistrationAnswer& answer) {
    return challenge_in(answer.response.clientDataJSON);
}

std::optional<std::string> challenge_of(const AssertionAnswer& answer) {
    return challenge_in(answer.response.clientDataJSON);
}

std::optional<std::string> credential_id_of(const AssertionAnswer& answer) {
    auto id = bytes_in(answer.id, longest_credential_id);
    if (!id || id->empty()) return std::nullopt;
    return id;
}

std::optional<std::string> user_handle_of(const AssertionAnswer& answer) {
    return bytes_in(answer.response.userHandle.value_or(""), longest_user_handle);
}

std::optional<PasskeyFinding> check_registration(const RegistrationAnswer& answer, const RelyingParty& party,
                                                 bool must_verify_user, NewCredential& made) {
    fido_init(0);
    const auto id = bytes_in(answer.id, longest_credential_id);
    const auto client_data = bytes_in(answer.response.clientDataJSON, longest_client_data);
    const auto attestation = bytes_in(answer.response.attestationObject, longest_attestation);
    if (answer.type != "public-key" || !id || !client_data || !attestation)
        return PasskeyFinding{"passkey.form", "The answer is not of the right form, or too long."};
    if (auto finding = check_client_data(*client_data, "webauthn.create", party)) return finding;
    const auto object = read_attestation_object(*attestation);
    const auto data = object && object->authenticator_data.size() <= longest_authenticator_data
                          ? read_authenticator_data(object->authenticator_data)
                          : std::nullopt;
    if (!data || !data->says(AuthenticatorData::has_credential) ||
        data->credential_id.size() > longest_credential_id)
        return PasskeyFinding{"passkey.form", "What the authenticator says is not well-formed CBOR."};
    if (data->credential_id != *id)
        return PasskeyFinding{"passkey.form", "The browser names another credential than the authenticator."};
    if (auto finding = check_data(*data, party, must_verify_user)) return finding;
    int algorithm = 0;
    const auto cred = fido_credential(object->authenticator_data, algorithm);
    if (!cred)
        return PasskeyFinding{"passkey.algorithm", "The key is malformed, or of an algorithm not offered."};
    auto key = text_at(fido_cred_pubkey_ptr(cred.get()), fido_cred_pubkey_len(cred.get()));
    if (!is_key(algorithm, key))
        return PasskeyFinding{"passkey.algorithm", "The key is none of its algorithm."};
    if (auto finding = check_statement(cred.get(), *object, *client_data, party, must_verify_user))
        return finding;
    made.id = *id;
    made.public_key = std::move(key);
    made.algorithm = algorithm;
    made.model = std::string(data->model);
    made.sign_count = data->sign_count;
    made.is_verified = data->says(AuthenticatorData::is_verified);
    made.may_sync = data->says(AuthenticatorData::may_sync);
    made.is_synced = data->says(AuthenticatorData::is_synced);
    return std::nullopt;
}

std::optional<PasskeyFinding> check_assertion(const AssertionAnswer& answer, const RelyingParty& party,
                                              std::string_view public_key, int algorithm,
                                              bool must_verify_user, Assertion& seen) {
    fido_init(0);
    const auto client_data = bytes_in(answer.response.clientDataJSON, longest_client_data);
    const auto raw = bytes_in(answer.response.authenticatorData, longest_authenticator_data);
    const auto signature = bytes_in(answer.response.signature, longest_signature);
    if (answer.type != "public-key" || !client_data || !raw || !signature || signature->empty())
        return PasskeyFinding{"passkey.form", "The answer is not of the right form, or too long."};
    if (auto finding = check_client_data(*client_data, "webauthn.get", party)) return finding;
    const auto data = read_authenticator_data(*raw);
    if (!data || data->says(AuthenticatorData::has_credential))
        return PasskeyFinding{"passkey.form", "What the authenticator says is not well-formed."};
    if (auto finding = check_data(*data, party, must_verify_user)) return finding;
    const AssertPtr assertion(fido_assert_new());
    const bool is_read =
        assertion && fido_assert_set_rp(assertion.get(), party.id.c_str()) == FIDO_OK &&
        fido_assert_set_clientdata(assertion.get(), storage::bytes_of(*client_data), client_data->size()) ==
            FIDO_OK &&
        fido_assert_set_count(assertion.get(), 1) == FIDO_OK &&
        fido_assert_set_up(assertion.get(), FIDO_OPT_TRUE) == FIDO_OK &&
        fido_assert_set_uv(assertion.get(), must_verify_user ? FIDO_OPT_TRUE : FIDO_OPT_OMIT) == FIDO_OK &&
        fido_assert_set_authdata_raw(assertion.get(), 0, storage::bytes_of(*raw), raw->size()) == FIDO_OK &&
        fido_assert_set_sig(assertion.get(), 0, storage::bytes_of(*signature), signature->size()) == FIDO_OK;
    const int outcome =
        is_read ? verify_with(assertion.get(), algorithm, public_key) : FIDO_ERR_INVALID_ARGUMENT;
    if (outcome != FIDO_OK)
        return PasskeyFinding{"passkey.signature",
                              std::string("The signature does not hold: ") + fido_strerr(outcome) + "."};
    seen.sign_count = data->sign_count;
    seen.is_verified = data->says(AuthenticatorData::is_verified);
    seen.is_synced = data->says(AuthenticatorData::is_synced);
    return std::nullopt;
}

void check_nothing(const AssertionAnswer& answer, const RelyingParty& party) {
    Assertion seen;
    check_assertion(answer, party, storage::from_hex(nobodys_key_hex).value(), COSE_ES256, true, seen);
}

}  // namespace concordat::identity
