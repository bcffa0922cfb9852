// What a setting's value must look like. Pure functions, any thread.
//
// A form takes a value and returns what is wrong with it as the end of a sentence that begins
// with the value ("is not HOST:PORT"), or "" when nothing is.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace concordat::rules {

using Form = std::string (*)(std::string_view value);

std::string host_port(std::string_view value);  // "chat.example.org:443", ":8065", "[::1]:8065"
std::string host_port_or_none(std::string_view value);
std::string remote_or_none(std::string_view value);   // HOST:PORT with both, or ""
std::string scanner_address(std::string_view value);  // the same, or the absolute path of a socket
std::string site_url(std::string_view value);         // "" or http(s)://host[:port][/path]
std::string socket_url(std::string_view value);       // "" or ws(s)://...
std::string web_link(std::string_view value);         // "" or http(s)://... or a path on this server
std::string origins(std::string_view value);          // "" or "*" or origins separated by spaces
std::string network(std::string_view value);          // an address, or a network as ADDRESS/BITS
std::string named_network(
    std::string_view value);  // the same, perhaps after "#", and words: see allowed_networks
std::string header_name(std::string_view value);
std::string colour(std::string_view value);        // "#rgb", "#rgba", "#rrggbb", "#rrggbbaa"
std::string locale(std::string_view value);        // "en", "pt-BR", "zh-CN"
std::string locales(std::string_view value);       // the same, separated by commas
std::string mail_address(std::string_view value);  // "" or name@host
std::string port(std::string_view value);          // 1 to 65535, as text
std::string domains(std::string_view value);       // host names separated by commas or spaces
std::string absolute_path(std::string_view value);
std::string file_or_none(std::string_view value);  // "" or an absolute path
std::string salt(std::string_view value);          // "" or at least 32 characters
std::string not_empty(std::string_view value);
std::string time_of_day(std::string_view value);  // HH:MM, 00:00 to 23:59

// The parts of HOST:PORT. The port is -1 when the text is not of that form. Brackets round an IPv6
// address are taken off; no host is "".
struct HostPort {
    std::string host;
    int port = -1;
};
HostPort split_host_port(std::string_view text);
// Whether only this machine can reach an address that is listened on.
bool is_loopback(std::string_view host);

// What a key allows. At most one of the three is set; none: anything of the right type.
struct Rule {
    std::int64_t least = INT64_MIN;
    std::int64_t most = INT64_MAX;
    const char* words = nullptr;  // the values allowed, separated by '|', which may be empty: "|TLS"
    Form form = nullptr;          // of a list: every element
};
constexpr Rule within(std::int64_t least, std::int64_t most) {
    return {least, most, nullptr, nullptr};
}
constexpr Rule at_least(std::int64_t least) {
    return {least, INT64_MAX, nullptr, nullptr};
}
constexpr Rule one_of(const char* words) {
    return {INT64_MIN, INT64_MAX, words, nullptr};
}
constexpr Rule like(Form form) {
    return {INT64_MIN, INT64_MAX, nullptr, form};
}

// "" or the end of the sentence, as above.
std::string complaint(const Rule& rule, std::int64_t value);
std::string complaint(const Rule& rule, std::string_view value);

}  // namespace concordat::rules
