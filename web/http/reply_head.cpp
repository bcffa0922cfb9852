#include "web/http/reply_head.hpp"

#include <array>
#include <charconv>
#include <ctime>
#include <string_view>

namespace concordat::web {
namespace {

const char* reason_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 416:
            return "Range Not Satisfiable";
        case 417:
            return "Expectation Failed";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Unknown";
    }
}

void append_number(std::string& out, std::uint64_t value) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void append_clean(std::string& out, std::string_view text) {
    const auto at = out.size();
    out += text;
    for (auto i = at; i < out.size(); ++i)
        if (out[i] == '\r' || out[i] == '\n' || out[i] == '\0') out[i] = ' ';
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    append_clean(out, name);
    out += ": ";
    append_clean(out, value);
    out += "\r\n";
}

// "Sun, 06 Nov 1994 08:49:37 GMT", made once a second and thread.
std::string_view http_date() {
    static thread_local std::time_t made_at = 0;
    static thread_local std::array<char, 32> text;
    static thread_local std::size_t length = 0;
    const auto now = std::time(nullptr);
    if (now != made_at) {
        static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        std::tm utc{};
        gmtime_r(&now, &utc);
        char rest[24];
        std::strftime(rest, sizeof rest, "%Y %H:%M:%S GMT", &utc);
        length = static_cast<std::size_t>(snprintf(text.data(), text.size(), "%s, %02d %s %s",
                                                   days[utc.tm_wday], utc.tm_mday, months[utc.tm_mon], rest));
        made_at = now;
    }
    return {text.data(), length};
}

}  // namespace

std::uint64_t body_size(const Reply& reply) {
    if (reply.source) return reply.source_size;
    return reply.shared_body ? reply.shared_body->size() : reply.body.size();
}

bool may_have_body(int status) {
    return status != 204 && status != 304 && status >= 200;
}

std::string reply_head(const Reply& reply, const Framing& framing) {
    std::string out;
    out.reserve(512);
    out += framing.is_http11 ? "HTTP/1.1 " : "HTTP/1.0 ";
    append_number(out, static_cast<std::uint64_t>(reply.status));
    ((out += ' ') += reason_of(reply.status)) += "\r\n";
    if (may_have_body(reply.status)) {
        if (!reply.content_type.empty() && body_size(reply) > 0)
            append_field(out, "Content-Type", reply.content_type);
        out += "Content-Length: ";
        append_number(out, body_size(reply));
        out += "\r\n";
    }
    for (const auto& [name, value] : reply.headers) append_field(out, name, value);
    if (framing.rate.limit > 0) {
        append_field(out, "X-RateLimit-Limit", std::to_string(framing.rate.limit));
        append_field(out, "X-RateLimit-Remaining", std::to_string(framing.rate.remaining));
        append_field(out, "X-RateLimit-Reset", std::to_string(framing.rate.reset));
    }
    if (!framing.keeps_alive)
        out += "Connection: close\r\n";
    else if (!framing.is_http11)
        out += "Connection: keep-alive\r\n";
    append_field(out, "Date", http_date());
    out += "\r\n";
    return out;
}

}  // namespace concordat::web
