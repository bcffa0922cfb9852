#include "identity/configuration/trial_record.hpp"

#include <algorithm>

namespace concordat::identity {

const TrialValue* TrialRecord::find(const Key& key) const {
    for (const auto& value : body.keys)
        if (value.section == key.section && value.name == key.name) return &value;
    return nullptr;
}

bool TrialRecord::is_proven() const {
    return std::none_of(body.ways.begin(), body.ways.end(), [](const auto& w) { return w.attempt.empty(); });
}

void TrialRecord::put_back(Settings& settings) const {
    for (const auto& key : setting_keys())
        if (const auto* value = find(key))
            std::visit([&](auto* member) { from_json(value->before, *member); }, key.slot(settings));
}

std::optional<TrialRecord> trial_record(std::optional<storage::SettingsTrialRow> row) {
    if (!row) return std::nullopt;
    TrialRecord record;
    record.body = parse_json<TrialBody>(row->body, "trial");
    record.row = std::move(*row);
    return record;
}

std::optional<TrialRecord> trial_record(storage::Database& db) {
    return trial_record(db.read([](storage::Tx& tx) { return storage::SettingsTrialTable(tx).find(); }));
}

}  // namespace concordat::identity
