#include "web/outbound/url.hpp"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <algorithm>
#include <charconv>

#include "core/base/addresses.hpp"
#include "core/base/text.hpp"

namespace concordat::web {
namespace {

bool is_host_name(std::string_view host) {
    return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](unsigned char c) {
        return c < 128 && (std::isalnum(c) || c == '.' || c == '-' || c == '_');
    });
}

bool read_port(std::string_view text, unsigned short& port) {
    if (text.empty()) return true;  // "host:" is the scheme's own
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
    return failed == std::errc() && end == text.data() + text.size() && port > 0;
}

bool read_authority(std::string_view authority, OutboundUrl& out) {
    if (const auto at = authority.rfind('@'); at != authority.npos) {
        out.user_info = std::string(authority.substr(0, at));
        authority.remove_prefix(at + 1);
    }
    if (authority.starts_with('[')) {
        const auto close = authority.find(']');
        if (close == authority.npos) return false;
        out.host = lower_ascii(authority.substr(1, close - 1));
        const bool is_address = out.host.find(':') != std::string::npos &&
                                out.host.find('%') == std::string::npos && address_bytes(out.host);
        authority.remove_prefix(close + 1);
        return is_address && (authority.empty() || authority.starts_with(':')) &&
               read_port(authority.substr(authority.empty() ? 0 : 1), out.port);
    }
    const auto colon = std::min(authority.find(':'), authority.size());
    out.host = lower_ascii(authority.substr(0, colon));
    return is_host_name(out.host) &&
           read_port(authority.substr(std::min(colon + 1, authority.size())), out.port);
}

}  // namespace

std::string OutboundUrl::authority() const {
    auto out = host.find(':') == std::string::npos ? host : '[' + host + ']';
    if (port != (is_tls ? 443 : 80)) out += ':' + std::to_string(port);
    return out;
}

std::optional<OutboundUrl> outbound_url(std::string_view text) {
    if (std::any_of(text.begin(), text.end(),
                    [](unsigned char c) { return c <= ' ' || c == 127 || c == '\\'; }))
        return std::nullopt;
    OutboundUrl out;
    const auto scheme = lower_ascii(text.substr(0, std::min(text.find("://"), text.size())));
    if (scheme != "http" && scheme != "https") return std::nullopt;
    out.is_tls = scheme == "https";
    out.port = out.is_tls ? 443 : 80;
    text.remove_prefix(scheme.size() + 3);
    const auto end = std::min(text.find_first_of("/?#"), text.size());
    if (!read_authority(text.substr(0, end), out)) return std::nullopt;
    text.remove_prefix(end);
    text = text.substr(0, text.find('#'));
    if (!text.starts_with('/')) out.target = '/';
    constexpr char digits[] = "0123456789ABCDEF";
    for (const unsigned char c : text) {
        if (c < 128) {
            out.target += static_cast<char>(c);
            continue;
        }
        out.target += '%';
        out.target += digits[c >> 4];
        out.target += digits[c & 15];
    }
    return out;
}

bool is_this_machine(std::string_view host) {
    return host == "127.0.0.1" || host == "localhost" || host == "::1";
}

std::optional<std::string> redirected(const std::string& base, const std::string& location) {
    if (outbound_url(location)) return location;
    if (location.starts_with("//")) return base.substr(0, base.find(':') + 1) + location;
    try {
        Poco::URI uri(base);
        uri.resolve(location);
        return uri.toString();
    } catch (const Poco::Exception&) {  // the receiver wrote what is no URL
        return std::nullopt;
    }
}

}  // namespace concordat::web
