#include "identity/saml/providers.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/config/saml_rules.hpp"
#include "core/config/section_file.hpp"

namespace concordat::identity {
namespace {

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
    throw Error(Fault::invalid, "saml.settings", "The SAML provider in " + file + " cannot be used: " + why);
}

std::shared_ptr<const SamlSection> section_in(const std::string& file) {
    auto read = read_section("SamlSettings", file);
    if (!read.problem.empty()) refuse(file, read.problem);
    if (const auto problems = saml_problems(read.settings.SamlSettings); !problems.empty())
        refuse(file, problems.front());
    return std::make_shared<const SamlSection>(std::move(read.settings.SamlSettings));
}

}  // namespace

SamlProviders::SamlProviders(const LiveSettings& settings, MessageReaders& readers,
                             MetadataAddresses& addresses) {
    all_.push_back(std::make_unique<SamlProvider>(
        "",
        [&settings] {
            const auto now = settings.current();
            return SamlProvider::Configured{std::shared_ptr<const SamlSection>(now, &now->SamlSettings),
                                            now->ServiceSettings.SiteURL};
        },
        readers, addresses));
    for (const auto& file : settings.current()->ConcordatSettings.SamlProviderFiles) {
        const auto name = std::filesystem::path(file).stem().string();
        const bool is_taken =
            std::any_of(all_.begin(), all_.end(), [&](const auto& one) { return one->name() == name; });
        if (name.empty() || is_taken) refuse(file, "another has the same name.");
        all_.push_back(std::make_unique<SamlProvider>(
            name,
            [section = section_in(file), &settings] {
                return SamlProvider::Configured{section, settings.current()->ServiceSettings.SiteURL};
            },
            readers, addresses));
    }
}

SamlProvider& SamlProviders::named(const std::string& name) const {
    for (const auto& provider : all_)
        if (provider->name() == name) return *provider;
    throw Error(Fault::not_found, "saml.provider", "There is no SAML provider of this name.");
}

bool SamlProviders::has_enabled() const {
    return std::any_of(all_.begin(), all_.end(), [](const auto& one) { return one->is_enabled(); });
}

namespace {
constexpr double day = 86'400'000;  // ms
}

std::optional<double> SamlProviders::least_days(Millis now) const {
    std::optional<double> least;
    for (const auto& provider : all_) {
        if (!provider->is_enabled()) continue;
        for (const auto& certificate : provider->state()->certificates) {
            const auto left = static_cast<double>(certificate.not_after - now) / day;
            least = least ? std::min(*least, left) : left;
        }
    }
    return least;
}

void SamlProviders::warn_of_certificates(Millis now) const {
    for (const auto& provider : all_) {
        if (!provider->is_enabled()) continue;
        for (const auto& certificate : provider->state()->certificates) {
            const auto left = static_cast<double>(certificate.not_after - now) / day;
            if (left < 30)
                log_warn("a certificate of a SAML provider ends soon, or has ended",
                         {{"provider", provider->name()},
                          {"subject", certificate.subject},
                          {"days_left", static_cast<std::int64_t>(left)}});
        }
    }
}

}  // namespace concordat::identity
