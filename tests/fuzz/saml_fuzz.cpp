// Feeds bytes to everything of a SAML message that the node itself reads: the gate, the reader of canonical
// XML, times, redirects, metadata, and the rules with it as an unsigned message. Whatever they are: no crash,
// and nobody is let in or put out.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "identity/saml_message/element.hpp"
#include "identity/saml_message/gate.hpp"
#include "identity/saml_message/logout.hpp"
#include "identity/saml_message/metadata.hpp"
#include "identity/saml_message/response.hpp"

namespace {

std::size_t count_of(const concordat::identity::saml::Element& element) {
    std::size_t count = 1;
    for (const auto& child : element.children) count += count_of(child);
    return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concordat::identity::saml;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto problem = gate_problem(input);
    if (const auto element = parse_canonical(input)) {
        // What is canonical is plain, except that it has no declaration.
        if (problem || count_of(*element) > most_elements) std::abort();
    }
    time_in(input);
    decoded(input);
    if (const auto out = inflated(input, 4096); out && out->size() > 4096) std::abort();
    SamlAnswer answer;
    answer.message = answer.assertion = std::string(input);
    answer.parts.push_back({std::string(input), std::string(input), std::string(input)});
    Findings findings;
    if (claims_in(answer, {}, {}, findings)) std::abort();
    if (authentic_logout(answer, false, {}, findings)) std::abort();
    claimed_issuer(input);
    // As by redirect, when the query was signed; and metadata that nobody has to sign.
    answer.parts.clear();
    findings = {};
    if (const auto message = authentic_logout(answer, true, {}, findings)) {
        const LogoutExpectation expected;
        if (logout_request_in(*message, {}, expected, findings) && findings.is_refused) std::abort();
        is_logout_answer(*message, "_q", {}, expected, findings);
    }
    findings = {};
    const auto metadata = metadata_in(answer, {}, 0, findings);
    if (metadata.has_value() == findings.is_refused) std::abort();
    if (metadata && metadata->facts.certificates.empty()) std::abort();
    return 0;
}
