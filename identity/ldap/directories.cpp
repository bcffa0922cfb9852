#include "identity/ldap/directories.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/config/directory_rules.hpp"
#include "core/config/section_file.hpp"

namespace concordat::identity {
namespace {

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
    throw Error(Fault::invalid, "ldap.settings", "The directory in " + file + " cannot be used: " + why);
}

std::shared_ptr<const LdapSection> section_in(const std::string& file) {
    auto read = read_section("LdapSettings", file);
    if (!read.problem.empty()) refuse(file, read.problem);
    if (const auto problems = ldap_problems(read.settings.LdapSettings); !problems.empty())
        refuse(file, problems.front());
    return std::make_shared<const LdapSection>(std::move(read.settings.LdapSettings));
}

}  // namespace

Directories::Directories(const LiveSettings& settings) {
    ldap::ignore_library_configuration();
    all_.push_back(std::make_unique<Directory>(
        "",
        [&settings] {
            const auto now = settings.current();
            return std::shared_ptr<const LdapSection>(now, &now->LdapSettings);
        },
        dog_));
    for (const auto& file : settings.current()->ConcordatSettings.DirectoryFiles) {
        const auto name = std::filesystem::path(file).stem().string();
        const bool is_taken =
            std::any_of(all_.begin(), all_.end(), [&](const auto& one) { return one->provider() == name; });
        if (name.empty() || is_taken) refuse(file, "another has the same name.");
        all_.push_back(std::make_unique<Directory>(
            name, [section = section_in(file)] { return section; }, dog_));
    }
}

Directory& Directories::named(const std::string& provider) const {
    for (const auto& directory : all_)
        if (directory->provider() == provider) return *directory;
    throw Error(Fault::not_found, "ldap.provider", "There is no directory \"" + provider + "\".");
}

}  // namespace concordat::identity
