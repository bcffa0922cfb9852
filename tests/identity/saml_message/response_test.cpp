#include "identity/saml_message/response.hpp"

#include <gtest/gtest.h>

#include "tests/identity/saml_message/messages.hpp"

namespace concordat::identity::saml {
namespace {

using test::Assertion;
using test::expectation;
using test::noon;
using test::provider;
using test::response_text;
using test::signed_part;

SamlAnswer by_assertion(const Assertion& assertion) {
    SamlAnswer answer;
    answer.message = response_text(assertion.text());
    answer.parts.push_back(signed_part(assertion.text(), assertion.id));
    return answer;
}

SamlAnswer by_response(const std::string& inner, const std::string& more = " InResponseTo=\"_q\"") {
    SamlAnswer answer;
    answer.message = response_text(inner, more);
    answer.parts.push_back(signed_part(answer.message, "_r"));
    return answer;
}

// The rule that refuses; "" when none does.
std::string refusal(const SamlAnswer& answer, const Expectation& expected = expectation()) {
    Findings findings;
    const auto claims = claims_in(answer, provider(), expected, findings);
    EXPECT_EQ(claims.has_value(), !findings.is_refused);
    return claims ? std::string() : findings.steps.back().rule;
}

TEST(Response, SaysWhoSignedIn) {
    Findings findings;
    Assertion assertion;
    assertion.session_until = " SessionNotOnOrAfter=\"2026-11-29T20:00:00Z\" SessionIndex=\"s1\"";
    const auto claims = claims_in(by_assertion(assertion), provider(), expectation(), findings);
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->name_id, "ada");
    EXPECT_EQ(claims->assertion_id, "_a");
    EXPECT_EQ(claims->session_index, "s1");
    EXPECT_EQ(claims->attributes.at("urn:oid:1"), std::vector<std::string>{"ada@example.org"});
    EXPECT_EQ(claims->attributes.at("mail"), std::vector<std::string>{"ada@example.org"});
    EXPECT_EQ(claims->session_ends_at, noon + 8 * 3600000);
    EXPECT_EQ(claims->expires_at, noon + 300000 + 60000);
    EXPECT_EQ(refusal(by_response(Assertion().text())), "");
}

TEST(Response, OfItsUnsignedPartsNothingIsBelieved) {
    auto answer = by_assertion({});
    Assertion forged;
    forged.name_id = "admin";
    answer.message = response_text(forged.text());
    answer.assertion = forged.text();
    Findings findings;
    const auto claims = claims_in(answer, provider(), expectation(), findings);
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->name_id, "ada");
    answer.parts.clear();
    EXPECT_EQ(refusal(answer), "saml.signature");
}

TEST(Response, ASignedOneHoldsItsSignedAssertion) {
    Assertion other;
    other.id = "_b";
    auto answer = by_response(Assertion().text());
    answer.parts.push_back(signed_part(other.text(), other.id));
    EXPECT_EQ(refusal(answer), "saml.one_assertion");
    answer.parts.pop_back();
    answer.parts.push_back(signed_part(Assertion().text(), "_a"));
    EXPECT_EQ(refusal(answer), "");
    answer.parts.push_back(signed_part(Assertion().text(), "_a"));
    EXPECT_EQ(refusal(answer), "saml.signature");
    EXPECT_EQ(refusal(by_response(Assertion().text() + other.text())), "saml.one_assertion");
    EXPECT_EQ(refusal(by_response("")), "saml.one_assertion");
}

TEST(Response, AnEncryptedAssertionIsWhatWasDecrypted) {
    const std::string sealed =
        "<saml:EncryptedAssertion "
        "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"></saml:EncryptedAssertion>";
    auto answer = by_response(sealed);
    EXPECT_EQ(refusal(answer), "saml.one_assertion");
    answer.assertion = Assertion().text();
    EXPECT_EQ(refusal(answer), "");
    // Without a signature round it only its own counts.
    answer.parts.clear();
    EXPECT_EQ(refusal(answer), "saml.signature");
    answer.parts.push_back(signed_part(Assertion().text(), "_a"));
    EXPECT_EQ(refusal(answer), "");
}

TEST(Response, MustBeForUs) {
    auto with = [](auto change) {
        Assertion assertion;
        change(assertion);
        return refusal(by_assertion(assertion));
    };
    EXPECT_EQ(with([](Assertion& a) { a.audience = "https://other.example"; }), "saml.audience");
    EXPECT_EQ(with([](Assertion& a) { a.recipient = "https://us.example/acs/"; }), "saml.recipient");
    EXPECT_EQ(with([](Assertion& a) { a.answers = " InResponseTo=\"_p\""; }), "saml.in_response_to");
    EXPECT_EQ(with([](Assertion& a) { a.answers = ""; }), "saml.in_response_to");
    EXPECT_EQ(with([](Assertion& a) { a.more_conditions = "<x xmlns=\"urn:x\"></x>"; }), "saml.conditions");
    auto answer = by_assertion({});
    answer.message.replace(answer.message.find("/acs"), 4, "/asc");
    EXPECT_EQ(refusal(answer), "saml.destination");
}

TEST(Response, ASignedRequestIdMayStandInTheResponseOnly) {
    Assertion assertion;
    assertion.answers = "";
    EXPECT_EQ(refusal(by_response(assertion.text())), "");
    EXPECT_EQ(refusal(by_response(assertion.text(), "")), "saml.in_response_to");
    EXPECT_EQ(refusal(by_response(assertion.text(), " InResponseTo=\"_p\"")), "saml.in_response_to");
}

TEST(Response, ThatNobodyAskedForAnswersNothing) {
    auto expected = expectation();
    expected.request_id.clear();
    Assertion assertion;
    assertion.answers = "";
    EXPECT_EQ(refusal(by_response(assertion.text(), ""), expected), "");
    EXPECT_EQ(refusal(by_response(assertion.text()), expected), "saml.in_response_to");
    EXPECT_EQ(refusal(by_response(Assertion().text(), ""), expected), "saml.in_response_to");
}

TEST(Response, HoldsForItsTimeAndTheSkew) {
    const auto answer = by_assertion({});
    EXPECT_EQ(refusal(answer, expectation(noon + 300000 + 59999)), "");
    EXPECT_EQ(refusal(answer, expectation(noon + 300000 + 60000)), "saml.time");
    EXPECT_EQ(refusal(answer, expectation(noon - 60000 - 60000)), "");
    EXPECT_EQ(refusal(answer, expectation(noon - 60000 - 60001)), "saml.time");
    Assertion assertion;
    assertion.confirmed_until = "2026-11-29T11:00:00Z";
    EXPECT_EQ(refusal(by_assertion(assertion)), "saml.time");
    assertion = {};
    assertion.until = "soon";
    EXPECT_EQ(refusal(by_assertion(assertion)), "saml.time");
    assertion = {};
    assertion.session_until = " SessionNotOnOrAfter=\"2026-11-29T12:00:00Z\"";
    EXPECT_EQ(refusal(by_assertion(assertion)), "saml.time");
}

TEST(XmlTime, IsReadStrictly) {
    EXPECT_EQ(time_in("2026-11-29T12:00:00Z"), noon);
    EXPECT_EQ(time_in("2026-11-29T12:00:00.5Z"), noon + 500);
    EXPECT_EQ(time_in("2026-11-29T12:00:00.123456Z"), noon + 123);
    EXPECT_EQ(time_in("2026-11-29T13:30:00+01:30"), noon);
    EXPECT_EQ(time_in("2026-11-29T11:00:00-01:00"), noon);
    for (const auto* text :
         {"", "2026-11-29", "2026-11-29T12:00:00", "2026-11-29T12:00:00z", "2026-13-29T12:00:00Z",
          "2026-11-29T12:00:00.Z", "2026-11-29T12:00:00Z ", "2026-11-29 12:00:00Z", "2026-11-29T25:00:00Z",
          "2026-11-29T12:00:00+1:00", "2026-11-29T12:00:00+99:00"})
        EXPECT_EQ(time_in(text), std::nullopt) << text;
}

}  // namespace
}  // namespace concordat::identity::saml
