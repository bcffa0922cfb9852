#include "federation/trust/known_keys.hpp"

#include "storage/database/database.hpp"
#include "storage/tables/federation.hpp"

namespace concordat::federation {

KeyChain known_keys(storage::Tx& tx, const OrganisationId& id) {
    storage::PartnerTable table(tx);
    const auto first = table.key_of(id);
    return first.empty() ? KeyChain() : KeyChain(first, table.key_changes(id));
}

std::vector<KeyChange> keep_keys(storage::Tx& tx, const KeyChain& told) {
    const auto known = known_keys(tx, told.organisation());
    if (!known.agrees_with(told))
        throw Error(Fault::forbidden, "federation.key_conflict", "The connection is refused.",
                    "it shows another history of its keys than the one that is known");
    std::vector<KeyChange> out;
    for (auto i = known.changes().size(); i < told.changes().size(); ++i) {
        storage::PartnerTable(tx).insert_key_change(told.organisation(), static_cast<std::int64_t>(i) + 1,
                                                    told.changes()[i]);
        out.push_back(parse_json<KeyChange>(told.changes()[i].text, "change"));
    }
    return out;
}

}  // namespace concordat::federation
