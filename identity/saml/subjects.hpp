// What people of the main SAML provider are recognised by, changed for many at once: after IdAttribute was
// changed to what holds their e-mail address; and accounts that are moved to it.
//
// Each account is changed in a transaction of its own and its sessions end, as with Admissions::link. Blocks.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>
#include "core/model/actor.hpp"
#include "identity/account/accounts.hpp"
#include "identity/account/admissions.hpp"

namespace concordat::identity {

struct SubjectReset {
    bool include_deleted = false, dry_run = false;
    std::vector<std::string> user_ids;  // only these; empty: all
};
BOOST_DESCRIBE_STRUCT(SubjectReset, (), (include_deleted, dry_run, user_ids))

// Their subject becomes their e-mail address; how many were, or would be, changed. Throws Error conflict,
// identity.link.taken, when an address is another account's subject already; those before it are changed
// then.
std::int64_t reset_saml_subjects(storage::Database& db, Admissions& admissions, Accounts& accounts,
                                 const Actor& actor, const SubjectReset& wanted, const std::string& attempt);

// Accounts that are to sign in by the main SAML provider from now on.
struct SamlMove {
    std::string from;                            // how they sign in now: email, ldap, openid, ...
    std::map<std::string, std::string> matches;  // e-mail address here: subject there
    bool is_by_address = false;  // everybody, whose subject is their e-mail address; instead of matches
};

// Bots, deactivated accounts and the actor's own stay as they are, so that somebody can still come in. How
// many were moved. Errors, before anything is changed: invalid saml.move.from, saml.move.nobody (names the
// address that no such account has); conflict identity.link.taken, as above.
std::int64_t move_to_saml(storage::Database& db, Admissions& admissions, Accounts& accounts,
                          const Actor& actor, const SamlMove& wanted, const std::string& attempt);

}  // namespace concordat::identity
