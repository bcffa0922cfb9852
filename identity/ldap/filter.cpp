#include "identity/ldap/filter.hpp"

#include <ldap.h>

#include <algorithm>
#include <memory>

#include "core/base/text.hpp"

namespace concordat::identity::ldap {
namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr std::string_view hex_mark = "hex:";
// Where each byte of an objectGUID stands in its text.
constexpr int guid_order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

bool is_guid(std::string_view attribute) {
    return lower_ascii(attribute) == "objectguid";
}

bool is_plain(std::string_view text) {
    return is_utf8(text) && !text.starts_with(hex_mark) && std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
           });
}

// "" when it is not hex.
std::string bytes_of(std::string_view hex) {
    std::string out;
    if (hex.size() % 2 != 0) return out;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const auto high = digits.find(hex[i]), low = digits.find(hex[i + 1]);
        if (high == digits.npos || low == digits.npos) return {};
        out += static_cast<char>(high * 16 + low);
    }
    return out;
}

std::string joined(char sign, const std::vector<std::string>& filters) {
    std::string out;
    std::size_t count = 0;
    for (const auto& filter : filters) {
        out += filter;
        count += filter.empty() ? 0 : 1;
    }
    return count < 2 ? out : std::string("(") + sign + out + ")";
}

}  // namespace

std::string escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte > 0x7e || std::string_view("*()\\").find(c) != std::string_view::npos) {
            out += '\\';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            out += c;
        }
    }
    return out;
}

std::string equals(std::string_view attribute, std::string_view value) {
    return "(" + std::string(attribute) + "=" + escaped(value) + ")";
}

std::string all_of(const std::vector<std::string>& filters) {
    return joined('&', filters);
}

std::string any_of(const std::vector<std::string>& filters) {
    return joined('|', filters);
}

bool is_one_filter(std::string_view text) {
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '(') ++depth;
        if (text[i] == ')') --depth;
        if (depth <= 0 && i + 1 < text.size()) return false;
    }
    return !text.empty() && depth == 0 && text.back() == ')' && text.find('\0') == text.npos;
}

std::string normal_dn(const std::string& dn) {
    LDAPDN parsed = nullptr;
    if (ldap_str2dn(dn.c_str(), &parsed, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS) return {};
    const std::unique_ptr<LDAPRDN, decltype(&ldap_dnfree)> owner(parsed, &ldap_dnfree);
    char* text = nullptr;
    if (ldap_dn2str(parsed, &text, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS || !text) return {};
    const std::unique_ptr<char, decltype(&ldap_memfree)> copy(text, &ldap_memfree);
    return lower_ascii(text);
}

std::string subject_of(std::string_view attribute, std::string_view value) {
    if (is_guid(attribute) && value.size() == 16) {
        std::string out;
        for (int i = 0; i < 16; ++i) {
            if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
            out += hex_of(value.substr(static_cast<std::size_t>(guid_order[i]), 1));
        }
        return out;
    }
    return is_plain(value) ? std::string(value) : std::string(hex_mark) + hex_of(value);
}

std::string value_of(std::string_view attribute, std::string_view subject) {
    if (is_guid(attribute)) {
        std::string hex(subject);
        hex.erase(std::remove(hex.begin(), hex.end(), '-'), hex.end());
        const auto bytes = bytes_of(hex);
        if (bytes.size() != 16) return std::string(subject);
        std::string out(16, '\0');
        for (std::size_t i = 0; i < 16; ++i) out[static_cast<std::size_t>(guid_order[i])] = bytes[i];
        return out;
    }
    if (subject.starts_with(hex_mark)) return bytes_of(subject.substr(hex_mark.size()));
    return std::string(subject);
}

}  // namespace concordat::identity::ldap
