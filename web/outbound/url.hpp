// http(s) URLs, taken apart for dialling. Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace concordat::web {

struct OutboundUrl {
    bool is_tls = false;
    std::string host;  // without brackets, lower case
    unsigned short port = 0;
    std::string user_info;  // as written, before the '@'
    std::string target;     // path and query, at least "/"; without fragment
    // As the Host header has it.
    std::string authority() const;
};

// Nothing for another scheme, an empty or odd host, a zone, a port that is none, and for control characters
// and blanks anywhere. Bytes above 127 in the path are percent-encoded; in a host they are refused.
std::optional<OutboundUrl> outbound_url(std::string_view text);

// Of a host: the machine's own name and addresses for itself.
bool is_this_machine(std::string_view host);

// Where a redirect from `base` leads.
std::optional<std::string> redirected(const std::string& base, const std::string& location);

}  // namespace concordat::web
