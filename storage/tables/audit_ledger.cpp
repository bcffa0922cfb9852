#include "storage/tables/audit_ledger.hpp"

namespace concordat::storage {
namespace {

AuditLeafRow leaf_in_row(const pqxx::row& r) {
    return {int_in(r[0]), int_in(r[1]),   id_in<DecisionId>(r[2]),
            int_in(r[3]), bytes_in(r[4]), bytes_in(r[5])};
}

std::optional<AuditCheckpoint> one_checkpoint(const pqxx::result& rows) {
    if (rows.empty()) return std::nullopt;
    return AuditCheckpoint{int_in(rows[0][0]), int_in(rows[0][1]), text_in(rows[0][2])};
}

}  // namespace

std::optional<AuditLog> AuditLedgerTable::newest(bool for_update) {
    const auto rows =
        for_update ? tx_.exec(
                         "select log, origin, create_at, leaves, seq from audit_logs order by log desc limit "
                         "1 for update")
                   : tx_.exec(
                         "select log, origin, create_at, leaves, seq from audit_logs order by log desc limit "
                         "1");
    if (rows.empty()) return std::nullopt;
    return AuditLog{int_in(rows[0][0]), text_in(rows[0][1]), int_in(rows[0][2]), int_in(rows[0][3]),
                    int_in(rows[0][4])};
}

void AuditLedgerTable::insert(const AuditLog& log) {
    tx_.exec(
        "insert into audit_logs (log, origin, create_at, leaves, seq) values ($1, $2, $3, $4, $5) on "
        "conflict "
        "do nothing",
        log.log, log.origin, log.create_at, log.leaves, log.seq);
}

void AuditLedgerTable::grow(const AuditLog& log) {
    tx_.exec("update audit_logs set leaves = $2, seq = $3 where log = $1", log.log, log.leaves, log.seq);
}

void AuditLedgerTable::insert(std::int64_t log, const std::vector<AuditLeafRow>& leaves) {
    std::vector<std::int64_t> numbers, seqs, times;
    std::vector<DecisionId> ids;
    std::vector<std::string> sealed, contents;
    for (const auto& leaf : leaves) {
        numbers.push_back(leaf.leaf);
        seqs.push_back(leaf.seq);
        ids.push_back(leaf.id);
        times.push_back(leaf.create_at);
        sealed.push_back(leaf.sealed);
        contents.push_back(leaf.content);
    }
    tx_.exec(R"(
        insert into audit_leaves (log, leaf, seq, id, create_at, sealed, content)
        select $1::integer, * from unnest($2::bigint[], $3::bigint[], $4::uuid[], $5::bigint[], $6::bytea[], $7::bytea[]))",
             log, array_of(numbers), array_of(seqs), array_of(ids), array_of(times), array_of_bytes(sealed),
             array_of_bytes(contents));
}

std::vector<AuditLeafRow> AuditLedgerTable::leaves(std::int64_t log, std::int64_t first, std::int64_t limit) {
    std::vector<AuditLeafRow> out;
    for (const auto& r : tx_.exec("select leaf, seq, id, create_at, sealed, content from audit_leaves where "
                                  "log = $1 and leaf >= $2 "
                                  "order by leaf limit $3",
                                  log, first, limit))
        out.push_back(leaf_in_row(r));
    return out;
}

std::optional<AuditLeafRow> AuditLedgerTable::leaf_of(std::int64_t log, const DecisionId& id) {
    const auto rows = tx_.exec(
        "select leaf, seq, id, create_at, sealed, content from audit_leaves where log = $1 and id = $2", log,
        id);
    return rows.empty() ? std::nullopt : std::optional(leaf_in_row(rows[0]));
}

std::string AuditLedgerTable::tile(std::int64_t log, std::int64_t level, std::int64_t tile) {
    const auto rows = tx_.exec("select hashes from audit_tiles where log = $1 and level = $2 and tile = $3",
                               log, level, tile);
    return rows.empty() ? std::string() : bytes_in(rows[0][0]);
}

void AuditLedgerTable::put(std::int64_t log, const std::vector<AuditTile>& tiles) {
    for (const auto& tile : tiles)
        tx_.exec(
            "insert into audit_tiles (log, level, tile, hashes) values ($1, $2, $3, $4) on conflict (log, "
            "level, tile) do update set hashes = excluded.hashes",
            log, tile.level, tile.tile, bytea(tile.hashes));
}

std::optional<AuditCheckpoint> AuditLedgerTable::checkpoint(std::int64_t log, std::int64_t size) {
    return one_checkpoint(tx_.exec(
        "select size, create_at, note from audit_checkpoints where log = $1 and ($2::bigint = 0 or size = "
        "$2::bigint) order by size desc limit 1",
        log, size));
}

void AuditLedgerTable::insert(std::int64_t log, const AuditCheckpoint& checkpoint) {
    tx_.exec(
        "insert into audit_checkpoints (log, size, create_at, note) values ($1, $2, $3, $4) on conflict do "
        "nothing",
        log, checkpoint.size, checkpoint.create_at, checkpoint.note);
}

}  // namespace concordat::storage
