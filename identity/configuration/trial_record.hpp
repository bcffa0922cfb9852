// What is kept of settings on trial. Plain data; the row is storage/tables/settings_trial.hpp.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/config/keys.hpp"
#include "core/model/ids.hpp"
#include "storage/tables/settings_trial.hpp"

namespace concordat::identity {

struct TrialValue {
    std::string section, name;
    json::value before, after;  // with secrets: the row is sealed
};
BOOST_DESCRIBE_STRUCT(TrialValue, (), (section, name, before, after))

// A way to sign in that was changed (see TrialWay), and the sign-in that proved it.
struct TrialProof {
    std::string way;
    bool is_of_file = false;
    std::string attempt;  // "" while there is none
};
BOOST_DESCRIBE_STRUCT(TrialProof, (), (way, is_of_file, attempt))

struct TrialSignIn {
    std::string attempt;
    Millis create_at = 0;
    bool is_admitted = false;
    std::string service, rule;
};
BOOST_DESCRIBE_STRUCT(TrialSignIn, (), (attempt, create_at, is_admitted, service, rule))

struct TrialBody {
    UserId began_by;
    SessionId session_id;    // in which it was begun
    Millis in_force_at = 0;  // 0: not yet
    std::vector<TrialValue> keys;
    std::vector<TrialProof> ways;
    std::int64_t admitted = 0, refused = 0;
    std::vector<TrialSignIn> attempts;  // the newest first
    std::string ends_because;           // once it is being rolled back
};
BOOST_DESCRIBE_STRUCT(TrialBody, (),
                      (began_by, session_id, in_force_at, keys, ways, admitted, refused, attempts,
                       ends_because))

struct TrialRecord {
    storage::SettingsTrialRow row;  // its body as it was read
    TrialBody body;

    const TrialValue* find(const Key& key) const;
    bool is_proven() const;
    // The values from before in place of those on trial; of what is no setting any more, nothing.
    void put_back(Settings& settings) const;
};

std::optional<TrialRecord> trial_record(std::optional<storage::SettingsTrialRow> row);
std::optional<TrialRecord> trial_record(storage::Database& db);

}  // namespace concordat::identity
