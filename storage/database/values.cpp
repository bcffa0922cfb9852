#include "storage/database/values.hpp"

#include <charconv>

#include "core/base/text.hpp"

namespace concordat::storage {
namespace {

int nibble(char c) {
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

}  // namespace

std::string bytes_in(const pqxx::field& field) {
    if (field.is_null()) return {};
    const std::string_view text(field.c_str(), field.size());
    if (!text.starts_with("\\x"))
        throw Error(Fault::internal, "storage.bytea_format", "", "bytea_output is not hex");
    std::string out((text.size() - 2) / 2, '\0');
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<char>(nibble(text[2 + 2 * i]) << 4 | nibble(text[3 + 2 * i]));
    return out;
}

std::int64_t int_in(const pqxx::field& field) {
    std::int64_t value = 0;
    if (!field.is_null()) std::from_chars(field.c_str(), field.c_str() + field.size(), value);
    return value;
}

std::string array_of(const std::vector<std::string>& texts) {
    std::string out = "{";
    for (const auto& text : texts) {
        if (out.size() > 1) out += ',';
        out += '"';
        for (const char c : text) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    return out + '}';
}

std::string array_of(const std::vector<std::int64_t>& numbers) {
    std::string out = "{";
    for (const auto n : numbers) {
        if (out.size() > 1) out += ',';
        out += std::to_string(n);
    }
    return out + '}';
}

std::string array_of_bytes(const std::vector<std::string>& values) {
    std::string out = "{";
    for (const auto& value : values) {
        if (out.size() > 1) out += ',';
        out += "\"\\\\x";
        out += hex_of(value);
        out += '"';
    }
    return out + '}';
}

}  // namespace concordat::storage
