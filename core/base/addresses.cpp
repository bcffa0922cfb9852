#include "core/base/addresses.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include "core/base/error.hpp"

namespace concordat {
namespace {

constexpr AddressBytes mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr int mapped_bits = 96;

bool is_mapped(const AddressBytes& bytes) {
    return std::memcmp(bytes.data(), mapped_prefix.data(), 12) == 0;
}

bool same_prefix(const AddressBytes& a, const AddressBytes& b, int bits) {
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
    if (bits % 8 == 0) return true;
    return ((a[whole] ^ b[whole]) >> (8 - bits % 8)) == 0;
}

}  // namespace

std::optional<AddressBytes> address_bytes(std::string_view text) {
    char terminated[INET6_ADDRSTRLEN + 1];
    text = text.substr(0, text.find('%'));  // "fe80::1%eth0": the zone is no part of the address
    if (text.empty() || text.size() > INET6_ADDRSTRLEN) return std::nullopt;
    std::memcpy(terminated, text.data(), text.size());
    terminated[text.size()] = 0;
    AddressBytes out = mapped_prefix;
    if (inet_pton(AF_INET, terminated, out.data() + 12) == 1) return out;
    if (inet_pton(AF_INET6, terminated, out.data()) == 1) return out;
    return std::nullopt;
}

bool is_loopback(std::string_view address) {
    const auto bytes = address_bytes(address);
    if (!bytes) return false;
    if (is_mapped(*bytes)) return (*bytes)[12] == 127;
    AddressBytes one{};
    one[15] = 1;
    return *bytes == one;
}

std::string owner_of(std::string_view address) {
    const auto bytes = address_bytes(address);
    if (!bytes || is_mapped(*bytes)) return std::string(address);
    AddressBytes network{};
    std::copy_n(bytes->begin(), 8, network.begin());
    char text[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, network.data(), text, sizeof text);
    return std::string(text) + "/64";
}

AddressList::AddressList(const std::vector<std::string>& networks) {
    for (const auto& entry : networks) {
        const auto slash = entry.find('/');
        const auto bytes = address_bytes(std::string_view(entry).substr(0, slash));
        const auto bad = [&] {
            return Error(Fault::invalid, "web.address_list",
                         "\"" + entry + "\" is not an address or a network.");
        };
        if (!bytes) throw bad();
        int bits = 128;
        if (slash != entry.npos) {
            const bool is_v4 = entry.find(':') == entry.npos;
            const auto* end = entry.data() + entry.size();
            const auto parsed = std::from_chars(entry.data() + slash + 1, end, bits);
            if (parsed.ec != std::errc() || parsed.ptr != end || bits < 0 || bits > (is_v4 ? 32 : 128))
                throw bad();
            if (is_v4) bits += mapped_bits;
        }
        networks_.push_back({*bytes, bits});
    }
}

bool AddressList::contains(std::string_view address) const {
    if (networks_.empty()) return false;
    const auto bytes = address_bytes(address);
    if (!bytes) return false;
    return std::any_of(networks_.begin(), networks_.end(),
                       [&](const Network& n) { return same_prefix(n.bytes, *bytes, n.bits); });
}

}  // namespace concordat
