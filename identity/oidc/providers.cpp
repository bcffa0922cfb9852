#include "identity/oidc/providers.hpp"

#include <algorithm>
#include <filesystem>

#include "core/config/section_file.hpp"
#include "core/config/sso_rules.hpp"

namespace concordat::identity {
namespace {

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
    throw Error(Fault::invalid, "oidc.settings",
                "The OpenID Connect provider in " + file + " cannot be used: " + why);
}

std::shared_ptr<const SsoSection> section_in(const std::string& file) {
    auto read = read_section("OpenIdSettings", file);
    if (!read.problem.empty()) refuse(file, read.problem);
    if (const auto problems = sso_problems(read.settings.OpenIdSettings); !problems.empty())
        refuse(file, problems.front());
    return std::make_shared<const SsoSection>(std::move(read.settings.OpenIdSettings));
}

}  // namespace

OidcProviders::OidcProviders(const LiveSettings& settings, const web::OutboundClient& client)
    : client_(client) {
    const auto add = [&](const char* service, const std::string& name, OidcProvider::Source source) {
        all_.push_back(std::make_unique<OidcProvider>(service, name, std::move(source), client));
    };
    for (const auto& [service, section] : {std::pair{"openid", &Settings::OpenIdSettings},
                                           {"gitlab", &Settings::GitLabSettings},
                                           {"google", &Settings::GoogleSettings},
                                           {"office365", &Settings::Office365Settings}})
        add(service, "", [&settings, section = section] {
            const auto now = settings.current();
            return OidcProvider::Configured{std::shared_ptr<const SsoSection>(now, &(now.get()->*section)),
                                            now->ServiceSettings.SiteURL};
        });
    for (const auto& file : settings.current()->ConcordatSettings.OpenIdProviderFiles) {
        const auto name = std::filesystem::path(file).stem().string();
        const bool is_taken = std::ranges::any_of(all_, [&](const auto& one) { return one->name() == name; });
        if (name.empty() || is_taken) refuse(file, "another has the same name.");
        add("openid", name, [section = section_in(file), &settings] {
            return OidcProvider::Configured{section, settings.current()->ServiceSettings.SiteURL};
        });
    }
}

OidcProvider& OidcProviders::named(const std::string& service, const std::string& name) const {
    for (const auto& provider : all_)
        if (provider->service() == service && provider->name() == name) return *provider;
    throw Error(Fault::not_found, "oidc.provider", "There is no OpenID Connect provider of this name.");
}

OidcLook OidcProviders::look(const std::string& service, const std::string& address, Millis now) const {
    const auto kept = named(service, "").configured();
    auto section = std::make_shared<SsoSection>(*kept.section);
    section->Enable = true;
    section->DiscoveryEndpoint = address;
    // Neither is sent: a description is for everybody.
    section->Id = "none";
    section->Secret = "none";
    OidcProvider proposed(
        service, "",
        [&] {
            return OidcProvider::Configured{section, kept.site_url};
        },
        client_);
    OidcLook out;
    out.description = proposed.description(now);
    out.keys = static_cast<std::int64_t>(proposed.keys(out.description, "", now).size());
    out.redirect_uri = proposed.redirect_uri();
    return out;
}

}  // namespace concordat::identity
