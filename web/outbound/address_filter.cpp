#include "web/outbound/address_filter.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"

namespace concordat::web {
namespace {

const AddressList& reserved() {
    static const AddressList list({
        // IPv4
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        // IPv6: unspecified, loopback, translated, discard-only, protocol assignments, documentation, 6to4,
        // unique local, link-local, multicast; and the old forms that hold an IPv4 address
        "::/128",
        "::1/128",
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001::/32",
        "2001:2::/48",
        "2001:10::/28",
        "2001:20::/28",
        "2001:db8::/32",
        "2002::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    });
    return list;
}

std::string text_of(const AddressBytes& address) {
    char text[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, address.data(), text, sizeof text);
    return text;
}

}  // namespace

bool is_reserved_address(const AddressBytes& address) {
    return reserved().contains(text_of(address));
}

std::vector<AddressBytes> own_addresses() {
    std::vector<AddressBytes> out;
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0)
        throw Error(Fault::internal, "web.outbound.interfaces", "", "the machine's addresses are not known");
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
    for (const auto* at = list; at; at = at->ifa_next) {
        if (!at->ifa_addr) continue;
        char text[INET6_ADDRSTRLEN] = "";
        if (at->ifa_addr->sa_family == AF_INET)
            inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(at->ifa_addr)->sin_addr, text,
                      sizeof text);
        else if (at->ifa_addr->sa_family == AF_INET6)
            inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(at->ifa_addr)->sin6_addr, text,
                      sizeof text);
        if (const auto bytes = address_bytes(text)) out.push_back(*bytes);
    }
    return out;
}

AddressFilter::AddressFilter(std::string_view listed) {
    std::string text(listed);
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == ',' || c == '\t' || c == '\n' || c == '\r'; },
        ' ');
    std::vector<std::string> networks;
    for (auto& entry : split_words(text)) {
        if (entry.find('/') == entry.npos) {
            hosts_.insert(entry);
            continue;
        }
        try {
            const AddressList tried({entry});
            networks.push_back(std::move(entry));
        } catch (const Error&) {  // a mistake of the operator's opens nothing
            log_warn("AllowedUntrustedInternalConnections has an entry that is no network",
                     {{"entry", entry}});
        }
    }
    networks_ = AddressList(networks);
}

bool AddressFilter::lists_host(std::string_view host) const {
    return hosts_.find(host) != hosts_.end();
}

bool AddressFilter::allows(std::string_view address, const std::vector<AddressBytes>& own) const {
    const auto bytes = address_bytes(address);
    if (!bytes) return false;
    if (networks_.contains(address)) return true;
    return !is_reserved_address(*bytes) && std::find(own.begin(), own.end(), *bytes) == own.end();
}

}  // namespace concordat::web
