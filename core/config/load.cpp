#include "core/config/load.hpp"

#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/config/directory_rules.hpp"
#include "core/config/keys.hpp"
#include "core/config/saml_rules.hpp"
#include "core/config/settings_file.hpp"
#include "core/config/sso_rules.hpp"

namespace concordat {
namespace {

constexpr std::size_t most_keys_named = 12;

using Lines = std::vector<std::string>;

[[noreturn]] void refuse(const Lines& problems) {
    auto text = problems.front();
    if (problems.size() > 1) text += " (and " + std::to_string(problems.size() - 1) + " more)";
    std::string all;
    for (const auto& line : problems) all += (all.empty() ? "" : "; ") + line;
    throw Error(Fault::invalid, "config.invalid", text, all);
}

std::string upper_ascii(std::string text) {
    for (auto& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

const Key* find_key(std::string_view section, std::string_view name) {
    for (const auto& key : setting_keys()) {
        if (key.section == section && key.name == name) return &key;
    }
    return nullptr;
}

bool is_section(std::string_view section) {
    auto keys = setting_keys();
    return std::any_of(keys.begin(), keys.end(), [&](const Key& key) { return key.section == section; });
}

// ---- values from JSON; each returns what is wrong, or "".

std::string take(const json::value& in, bool& out) {
    if (!in.is_bool()) return "must be true or false";
    out = in.get_bool();
    return "";
}

std::string take(const json::value& in, std::int64_t& out) {
    boost::system::error_code ec;
    auto number = in.is_number() ? in.to_number<std::int64_t>(ec) : 0;
    if (ec || !in.is_number()) return "must be a whole number";
    out = number;
    return "";
}

std::string take(const json::value& in, std::string& out) {
    if (!in.is_string()) return "must be text";
    out = std::string(in.get_string());
    return "";
}

std::string take(const json::value& in, std::vector<std::string>& out) {
    if (!in.is_array()) return "must be a list of texts";
    std::vector<std::string> list;
    for (const auto& element : in.get_array()) {
        if (!element.is_string()) return "must be a list of texts";
        list.emplace_back(element.get_string());
    }
    out = std::move(list);
    return "";
}

// ---- values from the environment

std::string take_text(const std::string& in, bool& out) {
    auto word = lower_ascii(in);
    if (word != "true" && word != "false") return "must be true or false";
    out = word == "true";
    return "";
}

std::string take_text(const std::string& in, std::int64_t& out) {
    auto [end, error] = std::from_chars(in.data(), in.data() + in.size(), out);
    return error == std::errc() && end == in.data() + in.size() ? "" : "must be a whole number";
}

std::string take_text(const std::string& in, std::string& out) {
    out = in;
    return "";
}

std::string take_text(const std::string& in, std::vector<std::string>& out) {
    out.clear();
    for (const auto& part : split_words(in, ',')) {
        for (auto& word : split_words(part)) out.push_back(std::move(word));
    }
    return "";
}

// ---- the file

// "SiteUrl, which is spelled SiteURL" helps more than "SiteUrl".
std::string unknown_name(std::string_view section, std::string_view name) {
    for (const auto& key : setting_keys()) {
        if (key.section == section && lower_ascii(key.name) == lower_ascii(name)) {
            return std::string(name) + " (is " + std::string(key.name) + " meant?)";
        }
    }
    return std::string(name);
}

void take_section(const json::object& in, std::string_view section, LoadedSettings& out, Lines& problems) {
    std::string unknown;
    std::size_t count = 0;
    for (const auto& member : in) {
        const auto* key = find_key(section, std::string_view(member.key()));
        if (!key) {
            if (++count <= most_keys_named)
                unknown += (unknown.empty() ? "" : ", ") + unknown_name(section, member.key());
            continue;
        }
        if (member.value().is_null()) continue;
        auto wrong =
            std::visit([&](auto* slot) { return take(member.value(), *slot); }, key->slot(out.settings));
        if (!wrong.empty()) problems.push_back(key->path() + ": " + wrong);
    }
    if (count == 0) return;
    if (count > most_keys_named) unknown += " and " + std::to_string(count - most_keys_named) + " more";
    out.warnings.push_back(std::string(section) + ": ignored, not known here: " + unknown);
}

void take_file(std::string_view text, const std::string& name, LoadedSettings& out, Lines& problems) {
    const auto tree = settings_tree(text, name);
    for (const auto& section : tree) {
        std::string_view section_name = section.key();
        if (!is_section(section_name)) {
            out.warnings.push_back(std::string(section_name) +
                                   ": this section is ignored, it is not known here");
        } else if (section.value().is_object()) {
            take_section(section.value().get_object(), section_name, out, problems);
        } else if (!section.value().is_null()) {
            problems.push_back(std::string(section_name) + ": must be an object");
        }
    }
}

// By the name of their variable, without its prefix.
std::map<std::string, const Key*> keys_by_variable() {
    std::map<std::string, const Key*> names;
    for (const auto& key : setting_keys())
        names[upper_ascii(std::string(key.section) + '_' + std::string(key.name))] = &key;
    return names;
}

constexpr std::string_view variable_prefixes[] = {"MM_", "CONCORDAT_"};  // the later wins

void take_environment(const Environment& environment, LoadedSettings& out, Lines& problems) {
    const auto names = keys_by_variable();
    for (const auto prefix : variable_prefixes) {
        for (const auto& [variable, value] : environment) {
            if (!variable.starts_with(prefix)) continue;
            auto found = names.find(variable.substr(prefix.size()));
            if (found == names.end()) {
                if (variable.find("SETTINGS_") != variable.npos) {
                    out.warnings.push_back(variable + ": ignored, no such setting");
                }
                continue;
            }
            const Key& key = *found->second;
            auto wrong =
                std::visit([&](auto* slot) { return take_text(value, *slot); }, key.slot(out.settings));
            if (!wrong.empty()) problems.push_back(key.path() + " (from " + variable + "): " + wrong);
        }
    }
}

// ---- checks

std::string shown(const Key& key, std::string_view value) {
    if (key.is_secret()) return "the value";
    std::string text;
    write_json_string(text, rune_prefix(value, 80));
    return text;
}

void check(const Key& key, const bool*, Lines&) {
    (void)key;
}

void check(const Key& key, const std::int64_t* value, Lines& problems) {
    auto wrong = rules::complaint(key.rule, *value);
    if (!wrong.empty()) problems.push_back(key.path() + ": " + std::to_string(*value) + ' ' + wrong);
}

void check(const Key& key, const std::string* value, Lines& problems) {
    auto wrong = !is_utf8(*value) ? std::string("is not UTF-8") : rules::complaint(key.rule, *value);
    if (!wrong.empty()) problems.push_back(key.path() + ": " + shown(key, *value) + ' ' + wrong);
}

void check(const Key& key, const std::vector<std::string>* value, Lines& problems) {
    for (const auto& element : *value) check(key, &element, problems);
}

constexpr Millis longest_wait_for_factors = 366LL * 24 * 3600 * 1000;

// What one key alone cannot tell.
void check_together(const Settings& s, Lines& problems) {
    const auto& service = s.ServiceSettings;
    auto need = [&](bool ok, const char* line) {
        if (!ok) problems.emplace_back(line);
    };
    need(service.TLSCertFile.empty() == service.TLSKeyFile.empty(),
         "ServiceSettings.TLSKeyFile: TLSCertFile and TLSKeyFile belong together, set both or neither");
    need(!service.EnforceMultifactorAuthentication || service.EnableMultifactorAuthentication,
         "ServiceSettings.EnforceMultifactorAuthentication: needs EnableMultifactorAuthentication");
    need(s.ConcordatSettings.MfaEnforcedFrom <= wall_clock() + longest_wait_for_factors,
         "ConcordatSettings.MfaEnforcedFrom: is more than a year ahead; it counts milliseconds since 1970");
    need(!service.CorsAllowCredentials || service.AllowCorsFrom != "*",
         "ServiceSettings.CorsAllowCredentials: must be false while AllowCorsFrom is \"*\"");
    need(service.MaxConnectionsPerAddress <= service.MaxConnections,
         "ServiceSettings.MaxConnectionsPerAddress: is more than MaxConnections");
    need(s.EmailSettings.EnableSignInWithEmail || s.EmailSettings.EnableSignInWithUsername,
         "EmailSettings.EnableSignInWithUsername: with EnableSignInWithEmail off too, nobody could sign in");
    need(!s.EmailSettings.SendEmailNotifications || !s.EmailSettings.SMTPServer.empty(),
         "EmailSettings.SendEmailNotifications: needs SMTPServer");
    need(!s.EmailSettings.RequireEmailVerification ||
             (!s.EmailSettings.SMTPServer.empty() && !service.SiteURL.empty()),
         "EmailSettings.RequireEmailVerification: needs SMTPServer and SiteURL, or nobody gets the letter");
    need(!s.EmailSettings.SendPushNotifications || !s.EmailSettings.PushNotificationServer.empty(),
         "EmailSettings.SendPushNotifications: needs PushNotificationServer");
    need(!s.FileSettings.EnablePublicLink || !s.FileSettings.PublicLinkSalt.empty(),
         "FileSettings.EnablePublicLink: needs PublicLinkSalt");
    need(!s.ImageProxySettings.Enable || s.ImageProxySettings.ImageProxyType == "local" ||
             !s.ImageProxySettings.RemoteImageProxyURL.empty(),
         "ImageProxySettings.ImageProxyType: atmos/camo needs RemoteImageProxyURL");
    need(s.ConcordatSettings.Argon2MemoryKiB >= 19456 || s.ConcordatSettings.Argon2Iterations >= 3,
         "ConcordatSettings.Argon2MemoryKiB: below 19456 needs Argon2Iterations of 3 or more");
    need(s.ConcordatSettings.AuditSyslogCertificateFile.empty() ==
             s.ConcordatSettings.AuditSyslogKeyFile.empty(),
         "ConcordatSettings.AuditSyslogKeyFile: AuditSyslogCertificateFile and AuditSyslogKeyFile belong "
         "together, set both or neither");
    need(!s.ExperimentalAuditSettings.FileEnabled || !s.ExperimentalAuditSettings.FileName.empty(),
         "ExperimentalAuditSettings.FileEnabled: needs FileName");
}

void warn_of_dangers(LoadedSettings& out) {
    const auto& service = out.settings.ServiceSettings;
    if (service.ConnectionSecurity.empty() &&
        !rules::is_loopback(rules::split_host_port(service.ListenAddress).host)) {
        out.warnings.push_back(
            "ServiceSettings.ConnectionSecurity: TLS is off on an address that others can reach");
    }
    const auto& own = out.settings.ConcordatSettings;
    if (own.AuditSyslogSecurity == "plain" && !own.AuditSyslogAddress.empty() &&
        !rules::is_loopback(rules::split_host_port(own.AuditSyslogAddress).host)) {
        out.warnings.push_back(
            "ConcordatSettings.AuditSyslogSecurity: records of decisions cross the network unencrypted");
    }
    if (service.EnableDeveloper) {
        out.warnings.push_back(
            "ServiceSettings.EnableDeveloper: errors tell callers more than they should know");
    }
}

std::string read_with_warnings(const std::string& file, Lines& warnings) {
    auto text = read_settings_text(file);
    struct stat info {};
    if (::stat(file.c_str(), &info) == 0 && (info.st_mode & S_IROTH)) {
        warnings.push_back(file + ": everybody on this machine may read it, and it may hold secrets");
    }
    return text;
}

LoadedSettings load_text(const std::string* text, const std::string& name, const Environment& environment) {
    LoadedSettings out;
    Lines problems;
    if (text) take_file(*text, name, out, problems);
    take_environment(environment, out, problems);
    for (auto& line : validate(out.settings)) problems.push_back(std::move(line));
    if (!problems.empty()) refuse(problems);
    warn_of_dangers(out);
    return out;
}

}  // namespace

Environment process_environment() {
    Environment all;
    for (char** entry = environ; entry && *entry; ++entry) {
        std::string_view line = *entry;
        auto equals = line.find('=');
        if (equals != line.npos) all.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return all;
}

LoadedSettings load_settings(const std::string& file, const Environment& environment) {
    if (file.empty()) return load_text(nullptr, "", environment);
    Lines warnings;
    auto text = read_with_warnings(file, warnings);
    auto out = load_text(&text, file, environment);
    out.warnings.insert(out.warnings.begin(), warnings.begin(), warnings.end());
    return out;
}

LoadedSettings parse_settings(std::string_view text, const std::string& name,
                              const Environment& environment) {
    std::string copy(text);
    return load_text(&copy, name, environment);
}

std::vector<const Key*> keys_of(const Environment& environment) {
    std::vector<const Key*> keys;
    for (const auto& [variable, key] : keys_by_variable())
        for (const auto prefix : variable_prefixes)
            if (environment.contains(std::string(prefix) + variable)) {
                keys.push_back(key);
                break;
            }
    return keys;
}

std::vector<std::string> validate(const Settings& settings) {
    Lines problems;
    for (const auto& key : setting_keys()) {
        std::visit([&](auto* value) { check(key, value, problems); }, key.read(settings));
    }
    check_together(settings, problems);
    if (settings.LdapSettings.Enable || settings.LdapSettings.EnableSync)
        for (const auto& line : ldap_problems(settings.LdapSettings))
            problems.push_back("LdapSettings." + line);
    if (settings.SamlSettings.Enable)
        for (const auto& line : saml_problems(settings.SamlSettings))
            problems.push_back("SamlSettings." + line);
    for (const auto& [name, section] : {std::pair{"OpenIdSettings", &settings.OpenIdSettings},
                                        {"GitLabSettings", &settings.GitLabSettings},
                                        {"GoogleSettings", &settings.GoogleSettings},
                                        {"Office365Settings", &settings.Office365Settings}})
        if (section->Enable)
            for (const auto& line : sso_problems(*section))
                problems.push_back(std::string(name) + "." + line);
    return problems;
}

std::string settings_text(const Settings& settings, Secrets secrets) {
    std::string out = "{";
    std::string_view section;
    for (const auto& key : setting_keys()) {
        if (key.section != section) {
            if (!section.empty()) out += "},";
            section = key.section;
            out += '"' + std::string(section) + "\":{";
        } else {
            out += ',';
        }
        out += '"' + std::string(key.name) + "\":";
        auto value = key.read(settings);
        if (secrets == Secrets::hidden && key.is_secret()) {
            write_json(out, std::get<const std::string*>(value)->empty() ? std::string_view() : secret_mask);
        } else {
            std::visit([&](auto* member) { write_json(out, *member); }, value);
        }
    }
    return out + "}}";
}

std::string settings_hash(const Settings& settings) {
    auto text = settings_text(settings, Secrets::hidden);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha256(), nullptr) != 1) {
        throw Error(Fault::internal, "config.hash", "", "SHA-256 is not available");
    }
    return hex_of({reinterpret_cast<const char*>(digest), 16});
}

}  // namespace concordat
