// What auditors read of the signed tree of audit records. Rules and errors:
// compliance/ledger/ledger_reader.hpp.
#pragma once

namespace concordat::compliance {
class EvidenceKey;
class LedgerReader;
}  // namespace concordat::compliance

namespace concordat::web {

class Router;
// All with read_audits, and all recorded. Sizes are numbers of leaves under a signed checkpoint; what is left
// out is the newest.
// GET concordat/audit/checkpoint?size=
// GET concordat/audit/records?from=&limit=&size=&since=: a bundle of records from leaf `from` on, 100 or
// `limit`, at most 1000; with `since` also that the tree has only grown since that size
// GET concordat/audit/records/{record_id}/proof?size=: a bundle of this one
// GET concordat/audit/consistency?from=&to=: a bundle without records: the tree has only grown between
// GET concordat/audit/keys: {"pem"}, all keys that checkpoints were ever signed with, the newest first.
// Reading those is not recorded.
void add_ledger_routes(Router& routes, compliance::LedgerReader& ledger, compliance::EvidenceKey& key);

}  // namespace concordat::web
