// What the settings say of retention, as times.
#pragma once
#include "core/config/settings.hpp"
#include "core/model/retention.hpp"
#include "storage/tables/expiry.hpp"

namespace concordat::compliance {

inline constexpr const char* data_retention = "data_retention";  // the type of jobs

// Of a run that began at `now`.
storage::ExpiryRules expiry_rules(storage::Tx& tx, const Settings& settings, Millis now);
GlobalRetentionPolicy global_policy(const Settings& settings, Millis now);
// Whether there is anything to keep to: a policy of the settings, or of a team or channel.
bool is_anything_limited(storage::Tx& tx, const Settings& settings);

}  // namespace concordat::compliance
