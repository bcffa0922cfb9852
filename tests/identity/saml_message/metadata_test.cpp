#include "identity/saml_message/metadata.hpp"

#include <gtest/gtest.h>

#include "identity/saml_message/messages.hpp"
#include "tests/identity/saml_message/messages.hpp"

namespace concordat::identity::saml {
namespace {

using test::der;
using test::keys;
using test::noon;
using test::provider;

// In canonical form, with `more` attributes of the whole and `more_in` of the role.
std::string metadata_text(const std::string& more = {}, const std::string& more_in = {}) {
    return "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_m\" "
           "entityID=\"https://idp.example\"" +
           more +
           "><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"" +
           more_in +
           "><md:KeyDescriptor use=\"signing\"><ds:KeyInfo "
           "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>\n" +
           der(keys().certificate) +
           "\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:KeyDescriptor "
           "use=\"encryption\"><ds:KeyInfo "
           "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>AAAA</"
           "ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleLogoutService "
           "Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://idp.example/slo\" "
           "ResponseLocation=\"https://idp.example/slo-answer\"></"
           "md:SingleLogoutService><md:SingleSignOnService "
           "Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" "
           "Location=\"https://idp.example/sso\"></md:SingleSignOnService></md:IDPSSODescriptor></"
           "md:EntityDescriptor>";
}

std::string metadata_refusal(const SamlAnswer& answer, const std::vector<std::string>& signers = {}) {
    Findings findings;
    const auto metadata = metadata_in(answer, signers, noon, findings);
    EXPECT_EQ(metadata.has_value(), !findings.is_refused);
    return metadata ? std::string() : findings.steps.back().rule;
}

SamlAnswer unsigned_metadata(const std::string& text) {
    SamlAnswer answer;
    answer.message = text;
    return answer;
}

TEST(Metadata, SaysWhereAndByWhatKeys) {
    Findings findings;
    const auto metadata = metadata_in(unsigned_metadata(metadata_text()), {}, noon, findings);
    ASSERT_TRUE(metadata);
    EXPECT_EQ(metadata->facts.entity_id, "https://idp.example");
    EXPECT_EQ(metadata->facts.sign_in_url, "https://idp.example/sso");
    EXPECT_EQ(metadata->facts.sign_out_url, "https://idp.example/slo");
    EXPECT_EQ(metadata->facts.sign_out_answer, "https://idp.example/slo-answer");
    EXPECT_TRUE(metadata->facts.sign_out_by_post);
    EXPECT_EQ(metadata->facts.certificates, std::vector<std::string>{der(keys().certificate)});
    EXPECT_EQ(metadata->valid_until, 0);
}

TEST(Metadata, EndsWhenItSaysSo) {
    EXPECT_EQ(metadata_refusal(unsigned_metadata(metadata_text(" validUntil=\"2026-11-29T12:00:00Z\""))),
              "saml.time");
    EXPECT_EQ(metadata_refusal(unsigned_metadata(metadata_text({}, " validUntil=\"2026-11-29T11:00:00Z\""))),
              "saml.time");
    EXPECT_EQ(metadata_refusal(unsigned_metadata(metadata_text(" validUntil=\"soon\""))), "saml.time");
    Findings findings;
    const auto metadata =
        metadata_in(unsigned_metadata(metadata_text(" validUntil=\"2026-11-29T13:00:00Z\"",
                                                    " validUntil=\"2026-11-29T12:00:01Z\"")),
                    {}, noon, findings);
    ASSERT_TRUE(metadata);
    EXPECT_EQ(metadata->valid_until, noon + 1000);
}

TEST(Metadata, HasToBeSignedByWhoIsNamed) {
    const std::vector<std::string> signers{der(keys().certificate)};
    auto answer = unsigned_metadata(metadata_text());
    EXPECT_EQ(metadata_refusal(answer, signers), "saml.signature");
    answer.parts.push_back(test::signed_part(metadata_text(), "_m"));
    EXPECT_EQ(metadata_refusal(answer, signers), "");
    const concordat::test::SamlKeys strangers("stranger");
    EXPECT_EQ(metadata_refusal(answer, {der(strangers.certificate)}), "saml.signature");
    // Only what is signed is read.
    answer.message = "<a></a>";
    EXPECT_EQ(metadata_refusal(answer, signers), "");
    answer.parts[0].element.replace(answer.parts[0].element.find("/sso"), 4, "/sSo");
    EXPECT_EQ(metadata_refusal(answer, signers), "saml.signature");
}

TEST(Metadata, MustBeOfOneProvider) {
    for (const auto* text : {"", "<a></a>",
                             "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" "
                             "entityID=\"x\"></md:EntityDescriptor>",
                             "<md:EntitiesDescriptor "
                             "xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"></md:EntitiesDescriptor>"})
        EXPECT_EQ(metadata_refusal(unsigned_metadata(text)), "saml.metadata") << text;
    auto text = metadata_text();
    text.replace(text.find("SingleSignOnService"), 19, "ArtifactResolutionS");
    EXPECT_EQ(metadata_refusal(unsigned_metadata(text)), "saml.metadata");
}

TEST(Metadata, OursListsWhereToSignOut) {
    const auto with = service_metadata({"https://us.example",
                                        "https://us.example/acs",
                                        "https://us.example/slo",
                                        der(keys().certificate),
                                        {},
                                        false});
    EXPECT_NE(with.find("SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" "
                        "Location=\"https://us.example/slo\""),
              with.npos);
    EXPECT_NE(with.find("SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\""),
              with.npos);
    EXPECT_NE(with.find("use=\"signing\""), with.npos);
    EXPECT_NE(with.find("AuthnRequestsSigned=\"false\""), with.npos);
    const auto without =
        service_metadata({"https://us.example", "https://us.example/acs", {}, {}, {}, false});
    EXPECT_EQ(without.find("SingleLogoutService"), without.npos);
}

}  // namespace
}  // namespace concordat::identity::saml
