// The tables audit_logs, audit_leaves, audit_tiles and audit_checkpoints: the tree over the records of
// decisions. What the tree means is not known here: hashes are bytes, notes are texts.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include "core/model/ids.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// A tree, and how far it goes.
struct AuditLog {
    std::int64_t log = 0;
    std::string origin;
    Millis create_at = 0;
    std::int64_t leaves = 0;
    std::int64_t seq = 0;  // of identity_decisions: all up to it are leaves
};

struct AuditLeafRow {
    std::int64_t leaf = 0, seq = 0;
    DecisionId id;
    Millis create_at = 0;
    std::string sealed, content;  // 32 bytes each; the second may be empty
};

struct AuditTile {
    std::int64_t level = 0, tile = 0;
    std::string hashes;  // 32 bytes each
};

struct AuditCheckpoint {
    std::int64_t size = 0;
    Millis create_at = 0;
    std::string note;
};

class AuditLedgerTable {
public:
    explicit AuditLedgerTable(Tx& tx) : tx_(tx) {}

    // The newest log; nothing before the first. `for_update`: nobody else changes it until the commit.
    std::optional<AuditLog> newest(bool for_update);
    // Nothing happens when there is one of that number.
    void insert(const AuditLog& log);
    void grow(const AuditLog& log);

    void insert(std::int64_t log, const std::vector<AuditLeafRow>& leaves);
    // In order, from `first` on.
    std::vector<AuditLeafRow> leaves(std::int64_t log, std::int64_t first, std::int64_t limit);
    std::optional<AuditLeafRow> leaf_of(std::int64_t log, const DecisionId& id);

    // "" when it is not there.
    std::string tile(std::int64_t log, std::int64_t level, std::int64_t tile);
    void put(std::int64_t log, const std::vector<AuditTile>& tiles);

    // Of the size, the newest for 0; nothing when there is none.
    std::optional<AuditCheckpoint> checkpoint(std::int64_t log, std::int64_t size);
    // One of a size that is there stays as it is.
    void insert(std::int64_t log, const AuditCheckpoint& checkpoint);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
