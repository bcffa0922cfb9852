#include "storage/tables/audit_cursors.hpp"

namespace concordat::storage {

AuditCursor AuditCursorTable::find(const std::string& sink) {
    const auto rows = tx_.exec("select seq, digest, sent_at from audit_cursors where sink = $1", sink);
    if (rows.empty()) return {};
    return {int_in(rows[0][0]), text_in(rows[0][1]), int_in(rows[0][2])};
}

bool AuditCursorTable::move(const std::string& sink, std::int64_t before, const AuditCursor& next) {
    tx_.exec("insert into audit_cursors (sink) values ($1) on conflict do nothing", sink);
    return tx_.exec(
                  "update audit_cursors set seq = $3, digest = $4, sent_at = $5 where sink = $1 and seq = $2",
                  sink, before, next.seq, next.digest, next.sent_at)
               .affected_rows() == 1;
}

}  // namespace concordat::storage
