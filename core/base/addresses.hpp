// IP addresses as text, and lists of networks. Pure; no sockets.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace concordat {

// 16 bytes, IPv4 mapped into IPv6. Nothing when the text is no address.
using AddressBytes = std::array<std::uint8_t, 16>;
std::optional<AddressBytes> address_bytes(std::string_view text);

bool is_loopback(std::string_view address);
// What one client is taken to own, for limits: an IPv4 address, or the /64 network of an IPv6 one.
std::string owner_of(std::string_view address);

// Networks as "10.0.0.0/8", "fd00::/8" or single addresses.
class AddressList {
public:
    AddressList() = default;
    // Throws Error: web.address_list (invalid), naming the entry.
    explicit AddressList(const std::vector<std::string>& networks);
    bool contains(std::string_view address) const;

private:
    struct Network {
        AddressBytes bytes;
        int bits;
    };
    std::vector<Network> networks_;
};

}  // namespace concordat
