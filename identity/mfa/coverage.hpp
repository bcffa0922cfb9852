// Who has a second factor, and whom rules about it would hold up: counted before anybody is.
//
// Rules are applied to groups of accounts that are alike in all that rules look at, by demands_factor(), as
// everywhere; so what is foretold is what happens. Partners' people sign in elsewhere and are left out, and
// so are deactivated accounts. What a provider asks of its people is not known here.
//
// Thread-safe; calls block for two queries over the accounts.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/config/settings.hpp"
#include "core/model/ids.hpp"

namespace concordat::storage {
class Database;
struct FactorGroup;
}  // namespace concordat::storage

namespace concordat::identity {

struct FactorShare {
    std::string name;  // of a role or a service
    std::int64_t people = 0, with_factor = 0;
    std::int64_t affected = 0;  // without a factor, though the rules ask for one, here or elsewhere
};
BOOST_DESCRIBE_STRUCT(FactorShare, (), (name, people, with_factor, affected))

struct AffectedPerson {
    UserId id;
    std::string username, roles, service;
    bool is_elsewhere_only = false;  // only where MfaOutsideNetworks says so
};
BOOST_DESCRIBE_STRUCT(AffectedPerson, (), (id, username, roles, service, is_elsewhere_only))

struct FactorReport {
    FactorShare people, guests;  // bots are none of them
    std::int64_t bots = 0;
    std::vector<FactorShare> roles, services;  // "email": a password of this node
    bool is_on = false;                        // EnableMultifactorAuthentication
    Millis enforced_from = 0;
    std::int64_t affected_everywhere = 0, affected_elsewhere = 0;
    std::vector<AffectedPerson> affected;  // the first by their names
    bool includes_you = false;
};
BOOST_DESCRIBE_STRUCT(FactorReport, (),
                      (people, guests, bots, roles, services, is_on, enforced_from, affected_everywhere,
                       affected_elsewhere, affected, includes_you))

class FactorCoverage {
public:
    static constexpr std::int64_t most_groups = 2000, most_listed = 100;

    // `db` must outlive this object.
    explicit FactorCoverage(storage::Database& db) : db_(db) {}

    // By these settings, in force or not. Throws Error (unavailable, identity.factor.too_many_groups) when
    // there are more different combinations of roles and services than can be looked at.
    FactorReport of(const Settings& settings, const UserId& asking);

private:
    storage::Database& db_;
};

// The groups of `all` of whose people these settings ask for a factor that they lack.
std::vector<storage::FactorGroup> affected_groups(const Settings& settings,
                                                  const std::vector<storage::FactorGroup>& all);

// `settings` with other rules: `sections` as in the settings file, with keys that rule second factors only.
// Throws Error: invalid, identity.factor.not_a_rule; invalid, config.invalid.
Settings with_factor_rules(Settings settings, const json::object& sections);

}  // namespace concordat::identity
