// Accounts that are to sign in by a directory from now on, many at once.
//
// Each account is changed in a transaction of its own and its sessions end, as with Admissions::link. Blocks.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <string>
#include "core/model/actor.hpp"
#include "identity/account/accounts.hpp"
#include "identity/account/admissions.hpp"
#include "identity/ldap/directory.hpp"

namespace concordat::identity {

struct DirectoryMove {
    std::string from;         // how they sign in now: email, saml, openid, gitlab, google, office365
    std::string match_field;  // what tells who is who: email, username
    bool force = false;       // whoever cannot be told apart is left out, instead of an error
};
BOOST_DESCRIBE_STRUCT(DirectoryMove, (), (from, match_field, force))

struct MovedPeople {
    std::int64_t moved = 0;
    std::int64_t left = 0;  // sign in as before: the directory does not have them, or they were left out
};

// Bots, guests from partners, deactivated accounts and the actor's own stay as they are, so that somebody can
// still come in. Errors, before anything is changed: those of Directory; invalid ldap.move.from,
// ldap.move.match_field; conflict ldap.move.ambiguous (two entries have the same address or name, or a person
// is linked to an account already).
MovedPeople move_to_directory(storage::Database& db, Admissions& admissions, Accounts& accounts,
                              Directory& directory, const Actor& actor, const DirectoryMove& wanted,
                              const std::string& attempt);

}  // namespace concordat::identity
