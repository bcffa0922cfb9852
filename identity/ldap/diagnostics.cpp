#include "identity/ldap/diagnostics.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/config/keys.hpp"
#include "core/config/load.hpp"
#include "core/config/settings_file.hpp"
#include "identity/ldap/filter.hpp"

namespace concordat::identity {
namespace {

constexpr std::size_t longest_shown = 200;  // bytes of an attribute's value

// A directory as it would be with these settings.
struct Trial {
    explicit Trial(std::shared_ptr<const LdapSection> section)
        : directory(
              "", [section] { return section; }, dog) {}
    SocketWatchdog dog;
    Directory directory;
};

// The value, if it is a text that can be shown.
std::string shown(const std::string& value) {
    if (!is_utf8(value) || value.find('\0') != value.npos) return std::to_string(value.size()) + " bytes";
    return value.size() <= longest_shown ? value : std::to_string(value.size()) + " bytes of text";
}

std::optional<std::string> first_shown(const ldap::Entry& entry, const std::string& attribute) {
    if (attribute.empty()) return std::nullopt;
    const auto value = entry.first(attribute);
    return value.empty() ? std::nullopt : std::optional(shown(value));
}

DirectorySample person_sample(const LdapSection& s, const ldap::Entry& entry) {
    DirectorySample sample;
    sample.dn = entry.dn;
    sample.username = first_shown(entry, s.UsernameAttribute);
    sample.email = first_shown(entry, s.EmailAttribute);
    sample.first_name = first_shown(entry, s.FirstNameAttribute);
    sample.last_name = first_shown(entry, s.LastNameAttribute);
    sample.id = first_shown(entry, s.IdAttribute);
    return sample;
}

DirectorySample group_sample(const LdapSection& s, const ldap::Entry& entry) {
    DirectorySample sample;
    sample.dn = entry.dn;
    sample.id = first_shown(entry, s.GroupIdAttribute);
    sample.display_name = first_shown(entry, s.GroupDisplayNameAttribute);
    return sample;
}

// Some bind accounts may read digests of passwords and private keys; nobody needs to see them here.
bool is_secret_attribute(const std::string& name) {
    for (const char* sign : {"password", "pwd", "secret", "key", "pkcs12"})
        if (name.find(sign) != name.npos) return true;
    return false;
}

using Named = std::vector<std::pair<const char*, std::string>>;  // a setting, and what it says

std::vector<DirectoryFinding> filters_of(Directory& directory, const LdapSection& s) {
    struct Asked {
        const char* name;
        std::string value, filter;
        bool is_of_groups;
    };
    std::vector<Asked> all{{"UserFilter", s.UserFilter, user_filter(s), false},
                           {"GroupFilter", s.GroupFilter, group_filter(s), true}};
    for (const auto& [name, value] : Named{{"GuestFilter", s.GuestFilter}, {"AdminFilter", s.AdminFilter}})
        if (!trimmed(value).empty())
            all.push_back({name, value, ldap::all_of({user_filter(s), std::string(trimmed(value))}), false});
    std::vector<DirectoryFinding> out;
    for (const auto& asked : all) {
        DirectoryFinding finding;
        finding.test_name = asked.name;
        finding.test_value = asked.value;
        try {
            directory.each(asked.filter, attributes_asked_for(s), [&](ldap::Entry&& entry) {
                ++finding.total_count;
                if (finding.sample_results.size() < DirectoryDiagnostics::most_samples)
                    finding.sample_results.push_back(asked.is_of_groups ? group_sample(s, entry)
                                                                        : person_sample(s, entry));
            });
            finding.entries_with_value = finding.total_count;
            if (finding.total_count == 0) finding.message = "Nothing in the directory fits.";
        } catch (const Error& e) {  // told with the filter it belongs to
            finding.error = e.text();
        }
        out.push_back(std::move(finding));
    }
    return out;
}

std::vector<DirectoryFinding> attributes_of(Directory& directory, const LdapSection& s, bool of_groups) {
    const auto named = of_groups ? Named{{"GroupIdAttribute", s.GroupIdAttribute},
                                         {"GroupDisplayNameAttribute", s.GroupDisplayNameAttribute}}
                                 : Named{{"IdAttribute", s.IdAttribute},
                                         {"LoginIdAttribute", s.LoginIdAttribute},
                                         {"UsernameAttribute", s.UsernameAttribute},
                                         {"EmailAttribute", s.EmailAttribute},
                                         {"FirstNameAttribute", s.FirstNameAttribute},
                                         {"LastNameAttribute", s.LastNameAttribute},
                                         {"NicknameAttribute", s.NicknameAttribute},
                                         {"PositionAttribute", s.PositionAttribute},
                                         {"PictureAttribute", s.PictureAttribute}};
    std::vector<DirectoryFinding> out;
    for (const auto& [name, value] : named) {
        if (value.empty()) continue;
        out.emplace_back();
        out.back().test_name = name;
        out.back().test_value = value;
    }
    // All attributes, so that an administrator sees which there are.
    directory.each(of_groups ? group_filter(s) : user_filter(s), {"*", "+"}, [&](ldap::Entry&& entry) {
        for (auto& finding : out) {
            ++finding.total_count;
            const auto given = entry.first(finding.test_value);
            if (given.empty()) continue;
            ++finding.entries_with_value;
            if (finding.sample_results.size() >= DirectoryDiagnostics::most_samples) continue;
            auto sample = of_groups ? group_sample(s, entry) : person_sample(s, entry);
            sample.available_attributes.emplace();
            for (const auto& [attribute, values] : entry.values)
                if (!values.empty() && !is_secret_attribute(attribute))
                    (*sample.available_attributes)[attribute] = shown(values.front());
            finding.sample_results.push_back(std::move(sample));
        }
    });
    for (auto& finding : out)
        if (finding.entries_with_value < finding.total_count)
            finding.message = std::to_string(finding.total_count - finding.entries_with_value) +
                              " entries do not have the attribute.";
    return out;
}

}  // namespace

std::shared_ptr<const LdapSection> DirectoryDiagnostics::section_of(const json::object& proposed) const {
    const auto now = settings_.current();
    json::object known;
    for (const auto& key : setting_keys())
        if (const auto* value =
                key.section == "LdapSettings" && !key.is_local() ? proposed.if_contains(key.name) : nullptr)
            known[key.name] = *value;
    const auto told = told_settings(json::object{{"LdapSettings", known}});
    auto tree = with_settings(settings_tree(settings_text(*now, Secrets::shown), "the settings"), told);
    auto section =
        parse_settings(json::serialize(tree), "the settings to be tried", {}).settings.LdapSettings;
    const auto& kept = now->LdapSettings;
    const auto* password = known.if_contains("BindPassword");
    const bool brings_password = password && password->is_string() && !password->get_string().empty() &&
                                 std::string_view(password->get_string()) != secret_mask;
    const bool is_elsewhere = section.LdapServer != kept.LdapServer || section.LdapPort != kept.LdapPort ||
                              section.ConnectionSecurity != kept.ConnectionSecurity;
    require(brings_password || !is_elsewhere || section.BindPassword.empty(), Fault::invalid,
            "ent.ldap.diagnostics.password.app_error",
            "Enter the bind account's password again: the one that is kept goes to no other server.");
    return std::make_shared<const LdapSection>(std::move(section));
}

std::vector<ServerAnswer> DirectoryDiagnostics::answers(const json::object& proposed) {
    Trial trial(section_of(proposed));
    return trial.directory.answers();
}

void DirectoryDiagnostics::connect(const json::object& proposed) {
    Trial trial(section_of(proposed));
    std::string all;
    for (const auto& problem : trial.directory.problems()) all += (all.empty() ? "" : " ") + problem;
    if (!all.empty()) throw Error(Fault::invalid, "ent.ldap.connect.app_error", all);
}

std::vector<DirectoryFinding> DirectoryDiagnostics::run(const json::object& proposed,
                                                        const std::string& what) {
    if (what != "filters" && what != "attributes" && what != "group_attributes") throw bad_url("test");
    const auto section = section_of(proposed);
    Trial trial(section);
    if (what == "filters") return filters_of(trial.directory, *section);
    return attributes_of(trial.directory, *section, what == "group_attributes");
}

SyncReport DirectoryDiagnostics::preview(const json::object& proposed, DirectorySync& sync,
                                         const std::string& attempt) {
    Trial trial(section_of(proposed));
    return sync.preview(trial.directory, attempt);
}

}  // namespace concordat::identity
