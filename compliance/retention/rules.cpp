#include "compliance/retention/rules.hpp"

#include <tuple>

namespace concordat::compliance {
namespace {

constexpr Millis hour = 3600000;

}  // namespace

GlobalRetentionPolicy global_policy(const Settings& settings, Millis now) {
    const auto& s = settings.DataRetentionSettings;
    GlobalRetentionPolicy out;
    out.message_deletion_enabled = s.EnableMessageDeletion;
    out.file_deletion_enabled = s.EnableFileDeletion;
    if (s.EnableMessageDeletion) out.message_retention_cutoff = now - s.MessageRetentionHours * hour;
    if (s.EnableFileDeletion) out.file_retention_cutoff = now - s.FileRetentionHours * hour;
    return out;
}

storage::ExpiryRules expiry_rules(storage::Tx& tx, const Settings& settings, Millis now) {
    const auto global = global_policy(settings, now);
    storage::ExpiryRules rules;
    rules.now = now;
    rules.message_cutoff = global.message_retention_cutoff;
    rules.file_cutoff = global.file_retention_cutoff;
    rules.keeps_pinned = settings.DataRetentionSettings.PreservePinnedPosts;
    rules.needs_export =
        settings.MessageExportSettings.EnableExport && settings.ConcordatSettings.DestroyOnlyExported;
    if (rules.needs_export)
        std::tie(rules.exported_from, rules.exported_until) = storage::ExpiryTable(tx).exported(now);
    return rules;
}

bool is_anything_limited(storage::Tx& tx, const Settings& settings) {
    const auto& s = settings.DataRetentionSettings;
    return s.EnableMessageDeletion || s.EnableFileDeletion || storage::ExpiryTable(tx).has_policies();
}

}  // namespace concordat::compliance
