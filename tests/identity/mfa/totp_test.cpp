#include "identity/mfa/totp.hpp"

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "identity/mfa/qr.hpp"

namespace concordat::identity {
namespace {

// RFC 6238, appendix B; the codes there have eight digits, ours are their last six.
const std::string rfc_secret = "12345678901234567890";

TEST(Totp, GivesTheCodesOfTheStandard) {
    const std::pair<std::int64_t, const char*> vectors[] = {{59, "287082"},         {1111111109, "081804"},
                                                            {1111111111, "050471"}, {1234567890, "005924"},
                                                            {2000000000, "279037"}, {20000000000, "353130"}};
    for (const auto& [seconds, code] : vectors) {
        EXPECT_EQ(totp_code(rfc_secret, totp_step(seconds * 1000)), code) << seconds;
        EXPECT_TRUE(matching_step(rfc_secret, code, seconds * 1000, 0)) << seconds;
    }
}

TEST(Totp, AcceptsOneStepOfDrift) {
    const Millis now = 1234567890000;
    const auto step = totp_step(now);
    for (int away = -3; away <= 3; ++away) {
        const auto found = matching_step(rfc_secret, totp_code(rfc_secret, step + away), now, 0);
        EXPECT_EQ(found.has_value(), away >= -1 && away <= 1) << away;
        EXPECT_EQ(found.value_or(step + away), step + away);
    }
}

TEST(Totp, AcceptsAStepOnce) {
    const Millis now = 1234567890000;
    const auto step = totp_step(now);
    const auto code = totp_code(rfc_secret, step);
    EXPECT_TRUE(matching_step(rfc_secret, code, now, step - 1));
    EXPECT_FALSE(matching_step(rfc_secret, code, now, step));
    EXPECT_FALSE(matching_step(rfc_secret, totp_code(rfc_secret, step - 1), now, step));
}

TEST(Totp, WantsExactlySixDigits) {
    const Millis now = 59000;
    for (const char* code :
         {"", "28708", "2870820", "94287082", "28708a", " 287082", "287082 ", "２８７０８２"})
        EXPECT_FALSE(matching_step(rfc_secret, code, now, 0)) << code;
    EXPECT_FALSE(matching_step(rfc_secret, std::string("287082\0", 7), now, 0));
    EXPECT_FALSE(matching_step(rfc_secret, std::string("28708\0", 6), now, 0));
}

TEST(Totp, RefusesShortSecrets) {
    EXPECT_THROW(totp_code("", 1), Error);
    EXPECT_THROW(totp_code("123456789012345", 1), Error);
    EXPECT_NO_THROW(totp_code("1234567890123456", 1));
}

TEST(Totp, WritesSecretsAndAddressesAsAuthenticatorsReadThem) {
    EXPECT_EQ(base32("foobar"), "MZXW6YTBOI");  // RFC 4648, section 10
    EXPECT_EQ(base32("f"), "MY");
    EXPECT_EQ(base32(""), "");
    EXPECT_EQ(otpauth_address(rfc_secret, "My Chat: é", "alice"),
              "otpauth://totp/"
              "My%20Chat%3A%20%C3%A9:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=My%20Chat%3A%"
              "20%C3%A9&algorithm=SHA1&digits=6&period=30");
}

TEST(Qr, IsAPng) {
    const auto png = qr_png("otpauth://totp/x");
    EXPECT_TRUE(png.starts_with("\x89PNG\r\n\x1a\n"));
    EXPECT_TRUE(png.ends_with(std::string("IEND\xae\x42\x60\x82", 8)));
    EXPECT_THROW(qr_png(std::string(5000, 'x')), Error);
}

}  // namespace
}  // namespace concordat::identity
