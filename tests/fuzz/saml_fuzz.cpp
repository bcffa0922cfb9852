// Feeds bytes to everything of a SAML message that the node itself reads: the gate, the reader of canonical
// XML, times, redirects, and the rules with it as an unsigned message. Whatever they are: no crash, and
// nobody is let in.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "identity/saml_message/element.hpp"
#include "identity/saml_message/gate.hpp"
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
    return 0;
}
