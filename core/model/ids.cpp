#include "core/model/ids.hpp"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include "core/base/error.hpp"

namespace concordat {
namespace {

constexpr char alphabet[] = "ybndrfg8ejkmcpqxot1uwisza345h769";

constexpr std::array<std::int8_t, 256> values = [] {
    std::array<std::int8_t, 256> table{};
    for (auto& v : table) v = -1;
    for (int i = 0; i < 32; ++i) table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return table;
}();

void fill_random(std::uint8_t* out, int length) {
    if (RAND_bytes(out, length) != 1)
        throw Error(Fault::internal, "ids.no_randomness", "", "the system's random source failed");
}

// Decodes 26 characters to 16 bytes; false when a character is foreign or the two spare bits are set.
bool decode(std::string_view text, IdBytes& out) {
    std::uint32_t window = 0;
    int bits = 0;
    std::size_t at = 0;
    for (const unsigned char c : text) {
        if (values[c] < 0) return false;
        window = (window << 5) | static_cast<std::uint32_t>(values[c]);
        bits += 5;
        if (bits >= 8 && at < out.size()) {
            bits -= 8;
            out[at++] = static_cast<std::uint8_t>(window >> bits);
            window &= (1u << bits) - 1;
        }
    }
    return window == 0;
}

}  // namespace

bool looks_like_id(std::string_view text) {
    if (text.size() != 26) return false;
    for (const char c : text)
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) return false;
    return true;
}

std::string id_text(const IdBytes& bytes) {
    std::string out(26, ' ');
    std::uint32_t window = 0;
    int bits = 0;
    std::size_t at = 0;
    for (const auto byte : bytes) {
        window = (window << 8) | byte;
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            out[at++] = alphabet[(window >> bits) & 31];
        }
    }
    out[at] = alphabet[(window << (5 - bits)) & 31];
    return out;
}

IdBytes id_bytes(std::string_view text) {
    IdBytes out{};
    if (text.empty()) return out;
    if (!looks_like_id(text)) throw bad_url("id");
    // Sixteen zero bytes are the empty id, which no text but "" may name.
    if (decode(text, out) && out != IdBytes{}) return out;
    std::uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    std::memcpy(out.data(), digest, out.size());
    out[6] = static_cast<std::uint8_t>((out[6] & 0x0F) | 0x80);  // version 8: never made by new_id_bytes
    return out;
}

IdBytes new_id_bytes(Millis now) {
    IdBytes out{};
    fill_random(out.data() + 6, 10);
    for (int i = 0; i < 6; ++i)
        out[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(now >> (40 - 8 * i));
    out[6] = static_cast<std::uint8_t>((out[6] & 0x0F) | 0x70);
    out[8] = static_cast<std::uint8_t>((out[8] & 0x3F) | 0x80);
    return out;
}

std::string uuid_text(const IdBytes& bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        out += digits[bytes[i] >> 4];
        out += digits[bytes[i] & 15];
    }
    return out;
}

IdBytes uuid_bytes(std::string_view text) {
    IdBytes out{};
    std::size_t nibble = 0;
    for (const char c : text) {
        if (c == '-') continue;
        const int v = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
        if (v < 0 || nibble >= 32) throw Error(Fault::internal, "ids.not_a_uuid");
        out[nibble / 2] = static_cast<std::uint8_t>(out[nibble / 2] << 4 | v);
        ++nibble;
    }
    if (nibble != 32) throw Error(Fault::internal, "ids.not_a_uuid");
    return out;
}

std::string new_token() {
    std::uint8_t raw[26];
    fill_random(raw, sizeof raw);
    std::string out;
    for (const auto byte : raw) out += alphabet[byte & 31];
    return out;
}

}  // namespace concordat
