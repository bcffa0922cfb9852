#include "identity/passkey/webauthn.hpp"

#include <gtest/gtest.h>

#include "identity/passkey/attestation_object.hpp"
#include "tests/support/authenticator.hpp"

namespace concordat::identity {
namespace {

using test::Authenticator;

const RelyingParty& here() {
    static const RelyingParty party{"localhost", "http://localhost:8065"};
    return party;
}

std::string some_challenge() {
    return storage::base64_url(storage::random_bytes(challenge_bytes));
}

// The rule that refuses; "" when all hold.
std::string creation(Authenticator& device, bool must_verify = true) {
    NewCredential made;
    const auto finding = check_registration(device.create(some_challenge()), here(), must_verify, made);
    return finding ? finding->rule : "";
}

class Use {
public:
    explicit Use(Authenticator& device) : device_(device) {
        NewCredential made;
        EXPECT_FALSE(check_registration(device.create(some_challenge()), here(), true, made));
        key_ = made.public_key;
    }
    std::string of(const AssertionAnswer& answer, bool must_verify = true) {
        const auto finding = check_assertion(answer, here(), key_, device_.algorithm, must_verify, seen);
        return finding ? finding->rule : "";
    }
    std::string now(bool must_verify = true) { return of(device_.use(some_challenge()), must_verify); }
    Assertion seen;

private:
    Authenticator& device_;
    std::string key_;
};

TEST(RelyingParty, IsTheHostOfTheSiteUrl) {
    const auto party = relying_party("https://Chat.Example.org/team/");
    ASSERT_TRUE(party);
    EXPECT_EQ(party->id, "chat.example.org");
    EXPECT_EQ(party->origin, "https://chat.example.org");
    EXPECT_EQ(relying_party("https://chat.example.org:443")->origin, "https://chat.example.org");
    EXPECT_EQ(relying_party("https://chat.example.org:8443")->origin, "https://chat.example.org:8443");
    EXPECT_EQ(relying_party("http://localhost:8065")->origin, "http://localhost:8065");
    for (const char* none :
         {"", "chat.example.org", "http://chat.example.org", "https://192.0.2.7", "https://[::1]", "https://",
          "https://me@chat.example.org", "https://chat.example.org:80x", "ftp://localhost"})
        EXPECT_FALSE(relying_party(none)) << none;
}

TEST(Webauthn, TakesWhatEveryOfferedAlgorithmMakes) {
    for (const int algorithm : passkey_algorithms) {
        Authenticator device(algorithm);
        device.sign_count = 7;
        device.may_sync = device.is_synced = true;
        NewCredential made;
        const auto finding = check_registration(device.create(some_challenge()), here(), true, made);
        ASSERT_FALSE(finding) << algorithm << " " << finding->detail;
        EXPECT_EQ(made.algorithm, algorithm);
        EXPECT_EQ(made.id, device.credential_id);
        EXPECT_EQ(made.sign_count, 7u);
        EXPECT_TRUE(made.is_verified && made.may_sync && made.is_synced);
        Use use(device);
        EXPECT_EQ(use.now(), "") << algorithm;
        EXPECT_EQ(use.seen.sign_count, 8u);
        EXPECT_TRUE(use.seen.is_verified && use.seen.is_synced);
    }
}

TEST(Webauthn, TakesOneThatSignsItsOwnKey) {
    for (const int algorithm : {-7, -8}) {
        Authenticator device(algorithm);
        device.format = "packed";
        EXPECT_EQ(creation(device), "") << algorithm;
    }
}

TEST(Webauthn, RefusesACreationThatIsNotOurs) {
    const auto refused = [](auto change) {
        Authenticator device;
        change(device);
        return creation(device);
    };
    EXPECT_EQ(refused([](auto& d) { d.origin = "https://localhost:8065"; }), "passkey.origin");
    EXPECT_EQ(refused([](auto& d) { d.origin = "http://localhost:8065.evil.example"; }), "passkey.origin");
    EXPECT_EQ(refused([](auto& d) { d.origin = "http://localhost"; }), "passkey.origin");
    EXPECT_EQ(refused([](auto& d) { d.party = "evil.example"; }), "passkey.relying_party");
    EXPECT_EQ(refused([](auto& d) { d.type_of_creation = "webauthn.get"; }), "passkey.type");
    EXPECT_EQ(refused([](auto& d) { d.is_cross_origin = true; }), "passkey.cross_origin");
    EXPECT_EQ(refused([](auto& d) { d.is_present = false; }), "passkey.presence");
    EXPECT_EQ(refused([](auto& d) { d.is_verified = false; }), "passkey.verification");
    EXPECT_EQ(refused([](auto& d) { d.is_synced = true; }), "passkey.form");
    EXPECT_EQ(refused([](auto& d) { d.behind_data = "x"; }), "passkey.form");
    EXPECT_EQ(refused([](auto& d) { d.behind_attestation = "x"; }), "passkey.form");
    EXPECT_EQ(refused([](auto& d) { d.format = "android-key"; }), "passkey.attestation");
    EXPECT_EQ(refused([](auto& d) { d.lies_about_statement = true; }), "passkey.attestation");
    EXPECT_EQ(refused([](auto& d) { d.credential_id = std::string(1024, 'x'); }), "passkey.form");
    Authenticator other(-35);
    EXPECT_EQ(creation(other), "passkey.algorithm");
    Authenticator quiet;
    quiet.is_verified = false;
    EXPECT_EQ(creation(quiet, false), "");  // where nobody has to be verified
}

TEST(Webauthn, RefusesAKeyThatIsNoPointAndASignatureOfAnother) {
    Authenticator device;
    auto answer = device.create(some_challenge());
    auto object = storage::from_base64_url(answer.response.attestationObject).value();
    object.back() = static_cast<char>(object.back() ^ 1);  // the end of the key's second number
    answer.response.attestationObject = storage::base64_url(object);
    NewCredential made;
    EXPECT_EQ(check_registration(answer, here(), true, made)->rule, "passkey.algorithm");

    device.format = "packed";
    auto packed = device.create(some_challenge());
    packed.response.clientDataJSON = device.create(some_challenge()).response.clientDataJSON;
    EXPECT_EQ(check_registration(packed, here(), true, made)->rule, "passkey.attestation");

    auto renamed = device.create(some_challenge());
    renamed.id = storage::base64_url("another");
    EXPECT_EQ(check_registration(renamed, here(), true, made)->rule, "passkey.form");
}

TEST(Webauthn, RefusesAUseThatIsNotOurs) {
    const auto refused = [](auto change) {
        Authenticator device;
        Use use(device);
        change(device);
        return use.now();
    };
    EXPECT_EQ(refused([](auto& d) { d.origin = "https://evil.example"; }), "passkey.origin");
    EXPECT_EQ(refused([](auto& d) { d.party = "evil.example"; }), "passkey.relying_party");
    EXPECT_EQ(refused([](auto& d) { d.type_of_use = "webauthn.create"; }), "passkey.type");
    EXPECT_EQ(refused([](auto& d) { d.is_cross_origin = true; }), "passkey.cross_origin");
    EXPECT_EQ(refused([](auto& d) { d.is_present = false; }), "passkey.presence");
    EXPECT_EQ(refused([](auto& d) { d.is_verified = false; }), "passkey.verification");
    EXPECT_EQ(refused([](auto& d) { d.behind_data = std::string("\0", 1); }), "passkey.form");

    Authenticator device, other;
    Use use(device);
    EXPECT_EQ(use.of(other.use(some_challenge())), "passkey.signature");
    auto tampered = device.use(some_challenge());
    auto signature = storage::from_base64_url(tampered.response.signature).value();
    signature.back() = static_cast<char>(signature.back() ^ 1);
    tampered.response.signature = storage::base64_url(signature);
    EXPECT_EQ(use.of(tampered), "passkey.signature");
    auto counted = device.use(some_challenge());  // signed data is what it was
    auto data = storage::from_base64_url(counted.response.authenticatorData).value();
    data.back() = static_cast<char>(data.back() ^ 1);
    counted.response.authenticatorData = storage::base64_url(data);
    EXPECT_EQ(use.of(counted), "passkey.signature");
    auto elsewhere = device.use(some_challenge());
    elsewhere.response.clientDataJSON = device.use(some_challenge()).response.clientDataJSON;
    EXPECT_EQ(use.of(elsewhere), "passkey.signature");
}

TEST(Webauthn, RefusesWhatIsMalformedOrTooLong) {
    Authenticator device;
    Use use(device);
    const auto with = [&](auto change) {
        auto answer = device.use(some_challenge());
        change(answer);
        return use.of(answer);
    };
    EXPECT_EQ(with([](auto& a) { a.type = "password"; }), "passkey.form");
    EXPECT_EQ(with([](auto& a) { a.response.clientDataJSON = "!"; }), "passkey.form");
    EXPECT_EQ(with([](auto& a) { a.response.clientDataJSON = storage::base64_url("[1"); }), "passkey.form");
    EXPECT_EQ(with([](auto& a) { a.response.clientDataJSON = storage::base64_url("\xff"); }), "passkey.form");
    EXPECT_EQ(with([](auto& a) {
                  a.response.clientDataJSON = storage::base64_url(std::string(longest_client_data + 1, ' '));
              }),
              "passkey.form");
    EXPECT_EQ(with([](auto& a) { a.response.signature = ""; }), "passkey.form");
    EXPECT_EQ(with([](auto& a) {
                  a.response.signature = storage::base64_url(std::string(longest_signature + 1, 'x'));
              }),
              "passkey.form");
    EXPECT_EQ(with([](auto& a) {
                  a.response.authenticatorData =
                      storage::base64_url(std::string(longest_authenticator_data + 1, '\0'));
              }),
              "passkey.form");
    EXPECT_EQ(with([](auto& a) { a.response.authenticatorData = storage::base64_url("short"); }),
              "passkey.form");
    auto creation = device.create(some_challenge());
    const auto object = storage::from_base64_url(creation.response.attestationObject).value();
    NewCredential made;
    for (std::size_t size = 0; size < object.size(); ++size) {  // cut off anywhere
        creation.response.attestationObject = storage::base64_url(object.substr(0, size));
        EXPECT_EQ(check_registration(creation, here(), true, made)->rule, "passkey.form") << size;
    }
}

TEST(Webauthn, ReadsNoCborWithoutEnd) {
    EXPECT_FALSE(read_attestation_object(std::string("\xbf\xff", 2)));  // a length that is not said
    EXPECT_FALSE(read_attestation_object(std::string("\xbb\xff\xff\xff\xff\xff\xff\xff\xff", 9)));
    std::string deep =
        "\xa3\x67"
        "attStmt";
    deep += std::string(100'000, '\x81');
    EXPECT_FALSE(read_attestation_object(deep));
}

TEST(Webauthn, SaysWhatAnAnswerIsAbout) {
    Authenticator device;
    device.user_handle = "handle";
    const auto challenge = some_challenge();
    const auto answer = device.use(challenge);
    EXPECT_EQ(storage::base64_url(challenge_of(answer).value()), challenge);
    EXPECT_EQ(credential_id_of(answer).value(), device.credential_id);
    EXPECT_EQ(user_handle_of(answer).value(), "handle");
    EXPECT_EQ(challenge_of(device.create(challenge)), challenge_of(answer));
    EXPECT_FALSE(challenge_of(device.use("c2hvcnQ")));
    auto odd = answer;
    odd.id = "";
    odd.response.userHandle = storage::base64_url(std::string(65, 'x'));
    EXPECT_FALSE(credential_id_of(odd));
    EXPECT_FALSE(user_handle_of(odd));
}

}  // namespace
}  // namespace concordat::identity
