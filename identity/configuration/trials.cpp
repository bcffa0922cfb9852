#include "identity/configuration/trials.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/config/keys.hpp"
#include "identity/access/gate.hpp"
#include "identity/access/roles.hpp"
#include "identity/configuration/key_values.hpp"
#include "identity/configuration/trial_keys.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/tables/identity_decisions.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

// A begun trial whose file was not written by then never will be.
constexpr Millis longest_beginning = 60'000;
// Sign-ins that are looked at in one go.
constexpr std::int64_t sign_ins_at_once = 500;

Trail trail_for(const SettingsRequest& request) {
    Trail trail("settings", request.attempt, request.address);
    trail.decision.actor_id = request.actor.user_id;
    trail.decision.session_id = request.actor.session_id;
    return trail;
}

// What the node itself does.
SettingsRequest by_itself() {
    static const Actor nobody;
    return {nobody, new_token(), {}, false};
}

std::string named(const TrialProof& proof) {
    return proof.way + (proof.is_of_file ? " (of a file)" : "");
}

std::string unproven(const TrialBody& trial) {
    std::string names;
    for (const auto& proof : trial.ways)
        if (proof.attempt.empty()) names += (names.empty() ? "" : ", ") + named(proof);
    return names;
}

Error none_running() {
    return {Fault::not_found, "config.trial.none", "No settings are on trial."};
}

Error is_over() {
    return {Fault::conflict, "config.trial.over", "The trial is over; the settings go back."};
}

void add_way(TrialBody& trial, const TrialWay& way) {
    for (const auto& known : trial.ways)
        if (known.way == way.service && known.is_of_file == way.is_of_file) return;
    trial.ways.push_back({std::string(way.service), way.is_of_file, {}});
}

TrialBody body_of(const LiveSettings::Change& change, const Settings& now) {
    TrialBody trial;
    for (const auto* key : change.keys) {
        const auto way = trial_way(*key, change.next);
        if (!way)
            throw Error(Fault::invalid, "config.trial.key",
                        key->path() + " locks nobody out, and is changed without a trial.");
        if (key->needs_restart())
            throw Error(Fault::invalid, "config.trial.restart",
                        key->path() + " is in force only after a restart.");
        add_way(trial, *way);
        trial.keys.push_back({std::string(key->section), std::string(key->name), plain_value(*key, now),
                              plain_value(*key, change.next)});
    }
    return trial;
}

}  // namespace

void Trials::keep(const SettingsRequest& request, const LiveSettings::Change& change, std::int64_t minutes) {
    const auto now = settings_.current();
    auto trial = body_of(change, *now);
    trial.began_by = request.actor.user_id;
    trial.session_id = request.actor.session_id;
    auto trail = trail_for(request);
    for (const auto* key : change.keys) trail.noted("settings.key", told_change(*key, *now, change.next));
    trail.admitted("settings.trial.begun", std::to_string(change.keys.size()) + " settings are tried for " +
                                               std::to_string(minutes) +
                                               " minutes. Needed is a sign-in by: " + unproven(trial) + '.');
    db_.transact([&](storage::Tx& tx) {
        storage::SettingsTrialRow row;
        row.create_at = tx.now();
        row.ends_at = tx.now() + minutes * 60'000;
        row.body = json_text(trial);
        require(storage::SettingsTrialTable(tx).insert(row), Fault::conflict, "config.trial.running",
                "Other settings are on trial. Make them final, or roll them back, first.");
        decisions_.record(tx, trail);
    });
}

json::object Trials::begin(const SettingsRequest& request, const json::object& sections,
                           std::int64_t minutes) {
    require(minutes >= 1 && minutes <= most_minutes, Fault::invalid, "config.trial.minutes",
            "A trial takes 1 to 60 minutes.");
    bool is_kept = false;
    try {
        const auto changes =
            configuration_.change(request, sections, [&](const LiveSettings::Change& change) {
                keep(request, change, minutes);
                is_kept = true;
            });
        require(!changes.empty(), Fault::invalid, "config.trial.key", "Nothing would change.");
    } catch (const Error& e) {  // what is kept of a change that did not come goes again
        if (const auto trial = is_kept ? trial_record(db_) : std::nullopt)
            undo(*trial, request, "It could not come into force: " + e.id() + ".");
        throw;
    }
    db_.transact([&](storage::Tx& tx) {
        storage::SettingsTrialTable table(tx);
        auto trial = trial_record(table.find_and_hold());
        if (!trial) throw none_running();
        trial->body.in_force_at = tx.now();
        trial->row.body = json_text(trial->body);
        table.update(trial->row);
    });
    log_warn("settings are on trial", {{"minutes", minutes}, {"attempt", request.attempt}});
    return show(request);
}

bool Trials::proves(storage::Tx& tx, const TrialBody& trial, const IdentityDecision& decision,
                    const TrialProof& proof) {
    if (!decision.is_admitted || trial.in_force_at == 0) return false;
    if (decision.create_at < trial.in_force_at + settling) return false;
    if (proof.way != TrialWay::administrator)
        return decision.service == proof.way && decision.provider.empty() != proof.is_of_file;
    if (decision.session_id == trial.session_id || decision.user_id.empty()) return false;
    if (decision.user_id == trial.began_by) return true;
    const auto user = storage::UserTable(tx).find(decision.user_id);
    return user && holds(gate_.roles().allowed_by(user->roles), Permission::manage_system);
}

// True when it proves a way that nothing had proven.
bool Trials::note(storage::Tx& tx, TrialBody& trial, const IdentityDecision& decision) {
    ++(decision.is_admitted ? trial.admitted : trial.refused);
    auto& shown = trial.attempts;
    shown.insert(shown.begin(), {decision.attempt, decision.create_at, decision.is_admitted, decision.service,
                                 decision.rule});
    if (shown.size() > most_shown) shown.pop_back();
    bool is_new = false;
    for (auto& proof : trial.ways) {
        if (!proof.attempt.empty() || !proves(tx, trial, decision, proof)) continue;
        proof.attempt = decision.attempt;
        is_new = true;
    }
    return is_new;
}

std::optional<TrialRecord> Trials::look() {
    if (!trial_record(db_)) return std::nullopt;
    return db_.transact([&](storage::Tx& tx) {
        storage::SettingsTrialTable table(tx);
        auto trial = trial_record(table.find_and_hold());
        if (!trial) return trial;
        const auto sign_ins =
            storage::IdentityDecisionTable(tx).sign_ins_after(trial->row.seen_seq, sign_ins_at_once);
        if (sign_ins.empty()) return trial;
        std::optional<Trail> seen;
        for (const auto& decision : sign_ins) {
            if (!note(tx, trial->body, decision)) continue;
            if (!seen) seen = trail_for(by_itself());
            seen->noted("settings.trial.sign_in", "Attempt " + decision.attempt + " went through.");
        }
        trial->row.body = json_text(trial->body);
        table.update(trial->row);
        ++trial->row.revision;
        if (seen) {
            const auto rest = unproven(trial->body);
            seen->admitted("settings.trial.seen", rest.empty()
                                                      ? "The trial can be made final."
                                                      : "Still needed is a sign-in by: " + rest + '.');
            decisions_.record(tx, *seen);
        }
        return trial;
    });
}

void Trials::require_all(const SettingsRequest& request, const TrialRecord& trial) const {
    for (const auto& key : setting_keys())
        if (trial.find(key)) configuration_.require_change(request, key);
}

json::object Trials::show(const SettingsRequest& request) {
    configuration_.require_some(request);
    const auto trial = look();
    if (!trial) return {{"is_running", false}};
    json::array keys;
    bool may_change = true;
    for (const auto& key : setting_keys()) {
        const auto* value = trial->find(key);
        if (!value) continue;
        may_change = may_change && configuration_.may_change(request, key);
        if (configuration_.may_read(request, key))
            keys.push_back({{"section", key.section},
                            {"name", key.name},
                            {"before", masked_value(key, value->before)},
                            {"after", masked_value(key, value->after)}});
    }
    const auto& body = trial->body;
    return {{"is_running", true},
            {"create_at", trial->row.create_at},
            {"ends_at", trial->row.ends_at},
            {"is_ending", trial->row.is_ending},
            {"began_by", body.began_by.text()},
            {"keys", std::move(keys)},
            {"ways", json::parse(json_text(body.ways))},
            {"is_proven", trial->is_proven()},
            {"may_change", may_change},
            {"admitted", body.admitted},
            {"refused", body.refused},
            {"attempts", json::parse(json_text(body.attempts))}};
}

void Trials::confirm(const SettingsRequest& request, bool without_sign_in) {
    const auto trial = look();
    if (!trial) throw none_running();
    require_all(request, *trial);
    if (!trial->is_proven()) {
        require(!without_sign_in || request.is_operator, Fault::forbidden, "config.trial.at_the_machine",
                "Without a sign-in a trial is made final at the machine only, by whoever runs it.");
        if (!without_sign_in)
            throw Error(Fault::conflict, "config.trial.unproven",
                        "Nobody has signed in since by: " + unproven(trial->body) + '.');
    }
    auto trail = trail_for(request);
    for (const auto& proof : trial->body.ways)
        trail.noted(
            "settings.trial.sign_in",
            named(proof) + ": " + (proof.attempt.empty() ? "none" : "attempt " + proof.attempt) + '.');
    trail.admitted("settings.trial.final",
                   trial->is_proven() ? "The settings on trial stay." : "They stay without a sign-in.");
    db_.transact([&](storage::Tx& tx) {
        storage::SettingsTrialTable table(tx);
        const auto row = table.find_and_hold();
        if (!row || row->create_at != trial->row.create_at) throw none_running();
        if (row->is_ending || tx.now() >= row->ends_at) throw is_over();
        table.remove(row->create_at);
        decisions_.record(tx, trail);
    });
    log_info("settings on trial were made final", {{"attempt", request.attempt}});
}

std::vector<std::string> Trials::roll_back(const SettingsRequest& request) {
    const auto trial = look();
    if (!trial) throw none_running();
    require_all(request, *trial);
    return undo(*trial, request, request.is_operator ? "Asked for at the machine." : "Asked for.");
}

json::object Trials::before_of(const TrialRecord& trial, std::string& left) const {
    const auto now = settings_.current();
    const auto decided = settings_.overruled();
    json::object sections;
    for (const auto& value : trial.body.keys) {
        const auto keys = setting_keys();
        const auto key = std::find_if(keys.begin(), keys.end(), [&](const Key& k) {
            return k.section == value.section && k.name == value.name;
        });
        const bool is_decided =
            key != keys.end() && std::find(decided.begin(), decided.end(), &*key) != decided.end();
        const auto is = key == keys.end() || is_decided ? json::value() : plain_value(*key, *now);
        if (is == value.before) continue;
        if (is != value.after) {
            left += (left.empty() ? "" : ", ") + value.section + '.' + value.name;
            continue;
        }
        auto& section = sections[value.section];
        if (!section.is_object()) section = json::object();
        section.get_object()[value.name] = value.before;
    }
    return sections;
}

std::vector<std::string> Trials::undo(const TrialRecord& trial, const SettingsRequest& request,
                                      const std::string& reason) {
    auto why = reason;
    db_.transact([&](storage::Tx& tx) {  // from here on nobody makes it final
        storage::SettingsTrialTable table(tx);
        auto held = trial_record(table.find_and_hold());
        if (!held || held->row.create_at != trial.row.create_at) throw none_running();
        if (held->row.is_ending) {
            why = held->body.ends_because;
            return;
        }
        held->row.is_ending = true;
        held->body.ends_because = why = reason;
        held->row.body = json_text(held->body);
        table.update(held->row);
    });
    settings_.reload_or_throw();  // what somebody wrote into the file a moment ago counts
    std::string left;
    const auto sections = before_of(trial, left);
    std::vector<std::string> names;
    if (!sections.empty())
        for (const auto* key : settings_.change(sections, LiveSettings::From::machine, write_settings_file))
            names.push_back(key->path());
    auto trail = trail_for(request);
    for (const auto& name : names) trail.noted("settings.key", name + " is as before.");
    if (!left.empty())
        trail.noted("settings.trial.left",
                    "Changed by somebody else meanwhile, and left as it is: " + left + '.');
    trail.admitted("settings.trial.rolled_back", why);
    db_.transact([&](storage::Tx& tx) {
        if (storage::SettingsTrialTable(tx).remove(trial.row.create_at)) decisions_.record(tx, trail);
    });
    log_warn("settings on trial were rolled back",
             {{"reason", why}, {"keys", static_cast<std::int64_t>(names.size())}, {"left", left}});
    return names;
}

void Trials::resume() {
    try {
        const auto trial = trial_record(db_);
        if (trial && trial->body.in_force_at == 0)
            undo(*trial, by_itself(), "The node ended while it began.");
        else
            tick();
    } catch (const std::exception& e) {  // the node serves all the same, and tick() tries again
        log_error("settings on trial could not be rolled back yet", {{"what", e.what()}});
    }
}

void Trials::tick() {
    const auto trial = look();
    if (!trial) return;
    const auto now = db_.now();
    const bool is_stuck = trial->body.in_force_at == 0 && now >= trial->row.create_at + longest_beginning;
    if (trial->row.is_ending || is_stuck)
        undo(*trial, by_itself(), "It did not come into force.");
    else if (now >= trial->row.ends_at)
        undo(*trial, by_itself(), "Its time was over, and nobody had made it final.");
}

bool Trials::is_trying_directories() {
    const auto trial = trial_record(db_);
    return trial && std::any_of(trial->body.keys.begin(), trial->body.keys.end(), [](const TrialValue& v) {
               return v.section == "LdapSettings" || v.name == "DirectoryFiles";
           });
}

}  // namespace concordat::identity
