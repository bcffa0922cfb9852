// Which addresses the node may dial for somebody else's sake: not itself, not the networks behind it.
//
// Whoever makes a hook or a command chooses its address, and must not reach through the node what they cannot
// reach themselves. Reserved addresses (IANA special-purpose registries, RFC 6890) and those of this
// machine's interfaces are refused, unless a network that the operator listed holds them. An IPv4 address
// inside an IPv6 one is taken out first. A host that is listed as text is dialled unchecked. Immutable; any
// thread.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>
#include "core/base/addresses.hpp"

namespace concordat::web {

class AddressFilter {
public:
    // `listed` is ServiceSettings.AllowedUntrustedInternalConnections: hosts and networks (10.0.0.0/8), with
    // blanks or commas between them. What has a slash and is no network is logged and allows nothing.
    explicit AddressFilter(std::string_view listed);

    bool lists_host(std::string_view host) const;
    // `own` are the addresses of this machine.
    bool allows(std::string_view address, const std::vector<AddressBytes>& own) const;

private:
    std::set<std::string, std::less<>> hosts_;
    AddressList networks_;
};

bool is_reserved_address(const AddressBytes& address);
// Of all interfaces, as they are now.
std::vector<AddressBytes> own_addresses();

}  // namespace concordat::web
