#include "identity/saml_message/response.hpp"

#include <algorithm>
#include <ctime>

#include "core/base/text.hpp"
#include "identity/saml_message/element.hpp"
#include "identity/saml_message/names.hpp"
#include "identity/saml_message/signature.hpp"

namespace concordat::identity::saml {
namespace {

constexpr std::size_t longest_id = 256, longest_value = 8192, most_values = 2000;

std::string quoted(std::string_view text) {
    return "\"" + std::string(text.substr(0, 200)) + "\"";
}

std::string text_of(const Element* element) {
    return element ? std::string(trimmed(element->text)) : std::string();
}

// The response and the assertion that are believed.
struct Believed {
    std::optional<Element> response;  // only when it is signed
    std::optional<Element> assertion;
};

std::optional<Believed> believed(const SamlAnswer& answer, const ProviderFacts& provider,
                                 Findings& findings) {
    Believed out;
    for (const auto& part : answer.parts) {
        auto element = signed_element(part, provider.certificates, findings);
        if (!element) return std::nullopt;
        auto& place = element->is(protocol_ns, "Response") ? out.response : out.assertion;
        if (place || !(element->is(protocol_ns, "Response") || element->is(assertion_ns, "Assertion"))) {
            findings.refuse("saml.signature",
                            "A signature covers something else than response or assertion.");
            return std::nullopt;
        }
        place = std::move(element);
    }
    if (!out.response && !out.assertion) {
        findings.refuse("saml.signature", "Neither the response nor the assertion is signed.");
        return std::nullopt;
    }
    if (out.response) {
        const auto plain = out.response->all(assertion_ns, "Assertion");
        const auto sealed = out.response->all(assertion_ns, "EncryptedAssertion");
        if (plain.size() + sealed.size() != 1) {
            findings.refuse("saml.one_assertion", "A response must hold exactly one assertion.");
            return std::nullopt;
        }
        if (out.assertion && !plain.empty() && plain[0]->attribute("ID") != out.assertion->attribute("ID")) {
            findings.refuse("saml.one_assertion", "The signed assertion is not that of the signed response.");
            return std::nullopt;
        }
        if (!out.assertion) out.assertion = plain.empty() ? parse_canonical(answer.assertion) : *plain[0];
    }
    if (!out.assertion || !out.assertion->is(assertion_ns, "Assertion")) {
        findings.refuse("saml.one_assertion", "The encrypted assertion could not be read.");
        return std::nullopt;
    }
    findings.pass("saml.signature", out.response && !answer.parts.empty() && answer.parts.size() > 1
                                        ? "Of the response and of the assertion."
                                        : (out.response ? "Of the response." : "Of the assertion."));
    return out;
}

bool check_issuer(const Element& message, bool is_needed, const ProviderFacts& provider, Findings& findings) {
    const auto* issuer = message.child(assertion_ns, "Issuer");
    if (!issuer && !is_needed) return true;
    if (text_of(issuer) == provider.entity_id) return true;
    return findings.refuse("saml.issuer", "The issuer is " + quoted(text_of(issuer)) +
                                              ", and the provider is " + quoted(provider.entity_id) +
                                              ": IdpDescriptorURL.");
}

// The envelope. What is in it is believed only when it is signed; it must fit in any case.
bool check_envelope(const Element& response, bool is_signed, const Expectation& expected,
                    Findings& findings) {
    if (!response.is(protocol_ns, "Response") || response.attribute("Version") != "2.0")
        return findings.refuse("saml.form", "It is not a response of SAML 2.0.");
    const auto* status = response.child(protocol_ns, "Status");
    const auto* code = status ? status->child(protocol_ns, "StatusCode") : nullptr;
    if (!code || code->attribute("Value") != success) {
        const auto* inner = code ? code->child(protocol_ns, "StatusCode") : nullptr;
        return findings.refuse("saml.status", "The provider did not sign the person in: " +
                                                  quoted(code ? code->attribute("Value") : "") + " " +
                                                  quoted(inner ? inner->attribute("Value") : "") + ".");
    }
    const bool has_destination = response.has_attribute("Destination");
    if ((has_destination || is_signed) && response.attribute("Destination") != expected.consumer_url)
        return findings.refuse("saml.destination", "It was made for " +
                                                       quoted(response.attribute("Destination")) +
                                                       ", and this is " + quoted(expected.consumer_url) +
                                                       ": AssertionConsumerServiceURL, there and here.");
    if (response.has_attribute("InResponseTo") && response.attribute("InResponseTo") != expected.request_id)
        return findings.refuse("saml.in_response_to",
                               "It answers another request than the one that this browser began.");
    return true;
}

bool check_conditions(const Element& assertion, const Expectation& expected, Claims& claims,
                      Findings& findings) {
    const auto all = assertion.all(assertion_ns, "Conditions");
    if (all.size() != 1)
        return findings.refuse("saml.conditions", "The assertion must have exactly one Conditions.");
    const auto& conditions = *all[0];
    if (conditions.has_attribute("NotBefore")) {
        const auto from = time_in(conditions.attribute("NotBefore"));
        if (!from || *from > expected.now + expected.skew)
            return findings.refuse("saml.time", "The assertion is not valid before " +
                                                    quoted(conditions.attribute("NotBefore")) +
                                                    ": compare the two clocks.");
    }
    if (conditions.has_attribute("NotOnOrAfter")) {
        const auto until = time_in(conditions.attribute("NotOnOrAfter"));
        if (!until || *until + expected.skew <= expected.now)
            return findings.refuse("saml.time", "The assertion was valid until " +
                                                    quoted(conditions.attribute("NotOnOrAfter")) +
                                                    ": compare the two clocks.");
        claims.expires_at = *until + expected.skew;
    }
    std::size_t restrictions = 0;
    for (const auto& one : conditions.children) {
        if (one.is(assertion_ns, "AudienceRestriction")) {
            ++restrictions;
            const auto audiences = one.all(assertion_ns, "Audience");
            if (std::none_of(audiences.begin(), audiences.end(),
                             [&](const auto* a) { return text_of(a) == expected.entity_id; }))
                return findings.refuse(
                    "saml.audience",
                    "It is for " + quoted(text_of(audiences.empty() ? nullptr : audiences[0])) +
                        ", and this is " + quoted(expected.entity_id) + ": ServiceProviderIdentifier.");
        } else if (!one.is(assertion_ns, "OneTimeUse") && !one.is(assertion_ns, "ProxyRestriction")) {
            return findings.refuse("saml.conditions",
                                   "It has a condition that is not known: " + quoted(one.name));
        }
    }
    if (restrictions == 0)
        return findings.refuse("saml.audience", "It does not say for whom it is; it must name " +
                                                    quoted(expected.entity_id) + ".");
    findings.pass("saml.audience");
    return true;
}

// Why a confirmation does not hold; "" when it does.
std::string confirmation_problem(const Element& confirmation, bool must_answer, const Expectation& expected,
                                 Claims& claims, std::string& rule) {
    rule = "saml.subject";
    if (confirmation.attribute("Method") != bearer) return "Its method is not bearer.";
    const auto* data = confirmation.child(assertion_ns, "SubjectConfirmationData");
    if (!data) return "It says nothing of where and how long it holds.";
    rule = "saml.recipient";
    if (data->attribute("Recipient") != expected.consumer_url)
        return "It is for " + quoted(data->attribute("Recipient")) + ", and this is " +
               quoted(expected.consumer_url) + ": AssertionConsumerServiceURL, there and here.";
    rule = "saml.time";
    const auto until = time_in(data->attribute("NotOnOrAfter"));
    if (!until || *until + expected.skew <= expected.now)
        return "It held until " + quoted(data->attribute("NotOnOrAfter")) + ": compare the two clocks.";
    if (data->has_attribute("NotBefore")) {
        const auto from = time_in(data->attribute("NotBefore"));
        if (!from || *from > expected.now + expected.skew)
            return "It does not hold before " + quoted(data->attribute("NotBefore")) +
                   ": compare the two clocks.";
    }
    rule = "saml.in_response_to";
    const bool answers = data->has_attribute("InResponseTo");
    if ((answers || must_answer) && data->attribute("InResponseTo") != expected.request_id)
        return "It answers another request than the one that this browser began.";
    claims.expires_at =
        claims.expires_at == 0 ? *until + expected.skew : std::max(claims.expires_at, *until + expected.skew);
    return {};
}

bool check_subject(const Element& assertion, bool must_answer, const Expectation& expected, Claims& claims,
                   Findings& findings) {
    const auto subjects = assertion.all(assertion_ns, "Subject");
    if (subjects.size() != 1)
        return findings.refuse("saml.subject", "The assertion must have exactly one Subject.");
    const auto confirmations = subjects[0]->all(assertion_ns, "SubjectConfirmation");
    std::string problem = "Nothing confirms the subject.", rule = "saml.subject";
    const bool holds = std::any_of(confirmations.begin(), confirmations.end(), [&](const auto* one) {
        problem = confirmation_problem(*one, must_answer, expected, claims, rule);
        return problem.empty();
    });
    if (!holds) return findings.refuse(rule, problem);
    findings.pass("saml.recipient");
    if (!expected.request_id.empty()) findings.pass("saml.in_response_to");
    const auto names = subjects[0]->all(assertion_ns, "NameID");
    if (names.size() > 1) return findings.refuse("saml.subject", "The subject has more than one NameID.");
    if (names.empty()) return true;
    claims.name_id = text_of(names[0]);
    claims.name_id_format = names[0]->attribute("Format");
    claims.name_qualifier = names[0]->attribute("NameQualifier");
    claims.sp_name_qualifier = names[0]->attribute("SPNameQualifier");
    if (std::max({claims.name_id.size(), claims.name_id_format.size(), claims.name_qualifier.size(),
                  claims.sp_name_qualifier.size()}) > longest_value)
        return findings.refuse("saml.subject", "The NameID is longer than 8192 bytes.");
    return true;
}

bool check_authentication(const Element& assertion, const Expectation& expected, Claims& claims,
                          Findings& findings) {
    const auto statements = assertion.all(assertion_ns, "AuthnStatement");
    if (statements.empty())
        return findings.refuse("saml.authentication",
                               "The assertion does not say that the person signed in.");
    for (const auto* one : statements) {
        if (claims.session_index.empty())
            claims.session_index = one->attribute("SessionIndex").substr(0, longest_id);
        if (!one->has_attribute("SessionNotOnOrAfter")) continue;
        const auto end = time_in(one->attribute("SessionNotOnOrAfter"));
        if (!end || *end <= expected.now)
            return findings.refuse("saml.time", "The provider's session ended at " +
                                                    quoted(one->attribute("SessionNotOnOrAfter")) + ".");
        claims.session_ends_at = claims.session_ends_at == 0 ? *end : std::min(claims.session_ends_at, *end);
    }
    return true;
}

bool take_attributes(const Element& assertion, Claims& claims, Findings& findings) {
    std::size_t count = 0;
    for (const auto* statement : assertion.all(assertion_ns, "AttributeStatement"))
        for (const auto* attribute : statement->all(assertion_ns, "Attribute")) {
            std::vector<std::string> values;
            for (const auto* value : attribute->all(assertion_ns, "AttributeValue")) {
                if (++count > most_values || value->text.size() > longest_value)
                    return findings.refuse("saml.attributes",
                                           "There are more than 2000 values of attributes, or one is longer "
                                           "than 8192 bytes.");
                values.push_back(text_of(value));
            }
            for (const auto* name : {"Name", "FriendlyName"}) {
                if (!attribute->has_attribute(name)) continue;
                auto& all = claims.attributes[attribute->attribute(name)];
                all.insert(all.end(), values.begin(), values.end());
                if (attribute->attribute("FriendlyName") == attribute->attribute("Name")) break;
            }
        }
    return true;
}

}  // namespace

std::optional<Claims> claims_in(const SamlAnswer& answer, const ProviderFacts& provider,
                                const Expectation& expected, Findings& findings) {
    const auto believed_parts = believed(answer, provider, findings);
    if (!believed_parts) return std::nullopt;
    const auto& [response, assertion] = *believed_parts;
    const auto envelope = response ? response : parse_canonical(answer.message);
    if (!envelope) {
        findings.refuse("saml.form", "The message could not be read.");
        return std::nullopt;
    }
    if (!check_envelope(*envelope, response.has_value(), expected, findings) ||
        !check_issuer(*envelope, false, provider, findings) ||
        !check_issuer(*assertion, true, provider, findings))
        return std::nullopt;
    findings.pass("saml.issuer");
    Claims claims;
    claims.assertion_id = assertion->attribute("ID");
    if (claims.assertion_id.empty() || claims.assertion_id.size() > longest_id ||
        assertion->attribute("Version") != "2.0") {
        findings.refuse("saml.form", "The assertion is not of SAML 2.0, or has no ID of 1 to 256 bytes.");
        return std::nullopt;
    }
    // What the assertion itself says counts, unless the response says it under its own signature.
    const bool must_answer =
        !expected.request_id.empty() && !(response && response->has_attribute("InResponseTo"));
    if (!check_conditions(*assertion, expected, claims, findings) ||
        !check_subject(*assertion, must_answer, expected, claims, findings) ||
        !check_authentication(*assertion, expected, claims, findings) ||
        !take_attributes(*assertion, claims, findings))
        return std::nullopt;
    findings.pass("saml.time");
    return claims;
}

std::optional<Millis> time_in(std::string_view text) {
    auto digits = [&](std::size_t count) -> std::optional<int> {
        int value = 0;
        if (text.size() < count) return std::nullopt;
        for (const char c : text.substr(0, count)) {
            if (c < '0' || c > '9') return std::nullopt;
            value = value * 10 + (c - '0');
        }
        text.remove_prefix(count);
        return value;
    };
    auto skip = [&](char c) {
        if (!text.starts_with(c)) return false;
        text.remove_prefix(1);
        return true;
    };
    std::optional<int> part[6];
    constexpr std::size_t widths[6] = {4, 2, 2, 2, 2, 2};
    constexpr char after[6] = {'-', '-', 'T', ':', ':', 0};
    for (int i = 0; i < 6; ++i) {
        part[i] = digits(widths[i]);
        if (!part[i] || (after[i] != 0 && !skip(after[i]))) return std::nullopt;
    }
    Millis fraction = 0;
    if (skip('.')) {
        int place = 100;
        if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
        for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), place /= 10)
            fraction += (text[0] - '0') * place;
    }
    Millis offset = 0;
    if (!skip('Z')) {
        const bool is_behind = text.starts_with('-');
        if (!is_behind && !text.starts_with('+')) return std::nullopt;
        text.remove_prefix(1);
        const auto hours = digits(2);
        if (!hours || !skip(':')) return std::nullopt;
        const auto minutes = digits(2);
        if (!minutes || *hours > 14 || *minutes > 59) return std::nullopt;
        offset = (*hours * 60 + *minutes) * Millis{60000} * (is_behind ? -1 : 1);
    }
    if (!text.empty() || *part[1] < 1 || *part[1] > 12 || *part[2] < 1 || *part[2] > 31 || *part[3] > 23 ||
        *part[4] > 59 || *part[5] > 60)
        return std::nullopt;
    std::tm parts{};
    parts.tm_year = *part[0] - 1900;
    parts.tm_mon = *part[1] - 1;
    parts.tm_mday = *part[2];
    parts.tm_hour = *part[3];
    parts.tm_min = *part[4];
    parts.tm_sec = *part[5];
    return static_cast<Millis>(timegm(&parts)) * 1000 + fraction - offset;
}

}  // namespace concordat::identity::saml
