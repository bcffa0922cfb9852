// Which settings can lock people out, and what shows that they did not.
#pragma once
#include <optional>
#include <string_view>
#include "core/config/keys.hpp"

namespace concordat::identity {

// A sign-in that proves a change: of an administrator in any way, when `service` is TrialWay::administrator;
// otherwise of anybody by this service, as IdentityDecision::service, and by the provider of the main
// settings, or by one that has a file of its own.
struct TrialWay {
    static constexpr std::string_view administrator = "administrator";
    std::string_view service;
    bool is_of_file = false;
};

// Nothing for a key that cannot lock out. `next`: the settings on trial; a way that they switch off is proven
// by an administrator who still gets in.
std::optional<TrialWay> trial_way(const Key& key, const Settings& next);
// Whether a change of it is better tried first: not while its directory or provider is off and stays so.
bool can_lock_out(const Key& key, const Settings& now);

}  // namespace concordat::identity
