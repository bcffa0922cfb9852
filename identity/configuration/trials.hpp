// Settings on trial: a change of how people sign in (trial_keys.hpp) that is in force at once and goes back
// by itself, unless somebody makes it final. Nobody can lock everybody out for longer than a trial.
//
// What was before is kept, sealed, in the database before the file is written; so a trial outlives the end of
// the node, and goes back when it starts again. A trial becomes final only by a person's word, and that is
// taken only after a sign-in that went through by each way that was changed. It is not made final by such a
// sign-in itself: that one person gets in does not say that the others do, and a trial shows who was refused
// meanwhile.
//
// At its end, or when asked, the keys that still are as the trial set them get their values from before. What
// somebody changed in the file meanwhile stays, and the record says so. A key that was not in the file stands
// in it afterwards, with its default. Every step is a decision of the act "settings".
//
// Thread-safe; calls block. Nothing changes when what was before cannot be kept or the record not be written.
// Errors, besides those of Configuration and LiveSettings::change:
//   invalid    config.trial.minutes     not 1 to 60
//   invalid    config.trial.key         a key that can lock nobody out, or nothing changes
//   invalid    config.trial.restart     a key that is in force only after a restart
//   conflict   config.trial.running     there is one already
//   not_found  config.trial.none        there is none
//   conflict   config.trial.over        its time is over: it is being rolled back
//   conflict   config.trial.unproven    no sign-in has been seen by one of the ways
//   forbidden  config.trial.at_the_machine  without a sign-in it is made final by the machine's operator only
// and, of Configuration::change, conflict config.trial.on_trial for keys on trial.
#pragma once
#include <cstdint>
#include <string>
#include "core/model/identity.hpp"
#include "identity/configuration/configuration.hpp"
#include "identity/configuration/trial_record.hpp"

namespace concordat::identity {

class Trials {
public:
    static constexpr std::int64_t most_minutes = 60, usual_minutes = 10;
    // Sign-ins so soon after the change are shown but prove nothing: they may have begun before it.
    static constexpr Millis settling = 1500;
    // As many of the newest sign-ins are shown; all are counted.
    static constexpr std::size_t most_shown = 50;

    // All must outlive this object.
    Trials(storage::Database& db, LiveSettings& settings, Gate& gate, Configuration& configuration,
           Decisions& decisions)
        : db_(db), settings_(settings), gate_(gate), configuration_(configuration), decisions_(decisions) {}

    // Sections as in the file, of whom the person may change all that changes. Returns what show() does.
    json::object begin(const SettingsRequest& request, const json::object& sections, std::int64_t minutes);
    // {"is_running": false}, or with true: create_at, ends_at, is_ending, began_by (a user's id, "" at the
    // machine), keys (section, name, and before and after with secrets masked; those the person may see),
    // ways (way, and attempt, the sign-in that proved it, "" while there is none), is_proven, may_change,
    // admitted and refused (sign-ins since it began), attempts (the newest first: attempt, create_at,
    // is_admitted, service, rule).
    json::object show(const SettingsRequest& request);
    // By whoever may change all of its keys. `without_sign_in` is for the machine's operator.
    void confirm(const SettingsRequest& request, bool without_sign_in);
    // By whoever may change all of its keys. Returns what changed back, as "Section.Key".
    std::vector<std::string> roll_back(const SettingsRequest& request);

    // Once, when the node starts: one that is over, or had not come into force, goes back. What fails is
    // logged, and tick() tries it again.
    void resume();
    // Every second: looks at the sign-ins since, and rolls back what is over.
    void tick();
    // Whether settings of directories are on trial: nobody should be taken for gone meanwhile.
    bool is_trying_directories();

private:
    // After looking at the sign-ins since.
    std::optional<TrialRecord> look();
    bool note(storage::Tx& tx, TrialBody& trial, const IdentityDecision& decision);
    bool proves(storage::Tx& tx, const TrialBody& trial, const IdentityDecision& decision,
                const TrialProof& proof);
    void require_all(const SettingsRequest& request, const TrialRecord& trial) const;
    void keep(const SettingsRequest& request, const LiveSettings::Change& change, std::int64_t minutes);
    // What of it goes back, by sections; the keys that do not are added to `left`.
    json::object before_of(const TrialRecord& trial, std::string& left) const;
    std::vector<std::string> undo(const TrialRecord& trial, const SettingsRequest& request,
                                  const std::string& reason);

    storage::Database& db_;
    LiveSettings& settings_;
    Gate& gate_;
    Configuration& configuration_;
    Decisions& decisions_;
};

}  // namespace concordat::identity
