#include "identity/saml_message/logout.hpp"

#include <gtest/gtest.h>

#include "identity/saml_message/names.hpp"
#include "tests/identity/saml_message/messages.hpp"

namespace concordat::identity::saml {
namespace {

using test::keys;
using test::noon;
using test::provider;
using test::signed_part;

const char* const here = "https://us.example/slo";

LogoutExpectation logout_expectation(Millis now = noon) {
    return {"https://us.example", here, now, 60000};
}

const SubjectName ada{"ada", std::string(persistent_id), "", "", "s1"};

// As the provider would write it.
std::string request_text(const SubjectName& subject = ada, Millis made = noon, const std::string& to = here,
                         const std::string& issuer = "https://idp.example") {
    return logout_request("_q", to, made, subject, issuer);
}

SamlAnswer signed_logout(const std::string& text, const std::string& id = "_q",
                         const std::string& key = keys().key) {
    SamlAnswer answer;
    answer.message = text;
    answer.parts.push_back(signed_part(text, id, key));
    return answer;
}

// The rule that refuses a request; "" when none does.
std::string logout_refusal(const SamlAnswer& answer, Millis now = noon, bool is_query_signed = false) {
    Findings findings;
    const auto message = authentic_logout(answer, is_query_signed, provider(), findings);
    const bool is_taken =
        message && logout_request_in(*message, provider(), logout_expectation(now), findings).has_value();
    EXPECT_EQ(is_taken, !findings.is_refused);
    return is_taken ? std::string() : findings.steps.back().rule;
}

std::string changed(std::string text, const std::string& what, const std::string& to) {
    const auto at = text.find(what);
    EXPECT_NE(at, text.npos) << what;
    return at == text.npos ? text : text.replace(at, what.size(), to);
}

TEST(Logout, ARequestSaysWhoseSessionsEnd) {
    Findings findings;
    const auto message = authentic_logout(signed_logout(request_text()), false, provider(), findings);
    ASSERT_TRUE(message);
    const auto request = logout_request_in(*message, provider(), logout_expectation(), findings);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->id, "_q");
    EXPECT_EQ(request->subject.name_id, "ada");
    EXPECT_EQ(request->subject.format, persistent_id);
    EXPECT_EQ(request->session_indexes, std::vector<std::string>{"s1"});
    EXPECT_EQ(request->expires_at, noon + oldest_logout + 60000);
}

TEST(Logout, OnlyWhatTheProviderSignedCounts) {
    SamlAnswer unsigned_answer;
    unsigned_answer.message = request_text();
    EXPECT_EQ(logout_refusal(unsigned_answer), "saml.signature");
    const concordat::test::SamlKeys strangers("stranger");
    EXPECT_EQ(logout_refusal(signed_logout(request_text(), "_q", strangers.key)), "saml.signature");
    auto answer = signed_logout(request_text());
    answer.parts[0].element = changed(answer.parts[0].element, ">ada<", ">eve<");
    EXPECT_EQ(logout_refusal(answer), "saml.signature");
    // The signature of another element, and one over something that is no logout.
    EXPECT_EQ(logout_refusal(signed_logout(request_text(), "_other")), "saml.signature");
    EXPECT_EQ(logout_refusal(signed_logout("<a ID=\"_q\"></a>")), "saml.form");
    answer = signed_logout(request_text());
    answer.parts.push_back(answer.parts[0]);
    EXPECT_EQ(logout_refusal(answer), "saml.signature");
}

TEST(Logout, OfTheUnsignedWholeNothingIsBelieved) {
    auto answer = signed_logout(request_text());
    answer.message = request_text({"eve", "", "", "", ""});
    Findings findings;
    const auto message = authentic_logout(answer, false, provider(), findings);
    ASSERT_TRUE(message);
    EXPECT_EQ(logout_request_in(*message, provider(), logout_expectation(), findings)->subject.name_id,
              "ada");
}

TEST(Logout, ByRedirectTheQueryIsSignedAndTheXmlIsNot) {
    SamlAnswer answer;
    answer.message = request_text();
    EXPECT_EQ(logout_refusal(answer, noon, true), "");
    EXPECT_EQ(logout_refusal(signed_logout(request_text()), noon, true), "saml.form");
}

TEST(Logout, ARequestHasToFit) {
    const auto refused = [](const std::string& text) { return logout_refusal(signed_logout(text)); };
    EXPECT_EQ(refused(request_text(ada, noon, "https://elsewhere.example/slo")), "saml.destination");
    EXPECT_EQ(refused(changed(request_text(), " Destination=\"https://us.example/slo\"", "")),
              "saml.destination");
    EXPECT_EQ(refused(request_text(ada, noon, here, "https://other.example")), "saml.issuer");
    EXPECT_EQ(refused(changed(request_text(), "Version=\"2.0\"", "Version=\"1.1\"")), "saml.form");
    EXPECT_EQ(refused(request_text({"", "", "", "", ""})), "saml.subject");
    EXPECT_EQ(refused(changed(request_text(), "<samlp:SessionIndex>",
                              "<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">eve</"
                              "saml:NameID><samlp:SessionIndex>")),
              "saml.subject");
    EXPECT_EQ(refused(changed(request_text(), "<samlp:SessionIndex>",
                              "<saml:EncryptedID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">"
                              "</saml:EncryptedID><samlp:SessionIndex>")),
              "saml.subject");
    std::string many;
    for (int i = 0; i < 101; ++i) many += "<samlp:SessionIndex>x</samlp:SessionIndex>";
    EXPECT_EQ(refused(changed(request_text(), "</samlp:LogoutRequest>", many + "</samlp:LogoutRequest>")),
              "saml.subject");
}

TEST(Logout, ARequestIsGoodForAWhile) {
    const auto answer = signed_logout(request_text());
    // NotOnOrAfter is five minutes later, and clocks may differ by one.
    EXPECT_EQ(logout_refusal(answer, noon + 359'000), "");
    EXPECT_EQ(logout_refusal(answer, noon + 360'000), "saml.time");
    EXPECT_EQ(logout_refusal(answer, noon - 60'000), "");
    EXPECT_EQ(logout_refusal(answer, noon - 61'000), "saml.time");
    const auto endless = signed_logout(changed(request_text(), " NotOnOrAfter=\"2026-11-29T12:05:00Z\"", ""));
    EXPECT_EQ(logout_refusal(endless, noon + 659'000), "");
    EXPECT_EQ(logout_refusal(endless, noon + 660'000), "saml.time");
    EXPECT_EQ(logout_refusal(signed_logout(changed(request_text(), "2026-11-29T12:00:00Z", "soon"))),
              "saml.time");
}

TEST(Logout, NamesAreComparedWithTheirFormatAndQualifiers) {
    const auto meant = [](const SubjectName& kept, LogoutRequest asked) {
        return is_meant(kept, asked, "https://idp.example", "https://us.example");
    };
    LogoutRequest asked;
    asked.subject = {"ada", std::string(persistent_id), "https://idp.example", "https://us.example", ""};
    EXPECT_TRUE(meant(ada, asked));
    asked.session_indexes = {"s0", "s1"};
    EXPECT_TRUE(meant(ada, asked));
    asked.session_indexes = {"s2"};
    EXPECT_FALSE(meant(ada, asked));
    auto without_index = ada;
    without_index.session_index.clear();
    EXPECT_TRUE(meant(without_index, asked));
    asked.session_indexes.clear();
    asked.subject.name_id = "Ada";
    EXPECT_FALSE(meant(ada, asked));
    asked.subject = {"ada", std::string(transient_id), "", "", ""};
    EXPECT_FALSE(meant(ada, asked));
    asked.subject = {"ada", std::string(persistent_id), "https://other.example", "", ""};
    EXPECT_FALSE(meant(ada, asked));
    EXPECT_TRUE(
        meant({"ada", "", "", "", ""}, {"_q", {"ada", std::string(unspecified_id), "", "", ""}, {}, 0}));
}

TEST(Logout, AnAnswerBelongsToItsRequest) {
    const auto refused = [](const LogoutAnswer& said, const std::string& request_id = "_ours") {
        Findings findings;
        const auto message = authentic_logout(
            signed_logout(logout_answer(said, "https://idp.example"), said.id), false, provider(), findings);
        if (message && is_logout_answer(*message, request_id, provider(), logout_expectation(), findings))
            return std::string();
        return findings.steps.back().rule;
    };
    LogoutAnswer said{"_a", here, "_ours", noon, success, {}};
    EXPECT_EQ(refused(said), "");
    EXPECT_EQ(refused(said, "_other"), "saml.in_response_to");
    said.second_status = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";
    EXPECT_EQ(refused(said), "saml.status");
    said.status = requester;
    said.second_status = {};
    EXPECT_EQ(refused(said), "saml.status");
    said.destination = "https://elsewhere.example/";
    EXPECT_EQ(refused(said), "saml.destination");
}

TEST(Logout, WhatWeWriteIsCanonical) {
    const SubjectName odd{"a<b>&\"c\r\n\t", "f\"<&>", "q\r\n\t", "", "i<>&"};
    const auto request =
        parse_canonical(logout_request("_q", "https://idp.example/?a=1&b=2", noon, odd, "us&"));
    ASSERT_TRUE(request);
    EXPECT_EQ(request->child(assertion_ns, "NameID")->text, odd.name_id);
    EXPECT_EQ(request->child(assertion_ns, "NameID")->attribute("Format"), odd.format);
    EXPECT_EQ(request->child(assertion_ns, "NameID")->attribute("NameQualifier"), odd.name_qualifier);
    EXPECT_EQ(request->attribute("Destination"), "https://idp.example/?a=1&b=2");
    EXPECT_EQ(request->child(protocol_ns, "SessionIndex")->text, odd.session_index);
    const auto answer =
        parse_canonical(logout_answer({"_a", "d", "_q", noon, requester, unknown_principal}, "us"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->child(protocol_ns, "Status")->child(protocol_ns, "StatusCode")->attribute("Value"),
              requester);
}

}  // namespace
}  // namespace concordat::identity::saml
