// OutboundClient: HTTP requests that the node makes to addresses which somebody else chose.
//
// The address that was checked is the address that is dialled: a name is resolved once, and redirects are
// followed by new connections that are checked again (address_filter.hpp). There is one bound for everything
// that one request does, and one for what is read. No proxy is used. TLS certificates are verified unless
// ServiceSettings.EnableInsecureOutgoingConnections is set.
//
// send() blocks: call it on a thread that may wait, never on a network thread, and with no transaction open.
// A name server that does not answer can hold the caller longer than the bound, as long as the system's
// resolver waits. Thread-safe; connections are not kept.
//
// Errors, none of which quotes the address's path or what was read:
//   invalid      web.outbound.url          no http(s) URL, or one with a zone
//   forbidden    web.outbound.plain        http, where only https is wanted
//   forbidden    web.outbound.forbidden    no address of the host may be dialled
//   unavailable  web.outbound.unreachable  not resolved, refused, reset, no TLS, certificate not trusted
//   unavailable  web.outbound.timeout
//   unavailable  web.outbound.stopping     the node ends
//   unavailable  web.outbound.protocol     what came is not HTTP
//   unavailable  web.outbound.redirects    more than most_redirects
//   too_large    web.outbound.too_large    the answer is longer than was asked for
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>
#include "core/config/live.hpp"

namespace concordat::web {

struct OutboundRequest {
    std::string method = "GET";  // GET or POST
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;  // of a POST
    std::string content_type;
    std::size_t longest_answer = 1 << 20;      // bytes of body
    std::chrono::milliseconds timeout{30000};  // of everything, redirects included
    bool only_https = false;  // all the way, certificates verified in any case; but http to this machine
    bool is_trusted = false;  // no address is refused: the operator chose this one
};

struct OutboundAnswer {
    int status = 0;
    std::string content_type;  // as sent
    std::string body;
};

// What is read of a URL: for checks before it is kept.
bool is_http_url(const std::string& url);

class OutboundClient {
public:
    static constexpr int most_redirects = 10;
    static constexpr std::size_t longest_head = 16 * 1024;  // bytes of an answer's head
    static constexpr std::chrono::milliseconds connect_timeout{3000}, handshake_timeout{3000};

    // `settings` must outlive this object.
    explicit OutboundClient(const LiveSettings& settings);
    ~OutboundClient();
    OutboundClient(const OutboundClient&) = delete;

    OutboundAnswer send(const OutboundRequest& request) const;
    // Gives up what is being sent within about a tenth of a second, and refuses what comes later. Any thread.
    void stop() { is_stopping_ = true; }

private:
    struct Parts;
    const LiveSettings& settings_;
    std::unique_ptr<Parts> parts_;
    std::atomic<bool> is_stopping_{false};
};

}  // namespace concordat::web
