#include "compliance/ledger/ledger.hpp"

#include <utility>

#include "compliance/export/evidence_key.hpp"
#include "compliance/ledger/checkpoint_files.hpp"
#include "compliance/ledger/tree_tiles.hpp"
#include "compliance/proof/audit_leaf.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/log.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/durable_file.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/identity_decisions.hpp"

namespace concordat::compliance {
namespace {

constexpr const char* origin_prefix = "concordat-audit/";
constexpr const char* forked = "compliance.ledger.forked";
constexpr const char* tile_missing = "compliance.ledger.tile";
constexpr std::int64_t most_waiting = 100000;
constexpr std::size_t most_reported = 10000, most_told = 20;  // leaves remembered; in one decision

struct Chained {
    std::string previous;
};
BOOST_DESCRIBE_STRUCT(Chained, (), (previous))

// Nothing when the record follows the one whose sealed digest is `before`.
std::string chain_fault(const storage::IdentityDecisionTable::Stored& record, const std::string& before) {
    if (!record.plain) return "its record cannot be opened: it was changed, or its key is gone";
    try {
        if (parse_json<Chained>(*record.plain, "decision").previous ==
            (before.empty() ? "" : storage::base64(before)))
            return {};
    } catch (const Error&) {  // then it names nothing
    }
    return "its record does not follow the one before it";
}

}  // namespace

Ledger::Ledger(Means means) : means_(std::move(means)) {
    auto& metrics = means_.metrics;
    metrics.gauge("concordat_audit_ledger_leaves", "Records of decisions that are leaves of the signed tree.",
                  [this] { return static_cast<double>(leaves_); });
    metrics.gauge("concordat_audit_ledger_signed", "Leaves under the last signed checkpoint.",
                  [this] { return static_cast<double>(signed_size_); });
    metrics.gauge("concordat_audit_ledger_refusing",
                  "1 while the tree is not the one signed last, so that nothing is signed.",
                  [this] { return is_refusing_ ? 1.0 : 0.0; });
    metrics.gauge("concordat_audit_ledger_faults",
                  "Records or leaves found changed, removed or put in since the start.",
                  [this] { return static_cast<double>(faults_); });
}

storage::AuditLog Ledger::opened(storage::Tx& tx) {
    storage::AuditLedgerTable table(tx);
    auto log = table.newest(true);
    if (!log) {
        table.insert({1, origin_prefix + new_token(), tx.now(), 0, 0});
        log = table.newest(true);
    }
    return *log;
}

void Ledger::refuse(const std::string& why) {
    throw Error(Fault::conflict, forked,
                "The tree of audit records is not the one that was signed last. Nothing is signed.", why);
}

std::optional<Checkpoint> Ledger::base(storage::Tx& tx, const storage::AuditLog& log) {
    std::optional<Checkpoint> out;
    if (const auto kept = storage::AuditLedgerTable(tx).checkpoint(log.log, 0)) {
        out = checkpoint_in(kept->note);
        if (!out || out->origin != log.origin)
            refuse("The newest checkpoint in the database cannot be read, or is of another tree.");
    }
    const auto note = remembered_note(means_.file);
    if (!note && out) refuse(means_.file + " is gone. Was the database put back on another machine?");
    if (note) {
        const auto remembered = checkpoint_in(*note);
        if (!remembered) refuse(means_.file + " holds no checkpoint.");
        if (remembered->origin != log.origin)
            refuse(means_.file + " is of the tree " + remembered->origin + ", the database has " +
                   log.origin + ". Was it put back from before the tree was begun anew?");
        if (!out || remembered->size >= out->size) {
            if (out && remembered->size == out->size && *remembered != *out)
                refuse(means_.file + " and the database have different roots for one size.");
            out = remembered;
        }
    }
    if (!out) return out;
    if (static_cast<std::int64_t>(out->size) > log.leaves)
        refuse("The tree has " + std::to_string(log.leaves) + " leaves, and was signed with " +
               std::to_string(out->size) + ". Was the database put back from a backup?");
    if (TreeTiles(tx, log.log).root(static_cast<std::int64_t>(out->size)) != out->root)
        refuse("The first " + std::to_string(out->size) + " leaves are not those that were signed.");
    return out;
}

void Ledger::note_refusal(const Error& error) {
    if (error.id() != forked && error.id() != tile_missing) return;
    is_refusing_ = true;
    {
        std::lock_guard guard(mutex_);
        if (refusal_ == error.detail()) return;
        refusal_ = error.detail();
        log_error("the audit's tree is not the one that was signed last; nothing is signed until it is back",
                  {{"id", error.id()}, {"detail", error.detail()}});
        if (std::exchange(is_refusal_recorded_, true)) return;
    }
    identity::Trail trail("audit", new_token());
    trail.refused("audit.fork", error.detail());
    means_.decisions.record(trail);
}

void Ledger::note_agreement() {
    is_base_checked_ = true;
    if (!is_refusing_.exchange(false)) return;
    log_info("the audit's tree is the one that was signed last again; it goes on");
    std::lock_guard guard(mutex_);
    refusal_.clear();
}

std::size_t Ledger::append_in(storage::Tx& tx, Faults& faults) {
    auto log = opened(tx);
    if (!is_base_checked_ || is_refusing_) base(tx, log);
    const auto records = storage::IdentityDecisionTable(tx).stored(log.seq, most_at_a_time);
    leaves_ = log.leaves + std::ssize(records);
    if (records.empty()) return 0;
    storage::AuditLedgerTable table(tx);
    std::string before;
    if (log.leaves > 0)
        for (const auto& last : table.leaves(log.log, log.leaves - 1, 1)) before = last.sealed;
    std::vector<storage::AuditLeafRow> rows;
    std::vector<Hash> hashes;
    for (const auto& record : records) {
        AuditLeaf leaf;
        leaf.seq = record.seq;
        leaf.id = record.id;
        leaf.create_at = record.create_at;
        leaf.sealed = record.digest;
        if (record.plain) leaf.content = storage::text_of(storage::sha256(*record.plain));
        const auto number = log.leaves + std::ssize(rows);
        if (const auto fault = chain_fault(record, before); !fault.empty())
            faults.push_back({number, "Leaf " + std::to_string(number) + ": " + fault + "."});
        before = leaf.sealed;
        hashes.push_back(leaf_hash(leaf_entry(leaf)));
        rows.push_back({number, leaf.seq, leaf.id, leaf.create_at, leaf.sealed, leaf.content});
    }
    table.insert(log.log, rows);
    TreeTiles(tx, log.log).grow(log.leaves, std::move(hashes));
    log.leaves += std::ssize(rows);
    log.seq = records.back().seq;
    table.grow(log);
    return rows.size();
}

std::size_t Ledger::append() {
    Faults faults;
    std::size_t appended = 0;
    try {
        appended = means_.db.transact([&](storage::Tx& tx) {
            faults.clear();
            return append_in(tx, faults);
        });
        note_agreement();
    } catch (const Error& e) {  // said loudly, once
        note_refusal(e);
        throw;
    }
    report(faults);
    return appended;
}

bool Ledger::sign() {
    std::lock_guard signing(signing_);
    if (tiles() == 0) return false;
    // So that the key is there: it is made in a transaction of its own.
    means_.key.sign_named({});
    std::string note;
    try {
        note = means_.db.transact([&](storage::Tx& tx) { return sign_in(tx); });
        note_agreement();
    } catch (const Error& e) {  // said loudly, once
        note_refusal(e);
        throw;
    }
    if (note.empty()) return false;
    witness(note);
    return true;
}

// The file is written while the log's row is locked, so that of two who sign the later one is remembered.
// Done twice, or without the commit, it is as after a crash.
std::string Ledger::sign_in(storage::Tx& tx) {
    const auto log = opened(tx);
    const auto last = base(tx, log);
    signed_size_ = last ? static_cast<std::int64_t>(last->size) : 0;
    storage::AuditLedgerTable table(tx);
    // After a crash the last one may be in the file only.
    if (last) table.insert(log.log, {signed_size_, tx.now(), remembered_note(means_.file).value_or("")});
    if (log.leaves == signed_size_) return {};
    const Checkpoint next{log.origin, static_cast<std::uint64_t>(log.leaves),
                          TreeTiles(tx, log.log).root(log.leaves)};
    const auto signature = means_.key.sign_named(checkpoint_text(next));
    auto note = signed_note(next, signature.public_key, signature.bytes);
    // Before anybody can see it: what was shown is never forgotten.
    remember_note(means_.file, note);
    table.insert(log.log, {log.leaves, tx.now(), note});
    signed_size_ = log.leaves;
    return note;
}

void Ledger::bring_up_to_date() {
    while (append() > 0) continue;
    sign();
}

void Ledger::witness(const std::string& note) {
    const auto file = means_.settings.current()->ConcordatSettings.AuditWitnessFile;
    std::string error;
    try {
        if (!file.empty()) tell_witness(file, note);
    } catch (const Error& e) {  // the checkpoint stands; the next one is told again
        error = e.text() + " (" + e.detail() + ")";
    }
    std::lock_guard guard(mutex_);
    if (!error.empty() && witness_error_.empty())
        log_warn("checkpoints of the audit do not reach the witness's file",
                 {{"id", "compliance.ledger.witness"}, {"reason", error}});
    if (error.empty() && !witness_error_.empty())
        log_info("checkpoints of the audit reach the witness's file again");
    witness_error_ = error;
}

void Ledger::report(const Faults& faults) {
    identity::Trail trail("audit", new_token());
    std::size_t told = 0;
    {
        std::lock_guard guard(mutex_);
        for (const auto& fault : faults) {
            if (reported_.size() >= most_reported || !reported_.insert(fault.leaf).second) continue;
            ++faults_;
            log_error("an audit record is not as it was written",
                      {{"id", "compliance.ledger.fault"}, {"leaf", fault.leaf}, {"fault", fault.text}});
            if (++told <= most_told) trail.noted("audit.fault", fault.text);
        }
    }
    if (told == 0) return;
    trail.refused("audit.check",
                  "Audit records are not as they were written: " + std::to_string(told) + " were found now.");
    means_.decisions.record(trail);
}

std::vector<LedgerFault> Ledger::check(std::int64_t tile) {
    const auto faults = means_.db.read([&](storage::Tx& tx) {
        const auto log = storage::AuditLedgerTable(tx).newest(false);
        return log ? check_leaves(tx, *log, tile) : Faults();
    });
    report(faults);
    return faults;
}

std::int64_t Ledger::tiles() {
    const auto log =
        means_.db.read([](storage::Tx& tx) { return storage::AuditLedgerTable(tx).newest(false); });
    return log ? (log->leaves + tile_width - 1) / tile_width : 0;
}

void Ledger::begin_anew(const std::string& reason) {
    std::lock_guard signing(signing_);
    means_.db.transact([&](storage::Tx& tx) {
        storage::AuditLedgerTable table(tx);
        const auto before = opened(tx);
        const auto last = table.checkpoint(before.log, 0);
        table.insert({before.log + 1, origin_prefix + new_token(), tx.now(), 0, 0});
        identity::Trail trail("audit", new_token());
        trail.noted("audit.reason", reason);
        if (last) trail.noted("audit.last_checkpoint", last->note);
        trail.admitted("audit.begin_anew", "A new tree begins; the one before it was " + before.origin +
                                               " with " + std::to_string(before.leaves) + " leaves.");
        means_.decisions.record(tx, trail);
    });
    // Until this is done the file names another tree, and everything is refused: begin again.
    if (storage::remove_file(means_.file)) storage::sync_directory(storage::directory_of(means_.file));
    std::lock_guard guard(mutex_);
    refusal_.clear();
    is_refusal_recorded_ = false;
    reported_.clear();
    is_refusing_ = is_base_checked_ = false;
}

LedgerStatus Ledger::status() {
    LedgerStatus out;
    means_.db.read([&](storage::Tx& tx) {
        storage::AuditLedgerTable table(tx);
        const auto log = table.newest(false);
        out.waiting = storage::IdentityDecisionTable(tx).after(log ? log->seq : 0, most_waiting).records;
        if (!log) return;
        out.origin = log->origin;
        out.leaves = log->leaves;
        if (const auto last = table.checkpoint(log->log, 0)) {
            out.signed_size = last->size;
            out.signed_at = last->create_at;
        }
    });
    std::lock_guard guard(mutex_);
    out.state = is_refusing_ ? "refusing" : "working";
    if (is_refusing_) out.text = refusal_;
    out.faults = faults_;
    out.witness_error = witness_error_;
    return out;
}

}  // namespace concordat::compliance
