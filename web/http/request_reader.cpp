#include "web/http/request_reader.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>

#include "core/base/text.hpp"
#include "web/http/percent.hpp"

namespace concordat::web {
namespace http = boost::beast::http;
namespace {

using boost::beast::string_view;
using boost::system::error_code;

constexpr std::size_t longest_chunk_line = 4096;  // size, extensions, and trailers
constexpr std::size_t shortest_last_chunk = 5;    // "0", CRLF, CRLF

Verb verb_of(http::verb verb) {
    switch (verb) {
        case http::verb::get:
            return Verb::get;
        case http::verb::head:
            return Verb::head;
        case http::verb::post:
            return Verb::post;
        case http::verb::put:
            return Verb::put;
        case http::verb::patch:
            return Verb::patch;
        case http::verb::delete_:
            return Verb::del;
        case http::verb::options:
            return Verb::options;
        default:
            return Verb::other;
    }
}

// Every line ends in CRLF, none is folded, and there is no NUL. `head` ends in CRLF CRLF.
bool is_well_lined(std::string_view head) {
    if (head.find('\0') != head.npos) return false;
    for (std::size_t at = 0; at < head.size();) {
        const auto end = head.find('\n', at);
        if (end == head.npos) return false;
        if (end == at || head[end - 1] != '\r') return false;
        if (head.substr(at, end - 1 - at).find('\r') != head.npos) return false;
        at = end + 1;
        if (at < head.size() && (head[at] == ' ' || head[at] == '\t')) return false;
    }
    return true;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return value;
}

}  // namespace

// Puts what Beast finds where it belongs. Fields after the head are trailers, which nobody asked for.
class RequestReader::Parser final : public http::basic_parser<true> {
public:
    explicit Parser(RequestReader& reader) : reader_(reader) {
        header_limit(static_cast<std::uint32_t>(reader.limits_.head_bytes));
        body_limit(boost::none);  // the reader counts itself
        eager(false);
    }

private:
    void on_request_impl(http::verb verb, string_view, string_view target, int version,
                         error_code&) override {
        reader_.head_.verb = verb_of(verb);
        reader_.is_http11_ = version == 11;
        reader_.read_target({target.data(), target.size()});
    }
    void on_field_impl(http::field, string_view name, string_view value, error_code& failed) override {
        if (reader_.has_head_) return;
        if (reader_.head_.headers.all().size() >= reader_.limits_.fields)
            failed = http::error::header_limit;
        else
            reader_.head_.headers.add(std::string(name), std::string(value));
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(string_view bytes, error_code& failed) override { return take(bytes, failed); }
    void on_chunk_header_impl(std::uint64_t size, string_view, error_code& failed) override {
        if (size > reader_.body_limit_ - std::min(reader_.body_seen_, reader_.body_limit_))
            failed = http::error::body_limit;
    }
    std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& failed) override {
        return take(bytes, failed);
    }
    void on_finish_impl(error_code&) override {}
    void on_response_impl(int, string_view, int, error_code&) override {}

    std::size_t take(string_view bytes, error_code& failed) {
        reader_.body_seen_ += bytes.size();
        if (reader_.body_seen_ > reader_.body_limit_)
            failed = http::error::body_limit;
        else
            reader_.body_.append(bytes.data(), bytes.size());
        return bytes.size();
    }

    RequestReader& reader_;
};

RequestReader::RequestReader(const ReadLimits& limits)
    : limits_(limits), parser_(std::make_unique<Parser>(*this)) {}
RequestReader::~RequestReader() = default;

bool RequestReader::is_done() const {
    return !refusal_ && has_head_ && parser_->is_done();
}

bool RequestReader::keeps_alive() const {
    return parser_->keep_alive();
}

void RequestReader::refuse(int status, std::string id, std::string text) {
    if (!refusal_) refusal_ = Refusal{status, std::move(id), std::move(text)};
}

void RequestReader::limit_body(std::uint64_t bytes) {
    body_limit_ = bytes;
    if (body_length_ > bytes)
        refuse(413, "api.context.request_body_too_large.app_error", "The request body is too large.");
}

std::size_t RequestReader::put(std::string_view bytes) {
    std::size_t taken = 0;
    if (refusal_ || is_done()) return taken;
    if (has_head_)
        put_body(bytes, taken);
    else
        put_head(bytes, taken);
    return taken;
}

void RequestReader::put_head(std::string_view bytes, std::size_t& taken) {
    if (searched_ == 0)  // some clients end the previous body with an empty line
        while (bytes.size() >= taken + 2 && bytes[taken] == '\r' && bytes[taken + 1] == '\n') taken += 2;
    bytes.remove_prefix(taken);
    if (bytes.empty() || (bytes == "\r" && searched_ == 0)) return;
    const auto first = static_cast<unsigned char>(bytes.front());
    if (first < 'A' || first > 'z')
        return refuse(400, "api.context.bad_request.app_error", "This is not an HTTP request.");
    auto end = bytes.find("\r\n\r\n", searched_);
    end = end == bytes.npos ? bytes.npos : end + 4;
    if (std::min(end, bytes.size()) > limits_.head_bytes) {
        if (bytes.substr(0, limits_.head_bytes).find('\n') == bytes.npos)
            return refuse(414, "api.context.url_too_long.app_error", "The URL is too long.");
        return refuse(431, "api.context.headers_too_large.app_error",
                      "The request header fields are too large.");
    }
    if (end == bytes.npos) {
        searched_ = bytes.size() < 3 ? 0 : bytes.size() - 3;
        return;
    }
    if (!is_well_lined(bytes.substr(0, end)))
        return refuse(400, "api.context.bad_request.app_error", "The request has a malformed header.");
    error_code failed;
    const auto parsed = parser_->put({bytes.data(), end}, failed);
    taken += parsed;
    if (failed == http::error::bad_version)
        return refuse(505, "api.context.http_version.app_error",
                      "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
    if (failed == http::error::header_limit)
        return refuse(431, "api.context.headers_too_large.app_error",
                      "The request header fields are too many.");
    if (failed || !parser_->is_header_done() || parsed != end)
        return refuse(400, "api.context.bad_request.app_error", "The request is malformed.");
    has_head_ = true;
    parser_->eager(true);
    check_head();
}

// What the grammar allows but two readers may understand differently.
void RequestReader::check_head() {
    const auto bad = [&](const char* text) { refuse(400, "api.context.bad_request.app_error", text); };
    int hosts = 0, lengths = 0, encodings = 0;
    std::string_view length, encoding;
    for (const auto& [name, value] : head_.headers.all()) {
        switch (http::string_to_field(name)) {
            case http::field::host:
                ++hosts;
                break;
            case http::field::content_length:
                ++lengths;
                length = value;
                break;
            case http::field::transfer_encoding:
                ++encodings;
                encoding = value;
                break;
            case http::field::expect:
                if (lower_ascii(value) != "100-continue")
                    return refuse(417, "api.context.expectation.app_error",
                                  "This expectation cannot be met.");
                expects_continue_ = is_http11_;
                break;
            default:
                break;
        }
    }
    if (hosts > 1 || (hosts == 0 && is_http11_)) return bad("A request needs exactly one Host header.");
    if (lengths + encodings > 1) return bad("The length of the request body is ambiguous.");
    if (encodings == 1) {
        if (!is_http11_ || lower_ascii(encoding) != "chunked")
            return refuse(501, "api.context.transfer_encoding.app_error",
                          "Only the chunked transfer encoding is understood.");
        is_chunked_ = true;
    }
    if (lengths == 1) {
        head_.content_length = whole_number(length);
        if (!head_.content_length) return bad("The length of the request body is not a number.");
        body_length_ = *head_.content_length;
    }
}

// Origin form ("/path?query"), absolute form as sent to proxies, or "*".
void RequestReader::read_target(std::string_view target) {
    const auto bad = [&] { refuse(400, "api.context.bad_request.app_error", "The URL is malformed."); };
    if (target.size() > limits_.url_chars)
        return refuse(414, "api.context.url_too_long.app_error", "The URL is too long.");
    if (target == "*" && head_.verb == Verb::options) {
        head_.path = "*";
        return;
    }
    if (!target.starts_with('/')) {
        const auto lowered = lower_ascii(target.substr(0, 8));
        const std::size_t scheme = lowered.starts_with("http://") ? 7 : lowered == "https://" ? 8 : 0;
        if (scheme == 0) return bad();
        target.remove_prefix(std::min(target.find_first_of("/?", scheme), target.size()));
    }
    target = target.substr(0, target.find('#'));
    const auto mark = target.find('?');
    if (mark != target.npos) head_.query = target.substr(mark + 1);
    auto path = percent_decoded(target.substr(0, mark));
    if (!path || path->find('\0') != path->npos || !is_utf8(*path)) return bad();
    head_.path = path->empty() ? "/" : std::move(*path);
}

void RequestReader::put_body(std::string_view bytes, std::size_t& taken) {
    // Beast must not see the same bytes twice, nor fewer than a last chunk has once it has begun one.
    if (bytes.size() <= held_ || (held_ > 0 && bytes.size() < shortest_last_chunk)) return;
    held_ = 0;
    while (!parser_->is_done() && taken < bytes.size()) {
        error_code failed;
        taken += parser_->put({bytes.data() + taken, bytes.size() - taken}, failed);
        if (!failed) continue;
        if (failed == http::error::body_limit)
            return refuse(413, "api.context.request_body_too_large.app_error",
                          "The request body is too large.");
        if (failed != http::error::need_more || (is_chunked_ && bytes.size() - taken > longest_chunk_line))
            return refuse(400, "api.context.bad_request.app_error", "The request body is malformed.");
        held_ = bytes.size() - taken;
        return;
    }
}

}  // namespace concordat::web
