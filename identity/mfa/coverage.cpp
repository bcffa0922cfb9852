#include "identity/mfa/coverage.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/text.hpp"
#include "core/config/keys.hpp"
#include "core/config/load.hpp"
#include "identity/mfa/policy.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/factor_coverage.hpp"

namespace concordat::identity {
namespace {

constexpr std::string_view factor_rules[] = {"ServiceSettings.EnableMultifactorAuthentication",
                                             "ServiceSettings.EnforceMultifactorAuthentication",
                                             "GuestAccountsSettings.EnforceMultifactorAuthentication",
                                             "ConcordatSettings.MfaForRoles",
                                             "ConcordatSettings.MfaForServices",
                                             "ConcordatSettings.MfaOutsideNetworks",
                                             "ConcordatSettings.MfaEnforcedFrom"};

FactorSubject subject_of(const std::string& roles, const std::string& service, bool is_bot) {
    FactorSubject who{split_words(roles), service, false, is_bot};
    who.is_guest = std::find(who.roles.begin(), who.roles.end(), "system_guest") != who.roles.end();
    return who;
}

std::string service_name(const std::string& service) {
    return service.empty() ? "email" : service;
}

// What is asked of somebody who comes from one of the networks in MfaOutsideNetworks.
Settings as_if_inside(Settings settings) {
    settings.ConcordatSettings.MfaOutsideNetworks.clear();
    return settings;
}

using Shares = std::map<std::string, FactorShare>;

void count_in(FactorShare& share, const storage::FactorGroup& group, bool is_affected) {
    share.people += group.people;
    if (group.has_factor) share.with_factor += group.people;
    if (is_affected) share.affected += group.people;
}

std::vector<FactorShare> listed(const Shares& shares) {
    std::vector<FactorShare> out;
    for (const auto& [name, share] : shares) {
        out.push_back(share);
        out.back().name = name;
    }
    return out;
}

}  // namespace

std::vector<storage::FactorGroup> affected_groups(const Settings& settings,
                                                  const std::vector<storage::FactorGroup>& all) {
    std::vector<storage::FactorGroup> out;
    for (const auto& group : all)
        if (!group.has_factor &&
            demands_factor(settings, subject_of(group.roles, group.service, group.is_bot), ""))
            out.push_back(group);
    return out;
}

FactorReport FactorCoverage::of(const Settings& settings, const UserId& asking) {
    FactorReport report;
    report.is_on = settings.ServiceSettings.EnableMultifactorAuthentication;
    report.enforced_from = settings.ConcordatSettings.MfaEnforcedFrom;
    const auto inside = as_if_inside(settings);
    Shares roles, services;
    db_.read([&](storage::Tx& tx) {
        storage::FactorCoverageTable table(tx);
        const auto groups = table.groups(most_groups + 1);
        if (static_cast<std::int64_t>(groups.size()) > most_groups)
            throw Error(Fault::unavailable, "identity.factor.too_many_groups",
                        "Accounts have too many different combinations of roles to be counted.");
        for (const auto& group : groups) {
            if (group.is_bot) {
                report.bots += group.people;
                continue;
            }
            const auto who = subject_of(group.roles, group.service, false);
            const bool is_affected = !group.has_factor && demands_factor(settings, who, "");
            count_in(report.people, group, is_affected);
            if (who.is_guest) count_in(report.guests, group, is_affected);
            for (const auto& role : std::set<std::string>(who.roles.begin(), who.roles.end()))
                count_in(roles[role], group, is_affected);
            count_in(services[service_name(group.service)], group, is_affected);
            if (is_affected)
                (demands_factor(inside, who, "") ? report.affected_everywhere : report.affected_elsewhere) +=
                    group.people;
        }
        const auto affected = affected_groups(settings, groups);
        for (const auto& person : table.without(affected, most_listed)) {
            const auto who = subject_of(person.roles, person.service, false);
            report.affected.push_back({person.id, person.username, person.roles, service_name(person.service),
                                       !demands_factor(inside, who, "")});
        }
        report.includes_you = table.is_among(affected, asking);
    });
    report.roles = listed(roles);
    report.services = listed(services);
    return report;
}

Settings with_factor_rules(Settings settings, const json::object& sections) {
    const auto not_a_rule = [](const std::string& path) {
        return Error(Fault::invalid, "identity.factor.not_a_rule", path + " does not rule second factors.");
    };
    for (const auto& [section, keys] : sections) {
        if (!keys.is_object()) throw not_a_rule(std::string(section));
        for (const auto& [name, value] : keys.get_object()) {
            const auto path = std::string(section) + '.' + std::string(name);
            const auto all = setting_keys();
            const auto key =
                std::find_if(all.begin(), all.end(), [&](const Key& each) { return each.path() == path; });
            if (key == all.end() ||
                std::find(std::begin(factor_rules), std::end(factor_rules), path) == std::end(factor_rules))
                throw not_a_rule(path);
            std::visit([&](auto* member) { from_json(value, *member); }, key->slot(settings));
        }
    }
    if (const auto problems = validate(settings); !problems.empty())
        throw Error(Fault::invalid, "config.invalid", problems.front());
    return settings;
}

}  // namespace concordat::identity
