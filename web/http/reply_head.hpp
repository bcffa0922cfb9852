// The bytes before a reply's body. Pure.
#pragma once
#include <string>
#include "web/http/call.hpp"
#include "web/http/rate_limit.hpp"

namespace concordat::web {

// What the connection, not the application, knows about a reply.
struct Framing {
    bool is_http11 = true;
    bool keeps_alive = true;
    bool is_head = false;      // a HEAD request: lengths, but no body
    RateLimiter::Answer rate;  // limit 0: no rate limit in force
};

std::uint64_t body_size(const Reply& reply);
// False for 204 and 304, which have no body whatever the application says.
bool may_have_body(int status);

// Status line and header fields with the empty line that ends them: the reply's own, and Content-Type,
// Content-Length, Connection, Date. CR, LF and NUL in a name or value become spaces.
std::string reply_head(const Reply& reply, const Framing& framing);

}  // namespace concordat::web
