#include "identity/oidc/signing_keys.hpp"

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "storage/crypto/digest.hpp"
#include "tests/support/refusal.hpp"

namespace concordat::identity::oidc {
namespace {

// Examples A.2 and A.3 of RFC 7515 and A.4 of RFC 8037.
const std::string rsa_key =
    R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})";
const std::string ec_key =
    R"({"kty":"EC","crv":"P-256","kid":"ec","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
const std::string ed_key =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
const std::string body =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const std::string rsa_text = "eyJhbGciOiJSUzI1NiJ9." + body, ec_text = "eyJhbGciOiJFUzI1NiJ9." + body,
                  ed_text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
const std::string rsa_signature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
    "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
    "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0"
    "GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
    "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqV"
    "t5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const std::string ec_signature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const std::string ed_signature =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

std::string bytes(const std::string& text) {
    return *storage::from_base64_url(text);
}

SigningKeys keys_of(const std::string& list) {
    return SigningKeys("{\"keys\":[" + list + "]}");
}

TEST(SigningKeys, VerifyTheExamplesOfTheStandards) {
    const auto keys = keys_of(rsa_key + "," + ec_key + "," + ed_key);
    ASSERT_EQ(keys.size(), 3u);
    EXPECT_TRUE(keys.verifies("RS256", "", rsa_text, bytes(rsa_signature)));
    EXPECT_TRUE(keys.verifies("ES256", "ec", ec_text, bytes(ec_signature)));
    EXPECT_TRUE(keys.verifies("EdDSA", "", ed_text, bytes(ed_signature)));
}

TEST(SigningKeys, RefuseWhatWasChanged) {
    const auto keys = keys_of(rsa_key + "," + ec_key + "," + ed_key);
    EXPECT_FALSE(keys.verifies("RS256", "", rsa_text + "x", bytes(rsa_signature)));
    EXPECT_FALSE(keys.verifies("ES256", "", ec_text + "x", bytes(ec_signature)));
    EXPECT_FALSE(keys.verifies("EdDSA", "", ed_text + "x", bytes(ed_signature)));
    auto signature = bytes(ec_signature);
    EXPECT_FALSE(keys.verifies("ES256", "", ec_text, signature + '\0'));
    signature.pop_back();
    EXPECT_FALSE(keys.verifies("ES256", "", ec_text, signature));
    EXPECT_FALSE(keys.verifies("ES256", "", ec_text, ""));
    EXPECT_FALSE(keys.verifies("ES256", "", ec_text, std::string(64, '\0')));
}

TEST(SigningKeys, AreUsedOnlyAsTheirKindAllows) {
    const auto keys = keys_of(rsa_key + "," + ec_key);
    for (const char* algorithm :
         {"none", "", "HS256", "RS1", "rs256", "PS256", "RS512", "ES256", "ES384", "EdDSA"})
        EXPECT_FALSE(keys.verifies(algorithm, "", rsa_text, bytes(rsa_signature))) << algorithm;
    EXPECT_FALSE(keys.verifies("ES256", "another", ec_text, bytes(ec_signature)));
    // The key itself says what it is for.
    auto only_pss = rsa_key;
    only_pss.insert(1, R"("alg":"PS256",)");
    EXPECT_FALSE(keys_of(only_pss).verifies("RS256", "", rsa_text, bytes(rsa_signature)));
    auto for_secrets = rsa_key;
    for_secrets.insert(1, R"("use":"enc",)");
    EXPECT_EQ(keys_of(for_secrets).size(), 0u);
}

TEST(SigningKeys, LeaveOutWhatIsNoKey) {
    EXPECT_EQ(keys_of(R"({}, 7, null, {"kty":"oct","k":"AAAA"}, {"kty":"RSA","n":"AQAB","e":"AQAB"},
                         {"kty":"RSA","n":"!","e":"AQAB"}, {"kty":"EC","crv":"P-256","x":"AA","y":"AA"},
                         {"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"},
                         {"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})")
                  .size(),
              0u);
    // A point that is not on the curve.
    EXPECT_EQ(keys_of(R"({"kty":"EC","crv":"P-256","x":")" + std::string(43, 'A') + R"(","y":")" +
                      std::string(43, 'A') + R"("})")
                  .size(),
              0u);
    for (const char* text : {"[]", "{}", R"({"keys":{}})", "7"})
        EXPECT_EQ(test::refusal([&] { SigningKeys keys{text}; }), "oidc.keys") << text;
    std::string many = "{}";
    for (std::size_t i = 0; i < SigningKeys::most_keys; ++i) many += ",{}";
    EXPECT_EQ(test::refusal([&] { keys_of(many); }), "oidc.keys");
}

}  // namespace
}  // namespace concordat::identity::oidc
