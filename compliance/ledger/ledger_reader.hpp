// What auditors ask of the ledger: checkpoints, records with their proofs, and that the tree has only grown.
// Whoever asks, and for what, is recorded (act "audit") before they have the answer; if that cannot be
// written, there is none.
//
// Thread-safe; calls block. Errors, besides the database's:
//   not_found  compliance.ledger.no_checkpoint   none of that size, or none at all yet
//   not_found  compliance.ledger.no_record       no record has that id
//   conflict   compliance.ledger.not_yet         the record is so new that no checkpoint has it
//   invalid    compliance.ledger.range           more than 10,000 records, or an order that makes no sense
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include "compliance/export/requests.hpp"
#include "compliance/proof/audit_bundle.hpp"
#include "core/model/ids.hpp"
#include "storage/tables/audit_ledger.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::identity {
class Decisions;
}

namespace concordat::compliance {

struct ShownCheckpoint {
    std::string origin;
    std::int64_t size = 0;
    std::string root;  // base64
    Millis create_at = 0;
    std::string note;
};
BOOST_DESCRIBE_STRUCT(ShownCheckpoint, (), (origin, size, root, create_at, note))

// Sizes are of checkpoints; 0 is the newest as `size`, and none as `since`.
struct BundleQuery {
    std::int64_t first = 0;  // leaf
    std::int64_t count = 0;  // fewer when there are no more
    std::int64_t size = 0;   // under this checkpoint
    std::int64_t since = 0;  // with a proof that the tree has only grown since this one
};

class LedgerReader {
public:
    // Both must outlive this object.
    LedgerReader(storage::Database& db, identity::Decisions& decisions) : db_(db), decisions_(decisions) {}

    // Of that size; the newest for 0.
    ShownCheckpoint checkpoint(const Request& request, std::int64_t size);
    AuditBundle bundle(const Request& request, const BundleQuery& query);
    // Of one record, under a checkpoint that has it: of `size`, or for 0 the newest.
    AuditBundle proof(const Request& request, const DecisionId& record, std::int64_t size);

private:
    void note(const Request& request, const std::string& what);

    storage::Database& db_;
    identity::Decisions& decisions_;
};

// Records that somebody read records of decisions. `what` completes "Read: ".
void note_audit_reading(identity::Decisions& decisions, const Request& request, const std::string& what);

}  // namespace concordat::compliance
