#include "web/api/client_facts.hpp"

#include "core/config/load.hpp"
#include "identity/account/accounts.hpp"
#include "identity/account/installation.hpp"
#include "identity/mfa/policy.hpp"

namespace concordat::web {

ClientTexts::ClientTexts(const identity::Installation& installation, identity::Accounts& accounts,
                         const LiveSettings& settings, Features features, std::string site_url)
    : installation_(installation),
      accounts_(accounts),
      settings_(settings),
      features_(features),
      site_url_(std::move(site_url)) {}

std::shared_ptr<const ClientTexts::Rendered> ClientTexts::rendered() {
    const bool no_accounts = !has_accounts_;
    const auto settings = settings_.current();
    const bool factors_wait = !identity::are_factors_enforced(*settings, wall_clock());
    std::lock_guard lock(mutex_);
    if (last_ && last_->settings == settings && last_->no_accounts == no_accounts &&
        last_->factors_wait == factors_wait)
        return last_;
    ClientFacts facts;
    facts.diagnostic_id = installation_.diagnostic_id();
    facts.installation_date = installation_.date();
    facts.schema_version = installation_.schema_version();
    facts.no_accounts = no_accounts;
    facts.factors_wait = factors_wait;
    if (settings->ServiceSettings.SiteURL.empty()) facts.site_url = site_url_;
    auto made = std::make_shared<Rendered>();
    made->settings = settings;
    made->no_accounts = no_accounts;
    made->factors_wait = factors_wait;
    for (const bool flag : {false, true}) {
        made->config[flag] =
            std::make_shared<const std::string>(client_config(*settings, facts, features_, flag));
        made->licence[flag] =
            std::make_shared<const std::string>(client_licence(*settings, facts, features_, flag));
    }
    made->version = concordat::web::version_header(facts, settings_hash(*settings));
    last_ = std::move(made);
    return last_;
}

ClientTexts::Text ClientTexts::config(bool signed_in) {
    if (!has_accounts_ && !accounts_.has_none()) has_accounts_ = true;
    return rendered()->config[signed_in];
}

ClientTexts::Text ClientTexts::licence(bool in_full) {
    return rendered()->licence[in_full];
}

std::string ClientTexts::version_header() {
    return rendered()->version;
}

}  // namespace concordat::web
