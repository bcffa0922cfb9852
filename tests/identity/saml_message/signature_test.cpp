#include "identity/saml_message/signature.hpp"

#include <gtest/gtest.h>

#include "tests/identity/saml_message/messages.hpp"
#include "tests/support/refusal.hpp"

namespace concordat::identity::saml {
namespace {

using test::info;
using test::keys;
using test::signed_part;

const std::string element = "<a ID=\"_1\">text</a>";

std::vector<std::string> certificates() {
    return {test::der(keys().certificate)};
}

std::string digest() {
    return storage::base64(storage::text_of(storage::sha256(element)));
}

std::string refusing_rule(const SignedPart& part) {
    Findings findings;
    if (signed_element(part, certificates(), findings)) return {};
    return findings.steps.back().rule;
}

// With a SignedInfo of one's own, signed rightly.
SignedPart part_with(const std::string& signed_info, const std::string& of = element) {
    return {signed_info, storage::base64(signature_of(signed_info, keys().key, SigningHash::sha256)), of};
}

TEST(XmlSignature, GivesTheElementThatItCovers) {
    Findings findings;
    const auto read = signed_element(signed_part(element, "_1"), certificates(), findings);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->text, "text");
}

TEST(XmlSignature, HoldsForOneOfSeveralCertificates) {
    static const concordat::test::SamlKeys old("old");
    Findings findings;
    EXPECT_TRUE(signed_element(signed_part(element, "_1"),
                               {test::der(old.certificate), "nonsense", test::der(keys().certificate)},
                               findings));
    EXPECT_TRUE(signed_element(signed_part(element, "_1", old.key),
                               {test::der(old.certificate), test::der(keys().certificate)}, findings));
    EXPECT_EQ(refusing_rule(signed_part(element, "_1", old.key)), "saml.signature");
}

TEST(XmlSignature, RefusesWhatWasChanged) {
    auto part = signed_part(element, "_1");
    part.element = "<a ID=\"_1\">test</a>";
    EXPECT_EQ(refusing_rule(part), "saml.signature");
    part = signed_part(element, "_1");
    part.signed_info.replace(part.signed_info.find("_1"), 2, "_2");
    EXPECT_EQ(refusing_rule(part), "saml.signature");
    part = signed_part(element, "_1");
    part.value = storage::base64("no signature");
    EXPECT_EQ(refusing_rule(part), "saml.signature");
    part.value.clear();
    EXPECT_EQ(refusing_rule(part), "saml.signature");
}

TEST(XmlSignature, MustCoverTheElementItStandsIn) {
    EXPECT_EQ(refusing_rule(part_with(info("_2", digest()))), "saml.signature");
    EXPECT_EQ(refusing_rule(part_with(info("", digest()))), "saml.signature");
    const std::string nameless = "<a>text</a>";
    EXPECT_EQ(refusing_rule(part_with(info("", storage::base64(storage::text_of(storage::sha256(nameless)))),
                                      nameless)),
              "saml.signature");
}

TEST(XmlSignature, AllowsNoOldAlgorithms) {
    for (const auto* method :
         {"http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
          "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
          "http://www.w3.org/2001/04/xmldsig-more#rsa-md5", ""})
        EXPECT_EQ(refusing_rule(part_with(info("_1", digest(), method))), "saml.algorithm") << method;
    EXPECT_EQ(
        refusing_rule(part_with(info("_1", digest(), "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                                     "http://www.w3.org/2000/09/xmldsig#sha1"))),
        "saml.algorithm");
    // The method must be that of the key, too.
    EXPECT_EQ(
        refusing_rule(part_with(info("_1", digest(), "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"))),
        "saml.signature");
}

TEST(XmlSignature, AllowsNoOtherTransforms) {
    EXPECT_EQ(
        refusing_rule(part_with(
            info("_1", digest(), "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                 "http://www.w3.org/2001/04/xmlenc#sha256",
                 "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"></ds:Transform>"))),
        "saml.signature");
}

TEST(XmlSignature, WeakKeysCountForNothing) {
    static const concordat::test::SamlKeys weak("weak", 1024);
    EXPECT_EQ(concordat::test::refusal([] { signature_of("x", weak.key, SigningHash::sha256); }), "saml.key");
    const auto facts = certificate_facts(weak.certificate);
    ASSERT_TRUE(facts);
    EXPECT_FALSE(facts->is_strong);
    Findings findings;
    EXPECT_FALSE(signed_element(signed_part(element, "_1"), {facts->der}, findings));
}

TEST(XmlSignature, OfAQueryIsChecked) {
    const std::string query = "SAMLRequest=x&SigAlg=y";
    const auto value = storage::base64(signature_of(query, keys().key, SigningHash::sha512));
    Findings findings;
    EXPECT_TRUE(
        is_signed_query(query, signing_algorithm(SigningHash::sha512), value, certificates(), findings));
    EXPECT_FALSE(
        is_signed_query(query, signing_algorithm(SigningHash::sha256), value, certificates(), findings));
    EXPECT_FALSE(is_signed_query(query + "z", signing_algorithm(SigningHash::sha512), value, certificates(),
                                 findings));
    EXPECT_FALSE(is_signed_query(query, "http://www.w3.org/2000/09/xmldsig#rsa-sha1", value, certificates(),
                                 findings));
}

TEST(Certificates, SayWhatTheyAre) {
    const auto facts = certificate_facts(keys().certificate);
    ASSERT_TRUE(facts);
    EXPECT_NE(facts->subject.find("provider"), std::string::npos);
    EXPECT_TRUE(facts->is_strong);
    EXPECT_NEAR(static_cast<double>(facts->not_after - facts->not_before), 30.0 * 86400000, 1000);
    EXPECT_EQ(certificate_facts(facts->der)->der, facts->der);
    EXPECT_FALSE(certificate_facts("nonsense"));
    static const concordat::test::SamlKeys other("other");
    EXPECT_TRUE(belong_together(keys().certificate, keys().key));
    EXPECT_FALSE(belong_together(other.certificate, keys().key));
    EXPECT_FALSE(belong_together("", ""));
}

}  // namespace
}  // namespace concordat::identity::saml
