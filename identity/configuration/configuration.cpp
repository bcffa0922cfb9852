#include "identity/configuration/configuration.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/config/keys.hpp"
#include "core/config/settings_file.hpp"
#include "identity/access/gate.hpp"
#include "identity/configuration/key_values.hpp"
#include "identity/configuration/section_rights.hpp"
#include "identity/configuration/trial_keys.hpp"
#include "identity/configuration/trial_record.hpp"
#include "identity/decision/decisions.hpp"

namespace concordat::identity {
namespace {

bool has_key(const LiveSettings::Changes& keys, const Key& key) {
    return std::find(keys.begin(), keys.end(), &key) != keys.end();
}

}  // namespace

bool Configuration::may_read(const SettingsRequest& request, const Key& key) const {
    return request.is_operator || request.names_files ||
           gate_.may(request.actor, Permission::manage_system) ||
           gate_.may(request.actor, right_over(key.section).read);
}

bool Configuration::may_change(const SettingsRequest& request, const Key& key) const {
    if (request.is_operator || request.names_files) return true;
    return !key.is_local() && (gate_.may(request.actor, Permission::manage_system) ||
                               gate_.may(request.actor, right_over(key.section).write));
}

void Configuration::require_some(const SettingsRequest& request) const {
    const auto keys = setting_keys();
    if (std::none_of(keys.begin(), keys.end(), [&](const Key& key) { return may_read(request, key); }))
        throw lacks_permission("sysconsole_read_*");
}

json::object Configuration::read(const SettingsRequest& request) const {
    require_some(request);
    const auto now = settings_.current();
    json::object sections;
    for (const auto& key : setting_keys()) {
        if (!may_read(request, key)) continue;
        auto& section = sections[key.section];
        if (!section.is_object()) section = json::object();
        section.get_object()[key.name] = shown_value(key, *now);
    }
    return sections;
}

json::object Configuration::environment(const SettingsRequest& request) const {
    require_some(request);
    json::object sections;
    for (const auto* key : settings_.overruled()) {
        if (!may_read(request, *key)) continue;
        auto& section = sections[key->section];
        if (!section.is_object()) section = json::object();
        section.get_object()[key->name] = true;
    }
    return sections;
}

json::array Configuration::list(const SettingsRequest& request) const {
    require_some(request);
    const auto now = settings_.current();
    const Settings defaults;
    const auto decided = settings_.overruled();
    const auto waiting = changed_keys(settings_.at_start(), *now);
    json::array lines;
    for (const auto& key : setting_keys()) {
        if (!may_read(request, key)) continue;
        const bool is_decided = has_key(decided, key);
        json::object line{{"section", key.section},
                          {"name", key.name},
                          {"kind", kind_of(key, *now)},
                          {"value", shown_value(key, *now)},
                          {"default", shown_value(key, defaults)},
                          {"needs_restart", key.needs_restart()},
                          {"is_waiting", key.needs_restart() && has_key(waiting, key)},
                          {"is_local", key.is_local()},
                          {"is_decided", is_decided},
                          {"can_be_tried", can_lock_out(key, *now)},
                          {"may_change", !is_decided && may_change(request, key)}};
        if (key.rule.words) {
            json::array choices;
            std::string_view rest = key.rule.words;
            for (auto bar = rest.find('|'); bar != rest.npos; bar = rest.find('|')) {
                choices.emplace_back(rest.substr(0, bar));
                rest.remove_prefix(bar + 1);
            }
            choices.emplace_back(rest);
            line["choices"] = std::move(choices);
        }
        if (key.rule.least != INT64_MIN) line["least"] = key.rule.least;
        if (key.rule.most != INT64_MAX) line["most"] = key.rule.most;
        lines.push_back(std::move(line));
    }
    return lines;
}

void Configuration::record(const SettingsRequest& request, const LiveSettings::Changes& changes,
                           const Settings& next) const {
    Trail trail("settings", request.attempt, request.address);
    trail.decision.actor_id = request.actor.user_id;
    trail.decision.session_id = request.actor.session_id;
    const auto now = settings_.current();
    for (const auto* key : changes) trail.noted("settings.key", told_change(*key, *now, next));
    trail.admitted("settings.asked", std::to_string(changes.size()) + " settings are changed" +
                                         (request.is_operator ? " at the machine." : "."));
    decisions_.record(trail);
}

// Before anything is compared: no answer may depend on values that the person must not see.
void Configuration::admit(const SettingsRequest& request, const json::object& sections) const {
    require_some(request);
    const auto now = settings_.current();
    for (const auto& key : setting_keys()) {
        const auto* section = sections.if_contains(key.section);
        const auto* value =
            section && section->is_object() ? section->get_object().if_contains(key.name) : nullptr;
        if (!value || value->is_null()) continue;
        if (!may_read(request, key))
            throw lacks_permission(std::string(name_of(right_over(key.section).read)));
        if (!key.is_secret() || may_change(request, key) || *value == shown_value(key, *now)) continue;
        if (key.is_local()) throw changed_at_the_machine(key);
        throw lacks_permission(std::string(name_of(right_over(key.section).write)));
    }
}

void Configuration::require_change(const SettingsRequest& request, const Key& key) const {
    if (!may_change(request, key))
        throw lacks_permission(std::string(name_of(right_over(key.section).write)));
}

void Configuration::refuse_on_trial(const LiveSettings::Change& change) const {
    const auto trial = trial_record(db_);
    if (!trial) return;
    for (const auto* key : change.keys)
        if (trial->find(*key))
            throw Error(Fault::conflict, "config.trial.on_trial",
                        key->path() + " is on trial. Make that final, or roll it back, first.");
    auto restored = change.next;
    trial->put_back(restored);
    if (const auto problems = validate(restored); !problems.empty())
        throw Error(Fault::conflict, "config.trial.blocks",
                    "With this the settings on trial could not be rolled back: " + problems.front());
}

// Which keys they named, and nothing of what they wanted them to be.
void Configuration::record_refusal(const SettingsRequest& request, const json::object& sections,
                                   const Error& error) const {
    Trail trail("settings", request.attempt, request.address);
    trail.decision.actor_id = request.actor.user_id;
    trail.decision.session_id = request.actor.session_id;
    std::size_t named = 0;
    for (const auto& key : setting_keys()) {
        const auto* section = sections.if_contains(key.section);
        if (!section || !section->is_object() || !section->get_object().contains(key.name)) continue;
        if (++named <= most_keys_of_refusal) trail.noted("settings.key", key.path());
    }
    if (named > most_keys_of_refusal)
        trail.noted("settings.key", std::to_string(named - most_keys_of_refusal) + " more.");
    trail.refused("settings.asked", error.text());
    decisions_.record(trail);
}

LiveSettings::Changes Configuration::change(const SettingsRequest& request, const json::object& sections,
                                            const Keep& keep) {
    try {
        return change_allowed(request, sections, keep);
    } catch (const Error& e) {
        if (e.fault() == Fault::forbidden) record_refusal(request, sections, e);
        throw;
    }
}

LiveSettings::Changes Configuration::change_allowed(const SettingsRequest& request,
                                                    const json::object& sections, const Keep& keep) {
    admit(request, sections);
    const auto from = request.is_operator || request.names_files ? LiveSettings::From::machine
                                                                 : LiveSettings::From::administrator;
    return settings_.change(sections, from, [&](const LiveSettings::Change& change) {
        for (const auto* key : change.keys) require_change(request, *key);
        keep(change);
        write_settings_file(change);
    });
}

std::vector<std::string> Configuration::change(const SettingsRequest& request, const json::object& sections) {
    std::vector<std::string> names;
    for (const auto* key : change(request, sections, [&](const LiveSettings::Change& change) {
             refuse_on_trial(change);
             record(request, change.keys, change.next);
         }))
        names.push_back(key->path());
    return names;
}

void Configuration::reload(const SettingsRequest& request) {
    if (!request.is_operator) gate_.require(request.actor, Permission::reload_config);
    settings_.reload_or_throw();
}

}  // namespace concordat::identity
