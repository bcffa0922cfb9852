#include "identity/saml_message/logout.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "identity/saml_message/element.hpp"
#include "identity/saml_message/names.hpp"
#include "identity/saml_message/response.hpp"
#include "identity/saml_message/signature.hpp"

namespace concordat::identity::saml {
namespace {

constexpr std::size_t longest_message_id = 256, longest_name = 8192;
constexpr Millis our_lifetime = 300'000;

std::string shown(std::string_view text) {
    return "\"" + std::string(text.substr(0, 200)) + "\"";
}

std::string trimmed_text(const Element* element) {
    return element ? std::string(trimmed(element->text)) : std::string();
}

bool is_logout(const Element& message) {
    return message.is(protocol_ns, "LogoutRequest") || message.is(protocol_ns, "LogoutResponse");
}

// What requests and answers have in common.
bool fits(const Element& message, const ProviderFacts& provider, const LogoutExpectation& expected,
          Findings& findings) {
    const auto& id = message.attribute("ID");
    if (message.attribute("Version") != "2.0" || id.empty() || id.size() > longest_message_id)
        return findings.refuse("saml.form", "It is not of SAML 2.0, or has no ID of 1 to 256 bytes.");
    const auto issuers = message.all(assertion_ns, "Issuer");
    if (issuers.size() != 1 || trimmed_text(issuers[0]) != provider.entity_id)
        return findings.refuse(
            "saml.issuer", "The issuer is " + shown(trimmed_text(issuers.empty() ? nullptr : issuers[0])) +
                               ", and the provider is " + shown(provider.entity_id) + ".");
    if (message.attribute("Destination") != expected.url)
        return findings.refuse("saml.destination", "It was made for " +
                                                       shown(message.attribute("Destination")) +
                                                       ", and this is " + shown(expected.url) +
                                                       ": the provider's settings for single logout.");
    const auto made = time_in(message.attribute("IssueInstant"));
    if (!made || *made > expected.now + expected.skew ||
        *made + oldest_logout + expected.skew <= expected.now)
        return findings.refuse("saml.time", "It was made at " + shown(message.attribute("IssueInstant")) +
                                                ", which is in the future or more than ten minutes ago: "
                                                "compare the two clocks.");
    findings.pass("saml.issuer");
    findings.pass("saml.destination");
    return true;
}

// Written canonically (exclusive, without comments), so that what is signed is what is sent.
std::string canonical_text(std::string_view text, bool is_attribute) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>' && !is_attribute)
            out += "&gt;";
        else if (c == '"' && is_attribute)
            out += "&quot;";
        else if (c == '\r')
            out += "&#xD;";
        else if (c == '\n' && is_attribute)
            out += "&#xA;";
        else if (c == '\t' && is_attribute)
            out += "&#x9;";
        else
            out += c;
    }
    return out;
}

std::string said(std::string_view name, std::string_view value) {
    if (value.empty()) return {};
    return " " + std::string(name) + "=\"" + canonical_text(value, true) + "\"";
}

std::string saml_element(std::string_view name, const std::string& attributes, std::string_view text) {
    return "<saml:" + std::string(name) + said("xmlns:saml", assertion_ns) + attributes + ">" +
           canonical_text(text, false) + "</saml:" + std::string(name) + ">";
}

}  // namespace

std::optional<Element> authentic_logout(const SamlAnswer& answer, bool is_query_signed,
                                        const ProviderFacts& provider, Findings& findings) {
    std::optional<Element> message;
    if (is_query_signed) {
        if (answer.parts.empty()) message = parse_canonical(answer.message);
        if (!message) {
            findings.refuse("saml.form", "A message that comes by redirect must have no signature inside.");
            return std::nullopt;
        }
    } else {
        if (answer.parts.size() != 1) {
            findings.refuse("saml.signature", "The message is not signed.");
            return std::nullopt;
        }
        message = signed_element(answer.parts[0], provider.certificates, findings);
        if (!message) return std::nullopt;
        findings.pass("saml.signature", "Of the message.");
    }
    if (!is_logout(*message)) {
        findings.refuse("saml.form", "It is neither a request nor an answer of single logout.");
        return std::nullopt;
    }
    return message;
}

std::optional<LogoutRequest> logout_request_in(const Element& message, const ProviderFacts& provider,
                                               const LogoutExpectation& expected, Findings& findings) {
    if (!message.is(protocol_ns, "LogoutRequest")) {
        findings.refuse("saml.form", "It is not a request of single logout.");
        return std::nullopt;
    }
    if (!fits(message, provider, expected, findings)) return std::nullopt;
    LogoutRequest out;
    out.id = message.attribute("ID");
    out.expires_at = *time_in(message.attribute("IssueInstant")) + oldest_logout + expected.skew;
    if (message.has_attribute("NotOnOrAfter")) {
        const auto until = time_in(message.attribute("NotOnOrAfter"));
        if (!until || *until + expected.skew <= expected.now) {
            findings.refuse("saml.time", "It was valid until " + shown(message.attribute("NotOnOrAfter")) +
                                             ": compare the two clocks.");
            return std::nullopt;
        }
    }
    findings.pass("saml.time");
    const auto names = message.all(assertion_ns, "NameID");
    if (message.child(assertion_ns, "EncryptedID")) {
        findings.refuse("saml.subject",
                        "The name is encrypted; have the provider send names of logouts as they are.");
        return std::nullopt;
    }
    if (names.size() != 1 || trimmed_text(names[0]).empty() || names[0]->text.size() > longest_name) {
        findings.refuse("saml.subject", "It must have exactly one NameID, of 1 to 8192 bytes.");
        return std::nullopt;
    }
    out.subject = {trimmed_text(names[0]),
                   names[0]->attribute("Format"),
                   names[0]->attribute("NameQualifier"),
                   names[0]->attribute("SPNameQualifier"),
                   {}};
    for (const auto* one : message.all(protocol_ns, "SessionIndex")) {
        if (out.session_indexes.size() == most_session_indexes) {
            findings.refuse("saml.subject", "It names more than 100 sessions.");
            return std::nullopt;
        }
        out.session_indexes.push_back(trimmed_text(one));
    }
    return out;
}

bool is_logout_answer(const Element& message, const std::string& request_id, const ProviderFacts& provider,
                      const LogoutExpectation& expected, Findings& findings) {
    if (!message.is(protocol_ns, "LogoutResponse"))
        return findings.refuse("saml.form", "It is not an answer of single logout.");
    if (!fits(message, provider, expected, findings)) return false;
    if (message.attribute("InResponseTo") != request_id)
        return findings.refuse("saml.in_response_to", "It answers another request.");
    findings.pass("saml.in_response_to");
    const auto* status = message.child(protocol_ns, "Status");
    const auto* code = status ? status->child(protocol_ns, "StatusCode") : nullptr;
    const auto* inner = code ? code->child(protocol_ns, "StatusCode") : nullptr;
    if (!code || code->attribute("Value") != success || inner)
        return findings.refuse("saml.status", "The provider did not sign the person out everywhere: " +
                                                  shown(code ? code->attribute("Value") : "") + " " +
                                                  shown(inner ? inner->attribute("Value") : "") + ".");
    return true;
}

bool is_meant(const SubjectName& kept, const LogoutRequest& asked, const std::string& provider_entity_id,
              const std::string& our_entity_id) {
    const auto same = [](const std::string& a, const std::string& b, std::string_view unsaid) {
        return (a.empty() ? unsaid : std::string_view(a)) == (b.empty() ? unsaid : std::string_view(b));
    };
    const auto& all = asked.session_indexes;
    return kept.name_id == asked.subject.name_id && same(kept.format, asked.subject.format, unspecified_id) &&
           same(kept.name_qualifier, asked.subject.name_qualifier, provider_entity_id) &&
           same(kept.sp_name_qualifier, asked.subject.sp_name_qualifier, our_entity_id) &&
           (all.empty() || kept.session_index.empty() ||
            std::find(all.begin(), all.end(), kept.session_index) != all.end());
}

std::string logout_request(const std::string& id, const std::string& destination, Millis now,
                           const SubjectName& subject, const std::string& our_entity_id) {
    auto xml = "<samlp:LogoutRequest" + said("xmlns:samlp", protocol_ns) + said("Destination", destination) +
               said("ID", id) + said("IssueInstant", xml_time(now)) +
               said("NotOnOrAfter", xml_time(now + our_lifetime)) + said("Version", "2.0") + ">";
    xml += saml_element("Issuer", {}, our_entity_id);
    xml += saml_element("NameID",
                        said("Format", subject.format) + said("NameQualifier", subject.name_qualifier) +
                            said("SPNameQualifier", subject.sp_name_qualifier),
                        subject.name_id);
    if (!subject.session_index.empty())
        xml +=
            "<samlp:SessionIndex>" + canonical_text(subject.session_index, false) + "</samlp:SessionIndex>";
    return xml + "</samlp:LogoutRequest>";
}

std::string logout_answer(const LogoutAnswer& answer, const std::string& our_entity_id) {
    auto xml = "<samlp:LogoutResponse" + said("xmlns:samlp", protocol_ns) +
               said("Destination", answer.destination) + said("ID", answer.id) +
               said("InResponseTo", answer.in_response_to) + said("IssueInstant", xml_time(answer.now)) +
               said("Version", "2.0") + ">";
    xml += saml_element("Issuer", {}, our_entity_id);
    xml += "<samlp:Status><samlp:StatusCode" + said("Value", answer.status) + ">";
    if (!answer.second_status.empty())
        xml += "<samlp:StatusCode" + said("Value", answer.second_status) + "></samlp:StatusCode>";
    return xml + "</samlp:StatusCode></samlp:Status></samlp:LogoutResponse>";
}

}  // namespace concordat::identity::saml
