// The ledger: every record of a decision is a leaf of a Merkle tree, in the order of commits and without
// gaps, and the organisation signs the tree as it grows.
//
// append() makes leaves of the records that are none yet, in a transaction of its own; nobody who is decided
// about waits for it. sign() signs the tree if it has grown, with the key that signs packages of exports. A
// tree that is not the one signed last, grown, is never signed: the last checkpoint is remembered in a file
// beside the database too, so a database that was put back, or whose rows were changed, is found out; so is
// one that comes without this file. Then nothing is appended and nothing is signed until the right database
// is back or an operator begins a new tree, which has another name. check() compares leaves with records and
// hashes as they stand.
//
// Thread-safe; calls block. Any number of these may append and sign on one database, if they share the file.
// Errors, besides those of the database and of files:
//   conflict  compliance.ledger.forked   the tree is not the one signed last, grown; detail for the operator
//   internal  compliance.ledger.tile     a part of the tree is missing
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>
#include "compliance/ledger/ledger_check.hpp"
#include "compliance/proof/checkpoint.hpp"
#include "core/base/metrics.hpp"
#include "core/config/live.hpp"
#include "storage/tables/audit_ledger.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::identity {
class Decisions;
}

namespace concordat::compliance {

class EvidenceKey;

struct LedgerStatus {
    std::string origin;  // the tree's name; "" before the first leaf
    std::string state;   // working, refusing
    std::string text;    // why it refuses
    std::int64_t leaves = 0,
                 waiting = 0;  // records that are leaves, and that are none yet (counted up to 100,000)
    std::int64_t signed_size = 0;
    Millis signed_at = 0;
    std::int64_t faults = 0;    // found since the start
    std::string witness_error;  // "" when its file was written to, or none is named
};

class Ledger {
public:
    static constexpr std::int64_t most_at_a_time = 1000;  // records made leaves in one transaction

    // All must outlive this object. `file`: where the last checkpoint is remembered.
    struct Means {
        storage::Database& db;
        identity::Decisions& decisions;
        EvidenceKey& key;
        const LiveSettings& settings;
        Metrics& metrics;
        std::string file;
    };
    explicit Ledger(Means means);
    Ledger(const Ledger&) = delete;

    // How many records became leaves.
    std::size_t append();
    // Whether there was something new to sign.
    bool sign();
    // Both, until all is a leaf and signed.
    void bring_up_to_date();
    // Of 256 leaves; see ledger_check.hpp. What is wrong is in the log, and recorded, once for each leaf.
    std::vector<LedgerFault> check(std::int64_t tile);
    // How many times 256 leaves there are, the last not full.
    std::int64_t tiles();
    // Begins a new tree, with all records there are, under another name. Recorded with the name, size and
    // root of the one before.
    void begin_anew(const std::string& reason);
    LedgerStatus status();

private:
    using Faults = std::vector<LedgerFault>;
    storage::AuditLog opened(storage::Tx& tx);
    // The last checkpoint that was signed, after a look whether the tree still begins with it.
    std::optional<Checkpoint> base(storage::Tx& tx, const storage::AuditLog& log);
    [[noreturn]] void refuse(const std::string& why);
    // For append() and sign(): records once that they are refused.
    void note_refusal(const Error& error);
    void note_agreement();
    std::size_t append_in(storage::Tx& tx, Faults& faults);
    void report(const Faults& faults);
    std::string sign_in(storage::Tx& tx);
    void witness(const std::string& note);

    const Means means_;
    std::atomic<bool> is_base_checked_{false}, is_refusing_{false};
    std::atomic<std::int64_t> leaves_{0}, signed_size_{0}, faults_{0};
    std::mutex signing_;  // one signs at a time
    std::mutex mutex_;    // guards what follows
    bool is_refusal_recorded_ = false;
    std::string refusal_, witness_error_;
    std::set<std::int64_t> reported_;  // leaves
};

}  // namespace concordat::compliance
