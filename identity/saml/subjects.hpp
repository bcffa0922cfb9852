// What people of the main SAML provider are recognised by, changed for many at once: after IdAttribute was
// changed to what holds their e-mail address.
//
// Each account is changed in a transaction of its own and its sessions end, as with Admissions::link. Blocks.
#pragma once
#include <cstdint>
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

}  // namespace concordat::identity
