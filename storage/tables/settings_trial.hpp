// The table settings_trial: the change of settings that is on trial, if there is one.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include "storage/database/database.hpp"

namespace concordat::storage {

struct SettingsTrialRow {
    Millis create_at = 0;  // tells one trial from the next
    Millis ends_at = 0;
    bool is_ending = false;
    std::int64_t seen_seq = 0, revision = 0;
    std::string body;
};

class SettingsTrialTable {
public:
    explicit SettingsTrialTable(Tx& tx) : tx_(tx) {}

    std::optional<SettingsTrialRow> find();
    // The same, and nobody else changes it before this transaction ends.
    std::optional<SettingsTrialRow> find_and_hold();
    // False when there is one. Its `seen_seq` is that of the newest record of a decision.
    bool insert(const SettingsTrialRow& row);
    // Writes `seen_seq`, `ends_at`, `is_ending` and `body` of a row that was held.
    void update(const SettingsTrialRow& row);
    // False when that trial is no more.
    bool remove(Millis create_at);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
