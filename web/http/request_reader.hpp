// Bytes in, one request out: the parser of HTTP/1.0 and HTTP/1.1 requests, without any I/O.
//
// One reader per request. It refuses whatever two parties could read differently: Content-Length
// beside Transfer-Encoding, repeated or odd lengths, folded header lines, bare CR or LF, NUL, more
// than one Host. Not thread-safe. Beast does the grammar, inside the body.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include "web/http/call.hpp"

namespace concordat::web {

struct ReadLimits {
    std::size_t head_bytes = 16 * 1024;  // request line and header fields together
    std::size_t url_chars = 2048;
    std::size_t fields = 100;
};

// Why a request is answered by the listener itself.
struct Refusal {
    int status;
    std::string id;
    std::string text;
};

class RequestReader {
public:
    explicit RequestReader(const ReadLimits& limits);
    ~RequestReader();

    // Takes bytes off the front and says how many; present the rest again, with more behind it. Stops
    // at the end of the head, and at the end of the request. Takes nothing once it has refused.
    std::size_t put(std::string_view bytes);

    bool has_head() const { return has_head_; }
    bool is_done() const;
    const std::optional<Refusal>& refusal() const { return refusal_; }

    // From here on: once has_head(). The head lacks what only the connection knows (remote_address,
    // is_secure, request_id); `path` still begins with the site's sub-path.
    // May be moved from; the reader does not look at it again.
    Head& head() { return head_; }
    bool is_http11() const { return is_http11_; }
    bool keeps_alive() const;
    bool expects_continue() const { return expects_continue_; }

    // A larger body is refused with 413, as soon as it is known to be larger.
    void limit_body(std::uint64_t bytes);
    // What arrived of the body so far, without chunk framing. The caller may take it away at any time.
    std::string& body() { return body_; }

private:
    class Parser;
    void put_head(std::string_view bytes, std::size_t& taken);
    void put_body(std::string_view bytes, std::size_t& taken);
    void check_head();
    void read_target(std::string_view target);
    void refuse(int status, std::string id, std::string text);

    ReadLimits limits_;
    std::unique_ptr<Parser> parser_;
    Head head_;
    std::string body_;
    std::optional<Refusal> refusal_;
    std::uint64_t body_length_ = 0;  // as announced
    std::uint64_t body_limit_ = UINT64_MAX;
    std::uint64_t body_seen_ = 0;
    std::size_t held_ = 0;      // bytes of the body that were presented and need more behind them
    std::size_t searched_ = 0;  // of the bytes presented, for the end of the head
    bool has_head_ = false;
    bool is_http11_ = true;
    bool expects_continue_ = false;
    bool is_chunked_ = false;
};

}  // namespace concordat::web
