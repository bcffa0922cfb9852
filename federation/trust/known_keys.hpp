// What is known here of organisations' keys, in the database.
//
// Inside the caller's transaction. Throws what the database throws.
#pragma once
#include "federation/wire/key_chain.hpp"

namespace concordat::storage {
class Tx;
}

namespace concordat::federation {

// Of a partner, or of an organisation that was introduced; empty when it is unknown.
KeyChain known_keys(storage::Tx& tx, const OrganisationId& id);

// Keeps the changes that are new; those that there are. Throws Error (forbidden, "federation.key_conflict")
// when it is another history than the one that is known, which the first one wins.
std::vector<KeyChange> keep_keys(storage::Tx& tx, const KeyChain& told);

}  // namespace concordat::federation
