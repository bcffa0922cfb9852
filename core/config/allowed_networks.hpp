// From where people and programs may use the node: ConcordatSettings.AllowedNetworks.
//
// An entry is an address or a network (10.0.0.0/8), then words that say what it is: "10.20.0.0/16 Head
// office". One that begins with "#" is switched off. No entry in force: from anywhere. This machine's own
// addresses are as others here, because a proxy on it may stand for anybody; direct calls from it are let in
// by web/api/doorkeeper.hpp.
#pragma once
#include <boost/describe.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>
#include "core/base/addresses.hpp"
#include "core/config/live.hpp"

namespace concordat {

// As clients know it.
struct AllowedNetwork {
    std::string cidr_block, description;
    bool enabled = true;
    std::string owner_id;  // always ""
};
BOOST_DESCRIBE_STRUCT(AllowedNetwork, (), (cidr_block, description, enabled, owner_id))

AllowedNetwork allowed_network_of(std::string_view entry);
std::string entry_of(const AllowedNetwork& network);
// Whether somebody at this address may come in. Throws Error (invalid) for an entry that is none.
bool admits(const std::vector<AllowedNetwork>& networks, std::string_view address);

// The settings in force, read anew when they change. Thread-safe.
class NetworkBounds {
public:
    // `settings` must outlive this object.
    explicit NetworkBounds(const LiveSettings& settings) : settings_(settings) {}
    bool admit(std::string_view address) const;

private:
    struct Parsed {
        std::shared_ptr<const Settings> of;
        bool is_bounded = false;
        AddressList allowed;
    };
    std::shared_ptr<const Parsed> parsed() const;

    const LiveSettings& settings_;
    mutable std::mutex mutex_;  // guards the next
    mutable std::shared_ptr<const Parsed> parsed_;
};

}  // namespace concordat
