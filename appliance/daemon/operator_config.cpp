// The operator's commands about settings.
#include <algorithm>
#include <charconv>

#include "appliance/daemon/operator.hpp"
#include "appliance/daemon/operator_arguments.hpp"
#include "core/base/text.hpp"
#include "core/config/keys.hpp"

namespace concordat::appliance {
namespace {

const Key& setting_named(const std::string& path) {
    const Key* nearly = nullptr;
    for (const auto& key : setting_keys()) {
        if (key.path() == path) return key;
        if (lower_ascii(key.path()) == lower_ascii(path) || lower_ascii(key.name) == lower_ascii(path))
            nearly = &key;
    }
    throw Error(Fault::not_found, "operator.setting",
                nearly ? "Is " + nearly->path() + " meant?"
                       : "There is no setting " + path + ". See: concordatctl config show --find WORD");
}

json::value value_for(const Key& key, const std::string& text) {
    const auto wrong = [&](const char* what) {
        return Error(Fault::invalid, "operator.setting.value", key.path() + " is " + what + '.');
    };
    const auto kind = key.read(Settings()).index();  // in the order of Slot
    if (kind == 0) {
        if (text != "true" && text != "false") throw wrong("true or false");
        return text == "true";
    }
    if (kind == 1) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc() || end != text.data() + text.size()) throw wrong("a whole number");
        return number;
    }
    if (kind == 2) return json::value(text);
    json::array list;
    for (const auto& part : split_words(text, ',')) list.emplace_back(part);
    return list;
}

std::string note_about(const json::object& line) {
    const auto says = [&](const char* name) { return line.at(name).as_bool(); };
    if (says("is_waiting")) return "after a restart";
    if (says("is_decided")) return "by the environment";
    return line.at("value") == line.at("default") ? "" : "set";
}

}  // namespace

void Operator::add_config() {
    static const Actor operating = the_operator();
    const auto request = [] { return identity::SettingsRequest{operating, new_token(), {}, true}; };
    commands_["config show"] = [this, request](const json::object& a, const Progress&) -> json::value {
        const auto word = lower_ascii(text_of(a, "find"));
        json::array shown;
        for (const auto& each : node_.configuration.list(request())) {
            const auto& line = each.get_object();
            const auto path =
                std::string(line.at("section").as_string()) + '.' + std::string(line.at("name").as_string());
            if (lower_ascii(path).find(word) == std::string::npos) continue;
            const auto note = note_about(line);
            if (flag_of(a, "set") && note.empty()) continue;
            shown.push_back({{"setting", path}, {"value", line.at("value")}, {"note", note}});
        }
        return shown;
    };
    commands_["config set"] = [this, request](const json::object& a, const Progress&) -> json::value {
        const auto& key = setting_named(needed(a, "setting"));
        json::object section{{key.name, value_for(key, text_of(a, "value"))}};
        const auto changed = node_.configuration.change(request(), {{key.section, std::move(section)}});
        const char* when = changed.empty()       ? "it was so before"
                           : key.needs_restart() ? "after a restart"
                                                 : "now";
        return json::object{{"setting", key.path()}, {"in_force", when}};
    };
    commands_["config trial-show"] = [this, request](const json::object&, const Progress&) -> json::value {
        return node_.trials.show(request());
    };
    commands_["config trial-confirm"] = [this, request](const json::object& a,
                                                        const Progress&) -> json::value {
        node_.trials.confirm(request(), flag_of(a, "without-sign-in"));
        return "The settings stay.";
    };
    commands_["config trial-rollback"] = [this, request](const json::object&,
                                                         const Progress&) -> json::value {
        json::array restored;
        for (const auto& name : node_.trials.roll_back(request())) restored.emplace_back(name);
        return json::object{{"restored", std::move(restored)}};
    };
}

}  // namespace concordat::appliance
