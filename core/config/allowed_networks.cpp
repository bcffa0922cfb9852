#include "core/config/allowed_networks.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace concordat {
namespace {

std::vector<std::string> blocks_in_force(const std::vector<AllowedNetwork>& networks) {
    std::vector<std::string> blocks;
    for (const auto& network : networks)
        if (network.enabled) blocks.push_back(network.cidr_block);
    return blocks;
}

}  // namespace

AllowedNetwork allowed_network_of(std::string_view entry) {
    AllowedNetwork network;
    auto rest = trimmed(entry);
    network.enabled = !rest.starts_with('#');
    if (!network.enabled) rest = trimmed(rest.substr(1));
    const auto space = rest.find(' ');
    network.cidr_block = std::string(rest.substr(0, space));
    if (space != rest.npos) network.description = std::string(trimmed(rest.substr(space)));
    return network;
}

std::string entry_of(const AllowedNetwork& network) {
    auto entry = (network.enabled ? "" : "# ") + network.cidr_block;
    if (!network.description.empty()) entry += ' ' + network.description;
    return entry;
}

bool admits(const std::vector<AllowedNetwork>& networks, std::string_view address) {
    const auto blocks = blocks_in_force(networks);
    return blocks.empty() || AddressList(blocks).contains(address);
}

std::shared_ptr<const NetworkBounds::Parsed> NetworkBounds::parsed() const {
    auto now = settings_.current();
    std::lock_guard guard(mutex_);
    if (parsed_ && parsed_->of == now) return parsed_;
    auto fresh = std::make_shared<Parsed>();
    std::vector<AllowedNetwork> networks;
    for (const auto& entry : now->ConcordatSettings.AllowedNetworks)
        networks.push_back(allowed_network_of(entry));
    const auto blocks = blocks_in_force(networks);
    fresh->is_bounded = !blocks.empty();
    fresh->allowed = AddressList(blocks);
    fresh->of = std::move(now);
    parsed_ = fresh;
    return parsed_;
}

bool NetworkBounds::admit(std::string_view address) const {
    const auto bounds = parsed();
    return !bounds->is_bounded || bounds->allowed.contains(address);
}

}  // namespace concordat
