// The settings, as administrators read and change them over the API or at the machine: what a person may see
// and change, what has to stay in the file, and a record of every change.
//
// Each section is opened by a permission of its own, as the console's pages are (section_rights.hpp). Secrets
// are shown as 32 asterisks, and those mean "as it is" when they come back. What changes is recorded first,
// then written into the settings file, and is in force when the call returns, but for keys that wait for a
// restart. A change that no role allows is recorded, too, by the names of its keys. Keys that name files or
// the database are changed at the machine only.
//
// A change that may lock people out can be tried first (trials.hpp); meanwhile its keys are not changed
// otherwise.
//
// Thread-safe; calls block. Errors besides those of LiveSettings::change, the file system's (unavailable
// storage.disk_full, internal storage.file) and the database's:
//   forbidden  api.context.permissions.app_error  no role opens the section
//   conflict   config.trial.on_trial              a key is on trial
//   conflict   config.trial.blocks                with it what is on trial could not go back
#pragma once
#include <functional>
#include <string>
#include "core/base/json.hpp"
#include "core/config/live.hpp"
#include "core/model/actor.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::identity {

class Decisions;
class Gate;

struct SettingsRequest {
    const Actor& actor;
    std::string attempt;  // the request id
    std::string address;
    bool is_operator = false;  // at the machine: opens and changes everything
    // The node itself names files that it wrote; who asked for that may, and the caller has checked it.
    bool names_files = false;
};

class Configuration {
public:
    // All must outlive this object.
    Configuration(storage::Database& db, LiveSettings& settings, Gate& gate, Decisions& decisions)
        : db_(db), settings_(settings), gate_(gate), decisions_(decisions) {}

    // These three are refused to who may see no section at all.
    // By sections, as in the file, with every key that the person may see.
    json::object read(const SettingsRequest& request) const;
    // By sections: true for every key that the node's environment decides.
    json::object environment(const SettingsRequest& request) const;
    // One object for each key, in the order of sections: section, name, value; default, the value without
    // file and environment; kind: truth, number, text, choice, texts, secret; choices, least, most where they
    // bound it; needs_restart, is_waiting (another value is in force until then), is_local (changed at the
    // machine only), is_decided (by the environment), can_be_tried (see trials.hpp), may_change.
    json::array list(const SettingsRequest& request) const;

    // Sections as in the file, with the keys that shall change; returns what changed, as "Section.Key".
    // Whoever may not see a section may not name its keys, and who may not set a secret is not told whether a
    // guess is right.
    std::vector<std::string> change(const SettingsRequest& request, const json::object& sections);
    // The same for who records by himself: `keep` is called when all is allowed, before the file is written.
    using Keep = std::function<void(const LiveSettings::Change&)>;
    LiveSettings::Changes change(const SettingsRequest& request, const json::object& sections,
                                 const Keep& keep);
    // Reads the file now; a file that is not valid is an error, and changes nothing. Needs reload_config.
    void reload(const SettingsRequest& request);

    // Refuses who may see no section at all.
    void require_some(const SettingsRequest& request) const;
    bool may_read(const SettingsRequest& request, const Key& key) const;
    bool may_change(const SettingsRequest& request, const Key& key) const;
    void require_change(const SettingsRequest& request, const Key& key) const;

private:
    static constexpr std::size_t most_keys_of_refusal = 50;
    LiveSettings::Changes change_allowed(const SettingsRequest& request, const json::object& sections,
                                         const Keep& keep);
    void record_refusal(const SettingsRequest& request, const json::object& sections,
                        const Error& error) const;
    void admit(const SettingsRequest& request, const json::object& sections) const;
    void refuse_on_trial(const LiveSettings::Change& change) const;
    void record(const SettingsRequest& request, const LiveSettings::Changes& changes,
                const Settings& next) const;

    storage::Database& db_;
    LiveSettings& settings_;
    Gate& gate_;
    Decisions& decisions_;
};

}  // namespace concordat::identity
