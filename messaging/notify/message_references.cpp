#include "messaging/notify/message_references.hpp"
#include <algorithm>
#include <optional>
#include <unordered_set>
#include "core/base/text.hpp"
#include "messaging/notify/markdown_text.hpp"

namespace concordat::messaging {
namespace {

bool is_emoji_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '+' || c == '-';
}

bool is_team_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

// Where the host ends: the part of an address that has no case.
std::size_t host_end(std::string_view url) {
    const auto scheme = url.find("://");
    const auto slash = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
    return slash == std::string_view::npos ? url.size() : slash;
}

std::optional<Permalink> permalink_of(std::string_view url, std::string_view site) {
    if (url.size() <= site.size() || url[site.size()] != '/') return std::nullopt;
    const auto host = host_end(site);
    if (lower_ascii(url.substr(0, host)) != lower_ascii(site.substr(0, host))) return std::nullopt;
    if (url.substr(host, site.size() - host) != site.substr(host)) return std::nullopt;
    auto rest = url.substr(site.size() + 1);
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos || slash == 0) return std::nullopt;
    const auto team = rest.substr(0, slash);
    if (!std::all_of(team.begin(), team.end(), is_team_char)) return std::nullopt;
    rest.remove_prefix(slash);
    if (rest.substr(0, 4) != "/pl/") return std::nullopt;
    rest.remove_prefix(4);
    auto id = rest.substr(0, std::min(rest.find_first_of("?#/"), rest.size()));
    if (!looks_like_id(id)) return std::nullopt;
    return Permalink{std::string(team), PostId::from_text(id), std::string(url)};
}

}  // namespace

std::vector<Permalink> permalinks(std::string_view message, std::string_view site_url) {
    std::vector<Permalink> found;
    while (!site_url.empty() && site_url.back() == '/') site_url.remove_suffix(1);
    if (site_url.empty() || message.find("/pl/") == std::string_view::npos) return found;
    std::unordered_set<PostId> seen;
    for (const auto& url : markdown_text(message).links)
        if (auto link = permalink_of(url, site_url); link && seen.insert(link->post_id).second)
            found.push_back(*std::move(link));
    return found;
}

std::vector<std::string> emoji_names_in(std::string_view message) {
    std::vector<std::string> names;
    const auto first = message.find(':');
    if (first == std::string_view::npos || message.find(':', first + 1) == std::string_view::npos)
        return names;
    std::unordered_set<std::string> seen;
    for (const auto& text : markdown_text(message).texts) {
        for (auto at = text.find(':'); at != std::string_view::npos;) {
            auto end = at + 1;
            while (end < text.size() && is_emoji_char(text[end])) ++end;
            const auto name = std::string_view(text).substr(at + 1, end - at - 1);
            const bool closed = end < text.size() && text[end] == ':' && is_emoji_name(name);
            if (closed && seen.emplace(name).second) names.emplace_back(name);
            at = text.find(':', end);  // a closing colon may open the next: "12:30:smile:"
        }
    }
    return names;
}

std::string with_emoji_names(std::string_view message, const std::map<std::string, std::string>& names) {
    std::string out;
    for (std::size_t at = 0; at < message.size();) {
        if (message[at] == '`') {  // code ends with as many
            const auto open = std::min(message.find_first_not_of('`', at), message.size());
            const auto fence = message.substr(at, open - at);
            auto close = message.find(fence, open);
            while (close != std::string_view::npos && close + fence.size() < message.size() &&
                   message[close + fence.size()] == '`')
                close = message.find(fence, std::min(message.find_first_not_of('`', close), message.size()));
            const auto end = close == std::string_view::npos ? open : close + fence.size();
            out += message.substr(at, end - at);
            at = end;
            continue;
        }
        auto end = at + 1;
        if (message[at] == ':') {
            while (end < message.size() && is_emoji_char(message[end])) ++end;
            const auto known = names.find(std::string(message.substr(at + 1, end - at - 1)));
            if (end < message.size() && message[end] == ':' && known != names.end()) {
                out += ':' + known->second + ':';
                at = end + 1;
                continue;
            }
        }
        out += message.substr(at, end - at);
        at = end;
    }
    return out;
}

bool is_emoji_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), is_emoji_char);
}

}  // namespace concordat::messaging
