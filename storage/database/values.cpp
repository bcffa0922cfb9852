#include "storage/database/values.hpp"

#include <array>
#include <charconv>

#include "core/base/text.hpp"

namespace concordat::storage {
namespace {

// By the digit; the server writes lower case.
constexpr std::array<std::uint8_t, 256> nibbles = [] {
    std::array<std::uint8_t, 256> out{};
    for (int i = 0; i < 10; ++i) out[static_cast<std::size_t>('0' + i)] = static_cast<std::uint8_t>(i);
    for (int i = 0; i < 6; ++i) out[static_cast<std::size_t>('a' + i)] = static_cast<std::uint8_t>(10 + i);
    return out;
}();

}  // namespace

std::string bytes_in(const pqxx::field& field) {
    if (field.is_null()) return {};
    const std::string_view text(field.c_str(), field.size());
    if (!text.starts_with("\\x"))
        throw Error(Fault::internal, "storage.bytea_format", "", "bytea_output is not hex");
    std::string out((text.size() - 2) / 2, '\0');
    const auto* digits = reinterpret_cast<const std::uint8_t*>(text.data()) + 2;
    for (char& byte : out) {
        byte = static_cast<char>(nibbles[digits[0]] << 4 | nibbles[digits[1]]);
        digits += 2;
    }
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
