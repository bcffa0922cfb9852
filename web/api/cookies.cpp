#include "web/api/cookies.hpp"

#include <algorithm>
#include <string_view>

#include "core/base/text.hpp"

namespace concordat::web {
namespace {

// "https://chat.example.org:8443/sub" without the scheme.
std::string_view without_scheme(std::string_view url) {
    const auto at = url.find("://");
    return at == url.npos ? std::string_view() : url.substr(at + 3);
}

std::string_view host_of(std::string_view url) {
    const auto rest = without_scheme(url);
    if (rest.starts_with('[')) return {};  // a cookie's domain cannot be an address
    return rest.substr(0, rest.find_first_of(":/?#"));
}

std::string cookie(const Settings& settings, const Head& head, std::string_view name, std::string_view value,
                   std::int64_t max_age, bool is_hidden) {
    const bool is_secure = came_by_https(head);
    const bool is_embedded = is_secure && head.cookie("MMEMBED") == "1";
    const auto path = site_path(settings);
    std::string out(name);
    out += '=';
    out += value;
    out += "; Path=" + (path.empty() ? std::string("/") : path);
    out += "; Max-Age=" + std::to_string(max_age);
    if (settings.ServiceSettings.AllowCookiesForSubdomains) {
        const auto domain = host_of(settings.ServiceSettings.SiteURL);
        if (!domain.empty()) out += "; Domain=" + std::string(domain);
    }
    if (is_hidden) out += "; HttpOnly";
    if (is_secure) out += "; Secure";
    out += is_embedded ? "; SameSite=None" : "; SameSite=Lax";
    return out;
}

std::vector<std::string> all(const Settings& settings, const Head& head, std::string_view token,
                             std::string_view user, std::string_view csrf, std::int64_t max_age) {
    return {cookie(settings, head, token_cookie, token, max_age, true),
            cookie(settings, head, "MMUSERID", user, max_age, false),
            cookie(settings, head, "MMCSRF", csrf, max_age, false)};
}

}  // namespace

bool came_by_https(const Head& head) {
    return head.is_secure || lower_ascii(head.headers.get("X-Forwarded-Proto")) == "https";
}

std::string site_path(const Settings& settings) {
    const auto rest = without_scheme(settings.ServiceSettings.SiteURL);
    const auto at = rest.find('/');
    if (at == rest.npos) return {};
    auto path = rest.substr(at, rest.find_first_of("?#;", at) - at);
    while (path.ends_with('/')) path.remove_suffix(1);
    return std::string(path);
}

std::vector<std::string> session_cookies(const Settings& settings, const Head& head,
                                         const identity::NewSession& made) {
    const auto& session = made.session;
    const auto csrf = session.props.find("csrf");
    const auto max_age = std::max<std::int64_t>(1, (session.expires_at - session.create_at) / 1000);
    return all(settings, head, made.token, session.user_id.text(),
               csrf == session.props.end() ? std::string_view() : csrf->second, max_age);
}

std::vector<std::string> expired_cookies(const Settings& settings, const Head& head) {
    return all(settings, head, "", "", "", 0);
}

}  // namespace concordat::web
