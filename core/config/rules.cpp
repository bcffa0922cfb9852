#include "core/config/rules.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "core/base/text.hpp"

namespace concordat::rules {
namespace {

bool starts_with_any(std::string_view value, std::initializer_list<std::string_view> beginnings) {
    return std::any_of(beginnings.begin(), beginnings.end(), [&](auto b) { return value.starts_with(b); });
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_host_name(std::string_view host) {
    return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' &&
           std::all_of(host.begin(), host.end(), [](char c) {
               return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
           });
}

bool is_address(int family, std::string_view text) {
    unsigned char bytes[16];
    return ::inet_pton(family, std::string(text).c_str(), bytes) == 1;
}

int whole_number(std::string_view text) {
    int number = -1;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && number >= 0 ? number : -1;
}

// host[:port][/path] after the scheme; no user, query, fragment or blanks, which have no place in ours.
bool is_authority_and_path(std::string_view rest) {
    if (rest.find_first_of("?#@\\ \t\r\n\"<>") != rest.npos) return false;
    auto authority = rest.substr(0, rest.find('/'));
    auto colon = authority.rfind(':');
    bool has_port = colon != authority.npos && authority.find(']', colon) == authority.npos;
    auto host = has_port ? authority.substr(0, colon) : authority;
    if (has_port && !port(authority.substr(colon + 1)).empty()) return false;
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        return is_address(AF_INET6, host.substr(1, host.size() - 2));
    }
    return is_host_name(host);
}

}  // namespace

HostPort split_host_port(std::string_view text) {
    auto colon = text.rfind(':');
    if (colon == text.npos) return {};
    auto host = text.substr(0, colon);
    auto number = whole_number(text.substr(colon + 1));
    if (number > 65535) return {};
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        return is_address(AF_INET6, host) ? HostPort{std::string(host), number} : HostPort{};
    }
    if (host.empty() || is_host_name(host)) return {std::string(host), number};
    return {};
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_address(AF_INET, host));
}

std::string host_port(std::string_view value) {
    return split_host_port(value).port < 0 ? "is not HOST:PORT" : "";
}
std::string host_port_or_none(std::string_view value) {
    return value.empty() ? "" : host_port(value);
}

std::string remote_or_none(std::string_view value) {
    const auto [host, number] = split_host_port(value);
    return value.empty() || (!host.empty() && number > 0) ? "" : "is not HOST:PORT";
}

std::string scanner_address(std::string_view value) {
    if (remote_or_none(value).empty() || absolute_path(value).empty()) return "";
    return "is neither HOST:PORT nor the absolute path of a socket";
}

std::string site_url(std::string_view value) {
    if (value.empty()) return "";
    auto scheme = value.find("://");
    if (!starts_with_any(value, {"http://", "https://"}) ||
        !is_authority_and_path(value.substr(scheme + 3))) {
        return "is not a URL like https://chat.example.org";
    }
    return value.back() == '/' ? "must not end with a slash" : "";
}

std::string socket_url(std::string_view value) {
    if (value.empty()) return "";
    auto scheme = value.find("://");
    bool good =
        starts_with_any(value, {"ws://", "wss://"}) && is_authority_and_path(value.substr(scheme + 3));
    return good ? "" : "is not a URL like wss://chat.example.org";
}

std::string web_link(std::string_view value) {
    bool clean = value.find_first_of(" \t\r\n\"<>\\") == value.npos;
    bool known = value.empty() || starts_with_any(value, {"http://", "https://"}) ||
                 (value.front() == '/' && !value.starts_with("//"));
    return clean && known ? "" : "is not an http or https address";
}

std::string origins(std::string_view value) {
    if (value == "*") return "";
    for (const auto& origin : split_words(value)) {
        auto scheme = origin.find("://");
        bool good = starts_with_any(origin, {"http://", "https://"}) &&
                    origin.find('/', scheme + 3) == origin.npos &&
                    is_authority_and_path(std::string_view(origin).substr(scheme + 3));
        if (!good) return "is not \"*\" or a list of origins like https://intranet.example.org";
    }
    return "";
}

std::string network(std::string_view value) {
    auto slash = value.find('/');
    auto address = value.substr(0, slash);
    bool v4 = is_address(AF_INET, address);
    bool good = v4 || is_address(AF_INET6, address);
    if (good && slash != value.npos) {
        auto bits = whole_number(value.substr(slash + 1));
        good = bits >= 0 && bits <= (v4 ? 32 : 128);
    }
    return good ? "" : "is not an address or a network like 10.0.0.0/8";
}

std::string named_network(std::string_view value) {
    value = trimmed(value);
    if (value.starts_with('#')) value = trimmed(value.substr(1));
    if (value.size() > 256) return "is longer than 256 bytes";
    return network(value.substr(0, value.find(' ')));
}

std::string header_name(std::string_view value) {
    bool good = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '-' || c == '_';
    });
    return good ? "" : "is not the name of a header";
}

std::string time_of_day(std::string_view value) {
    const bool has_form = value.size() == 5 && is_digit(value[0]) && is_digit(value[1]) && value[2] == ':' &&
                          is_digit(value[3]) && is_digit(value[4]);
    return has_form && value.substr(0, 2) < "24" && value.substr(3) < "60" ? "" : "is not HH:MM";
}

std::string colour(std::string_view value) {
    bool length = value.size() == 4 || value.size() == 5 || value.size() == 7 || value.size() == 9;
    bool good =
        length && value.front() == '#' && value.find_first_not_of("0123456789abcdefABCDEF", 1) == value.npos;
    return good ? "" : "is not a colour like #1e325c";
}

std::string locale(std::string_view value) {
    auto dash = value.find('-');
    auto language = value.substr(0, dash);
    auto region = dash == value.npos ? std::string_view() : value.substr(dash + 1);
    bool good =
        language.size() >= 2 && language.size() <= 3 && value.size() <= 10 &&
        std::all_of(language.begin(), language.end(), is_letter) &&
        (dash == value.npos || (!region.empty() && std::all_of(region.begin(), region.end(), [](char c) {
             return is_letter(c) || is_digit(c);
         })));
    return good ? "" : "is not a locale like en or pt-BR";
}

std::string locales(std::string_view value) {
    for (const auto& part : split_words(value, ',')) {
        if (!locale(trimmed(part)).empty()) return "is not a list of locales like en,fr,pt-BR";
    }
    return "";
}

std::string mail_address(std::string_view value) {
    if (value.empty()) return "";
    auto at = value.rfind('@');
    bool good = at != value.npos && at > 0 && is_host_name(value.substr(at + 1)) &&
                value.find_first_of(" \t\r\n,;<>\"") == value.npos;
    return good ? "" : "is not an e-mail address";
}

std::string port(std::string_view value) {
    auto number = whole_number(value);
    return number >= 1 && number <= 65535 ? "" : "is not a port between 1 and 65535";
}

std::string domains(std::string_view value) {
    for (const auto& part : split_words(value, ',')) {
        for (auto name : split_words(part)) {
            if (name.starts_with("@")) name.erase(0, 1);
            if (!is_host_name(name)) return "is not a list of domains like example.org,example.net";
        }
    }
    return "";
}

std::string absolute_path(std::string_view value) {
    return value.starts_with('/') && value.find('\0') == value.npos ? "" : "is not an absolute path";
}

std::string file_or_none(std::string_view value) {
    return value.empty() ? "" : absolute_path(value);
}

std::string salt(std::string_view value) {
    return value.empty() || value.size() >= 32 ? "" : "is shorter than 32 characters";
}

std::string not_empty(std::string_view value) {
    return trimmed(value).empty() ? "must not be empty" : "";
}

std::string complaint(const Rule& rule, std::int64_t value) {
    if (value >= rule.least && value <= rule.most) return "";
    if (rule.most == INT64_MAX) return "is less than " + std::to_string(rule.least);
    return "is not between " + std::to_string(rule.least) + " and " + std::to_string(rule.most);
}

std::string complaint(const Rule& rule, std::string_view value) {
    if (rule.form) return rule.form(value);
    if (!rule.words) return "";
    std::string list;
    for (std::string_view rest = rule.words;;) {
        auto word = rest.substr(0, rest.find('|'));
        if (word == value) return "";
        list += (list.empty() ? "" : ", ") + (word.empty() ? std::string("\"\"") : std::string(word));
        if (word.size() == rest.size()) break;
        rest.remove_prefix(word.size() + 1);
    }
    return "is not one of " + list;
}

}  // namespace concordat::rules
