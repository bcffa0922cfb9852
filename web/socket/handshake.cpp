#include "web/socket/handshake.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "web/http/call.hpp"

namespace concordat::web {
namespace {

constexpr std::string_view accept_salt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

bool has_token(std::string_view list, std::string_view token) {
    const auto parts = split_words(list, ',');
    return std::any_of(parts.begin(), parts.end(),
                       [&](const auto& part) { return lower_ascii(trimmed(part)) == token; });
}

// 16 bytes in base64: 22 characters and "==".
bool is_websocket_key(std::string_view key) {
    if (key.size() != 24 || !key.ends_with("==")) return false;
    return std::all_of(key.begin(), key.end() - 2, [](unsigned char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
               c == '/';
    });
}

struct Origin {
    std::string scheme;  // "" when only a host was given
    std::string host;    // with its port, unless that is the scheme's own
};

Origin origin_of(std::string_view text) {
    Origin out;
    auto lower = lower_ascii(trimmed(text));
    if (const auto at = lower.find("://"); at != std::string::npos) {
        out.scheme = lower.substr(0, at);
        lower = lower.substr(at + 3);
    }
    out.host = lower.substr(0, lower.find('/'));
    return out;
}

std::string without_own_port(const std::string& host, const std::string& scheme) {
    const std::string_view own = scheme == "https" ? ":443" : scheme == "http" ? ":80" : "";
    if (!own.empty() && host.ends_with(own)) return host.substr(0, host.size() - own.size());
    return host;
}

const char* reason_phrase(int status) {
    switch (status) {
        case 400:
            return "Bad Request";
        case 403:
            return "Forbidden";
        case 426:
            return "Upgrade Required";
        case 503:
            return "Service Unavailable";
        default:
            return "Refused";
    }
}

}  // namespace

std::string websocket_accept(std::string_view key) {
    const auto salted = std::string(key) + std::string(accept_salt);
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1(reinterpret_cast<const unsigned char*>(salted.data()), salted.size(), digest);
    unsigned char text[32];
    const int size = EVP_EncodeBlock(text, digest, sizeof digest);
    return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

bool is_origin_allowed(std::string_view origin, std::string_view host,
                       const std::vector<std::string>& allowed) {
    if (origin.empty()) return true;
    const auto from = origin_of(origin);
    if (from.host.empty() || from.scheme.empty()) return false;  // "null" and the like
    const auto from_host = without_own_port(from.host, from.scheme);
    if (from_host == without_own_port(lower_ascii(trimmed(host)), from.scheme)) return true;
    return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& entry) {
        if (entry == "*") return true;
        const auto other = origin_of(entry);
        return (other.scheme.empty() || other.scheme == from.scheme) && !other.host.empty() &&
               without_own_port(other.host, from.scheme) == from_host;
    });
}

std::string refusal(int status, const std::string& id, const std::string& text, const Head& head) {
    std::string body = R"({"id":)" + json_text(id) + R"(,"message":)" + json_text(text) +
                       R"(,"detailed_error":"","request_id":)" + json_text(head.request_id) +
                       R"(,"status_code":)" + std::to_string(status) + "}";
    std::string out = "HTTP/1.1 " + std::to_string(status) + " " + reason_phrase(status) + "\r\n";
    if (status == 426) out += "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n";
    if (status == 503) out += "Retry-After: 2\r\n";
    out += "Content-Type: application/json\r\nX-Request-Id: " + head.request_id +
           "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    return out + body;
}

SocketHandshake shake_hands(const Head& head, const std::vector<std::string>& allowed_origins) {
    auto refuse = [&](int status, const char* text) {
        return SocketHandshake{status,
                               refusal(status, "api.web_socket.connect.upgrade.app_error", text, head)};
    };
    if (head.verb != Verb::get || !has_token(head.headers.get("Upgrade"), "websocket") ||
        !has_token(head.headers.get("Connection"), "upgrade"))
        return refuse(400, "This address answers WebSocket upgrades only.");
    if (trimmed(head.headers.get("Sec-WebSocket-Version")) != "13")
        return refuse(426, "Only version 13 of the WebSocket protocol is spoken.");
    const auto key = trimmed(head.headers.get("Sec-WebSocket-Key"));
    if (!is_websocket_key(key)) return refuse(400, "Sec-WebSocket-Key is missing or malformed.");
    if (!is_origin_allowed(head.headers.get("Origin"), head.headers.get("Host"), allowed_origins))
        return refuse(403, "The page's origin is not allowed to connect.");
    return {101,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
            "Upgrade\r\nSec-WebSocket-Accept: " +
                websocket_accept(key) + "\r\n\r\n"};
}

}  // namespace concordat::web
