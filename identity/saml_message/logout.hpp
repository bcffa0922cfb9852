// Single logout (SAML 2.0 core, section 3.7; profiles, section 4.4): the messages that we write, and the
// rules for those that a provider sends.
//
// A message counts only when the provider signed it: by redirect over the query, by a form within the XML.
// What is believed is read from what that signature covers. Pure, thread-safe.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "core/base/clock.hpp"
#include "identity/saml_message/findings.hpp"
#include "identity/saml_message/messages.hpp"
#include "identity/saml_message/worker_protocol.hpp"

namespace concordat::identity::saml {

// Whom a provider signed in, as it said then: by this it recognises the session when it is to end.
struct SubjectName {
    std::string name_id, format, name_qualifier, sp_name_qualifier, session_index;
};
BOOST_DESCRIBE_STRUCT(SubjectName, (), (name_id, format, name_qualifier, sp_name_qualifier, session_index))

struct LogoutRequest {
    std::string id;
    SubjectName subject;                       // without an index
    std::vector<std::string> session_indexes;  // empty: every session of the subject
    Millis expires_at = 0;                     // refused as too old from then on, skew included
};

// What a message has to fit.
struct LogoutExpectation {
    std::string entity_id;  // ours
    std::string url;        // where it came
    Millis now = 0;
    Millis skew = 60000;  // ms by which the provider's clock may differ
};

// A request is good for so long after it was made, whatever it says: its id is remembered until then.
inline constexpr Millis oldest_logout = 600'000;
inline constexpr std::size_t most_session_indexes = 100;

// The message as the provider signed it. `is_query_signed`: a signature over the query was verified, and the
// XML must have none. Nothing when the provider did not sign it; `findings` says which rule.
std::optional<Element> authentic_logout(const SamlAnswer& answer, bool is_query_signed,
                                        const ProviderFacts& provider, Findings& findings);
// A request to end sessions, from what authentic_logout() returned. Nothing when refused.
std::optional<LogoutRequest> logout_request_in(const Element& message, const ProviderFacts& provider,
                                               const LogoutExpectation& expected, Findings& findings);
// The answer to our own request `request_id`; false when it does not fit, or says that the provider did not
// end everything (saml.status).
bool is_logout_answer(const Element& message, const std::string& request_id, const ProviderFacts& provider,
                      const LogoutExpectation& expected, Findings& findings);

// Whether a request for `asked` means a session of `kept`: the same name, format and qualifiers, where those
// that are not said are the provider and us; and the index, if both have one.
bool is_meant(const SubjectName& kept, const LogoutRequest& asked, const std::string& provider_entity_id,
              const std::string& our_entity_id);

// Our own, canonical and without signature; it holds for five minutes.
std::string logout_request(const std::string& id, const std::string& destination, Millis now,
                           const SubjectName& subject, const std::string& our_entity_id);
struct LogoutAnswer {
    std::string id, destination, in_response_to;
    Millis now = 0;
    std::string_view status, second_status;  // "" is none
};
std::string logout_answer(const LogoutAnswer& answer, const std::string& our_entity_id);

}  // namespace concordat::identity::saml
