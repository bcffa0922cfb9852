#include "storage/tables/approvals.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"

namespace concordat::storage {
namespace {

const std::string approval_columns =
    "select a.job_id, a.asked_by, (select username from users u where u.id = a.asked_by), a.asked_at, "
    "a.expires_at, a.decided_at, a.needed, a.state, a.is_release, a.reason from export_approvals a ";

// Votes are sealed under their number, from 1; the request under 0.
std::string sealed_reason(Tx& tx, const JobId& job, std::int64_t number, const std::string& reason) {
    return tx.seal(Kind::config, scopes::exports, job.bytes(), number, reason);
}

std::string opened_reason(Tx& tx, const JobId& job, std::int64_t number, const pqxx::field& field) {
    if (field.is_null()) return {};
    return tx.open(Kind::config, scopes::exports, job.bytes(), number, bytes_in(field));
}

}  // namespace

void ApprovalTable::put(const ApprovalRequest& a, const std::string& scope) {
    tx_.exec("delete from export_approvals where job_id = $1", a.job_id);
    tx_.exec(
        "insert into export_approvals (job_id, asked_by, asked_at, expires_at, needed, state, is_release, "
        "scope) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8)",
        a.job_id, a.asked_by, a.asked_at, a.expires_at, a.needed, a.state, a.is_release, bytea(scope));
    if (!a.reason.empty()) update(a);
}

void ApprovalTable::update(const ApprovalRequest& a) {
    tx_.exec("update export_approvals set state = $2, decided_at = $3 where job_id = $1", a.job_id, a.state,
             a.decided_at);
    if (!a.reason.empty())
        tx_.exec("update export_approvals set reason = $2 where job_id = $1", a.job_id,
                 bytea(sealed_reason(tx_, a.job_id, 0, a.reason)));
}

void ApprovalTable::add(const JobId& job, std::int64_t number, const ApprovalVote& vote) {
    tx_.exec(
        "insert into export_votes (job_id, number, user_id, at, is_for, reason) values ($1, $2, $3, $4, $5, "
        "$6)",
        job, number, vote.user_id, vote.at, vote.is_for, bytea(sealed_reason(tx_, job, number, vote.reason)));
}

ApprovalRequest ApprovalTable::row(const pqxx::row& r) {
    ApprovalRequest a;
    a.job_id = id_in<JobId>(r[0]);
    a.asked_by = id_in<UserId>(r[1]);
    a.asked_by_name = text_in(r[2]);
    a.asked_at = int_in(r[3]);
    a.expires_at = int_in(r[4]);
    a.decided_at = int_in(r[5]);
    a.needed = int_in(r[6]);
    a.state = text_in(r[7]);
    a.is_release = bool_in(r[8]);
    a.reason = opened_reason(tx_, a.job_id, 0, r[9]);
    for (const auto& v :
         tx_.exec("select v.number, v.user_id, u.username, v.at, v.is_for, v.reason from "
                  "export_votes v join users u on u.id = v.user_id where v.job_id = $1 order by "
                  "v.number",
                  a.job_id)) {
        ApprovalVote vote;
        vote.user_id = id_in<UserId>(v[1]);
        vote.username = text_in(v[2]);
        vote.at = int_in(v[3]);
        vote.is_for = bool_in(v[4]);
        vote.reason = opened_reason(tx_, a.job_id, int_in(v[0]), v[5]);
        a.votes.push_back(std::move(vote));
    }
    return a;
}

std::optional<ApprovalRequest> ApprovalTable::find(const JobId& job) {
    const auto rows = tx_.exec(approval_columns + "where a.job_id = $1", job);
    if (rows.empty()) return std::nullopt;
    return row(rows[0]);
}

std::string ApprovalTable::scope(const JobId& job) {
    const auto rows = tx_.exec("select scope from export_approvals where job_id = $1", job);
    return rows.empty() ? std::string() : bytes_in(rows[0][0]);
}

std::vector<ApprovalRequest> ApprovalTable::list(const std::string& state, std::int64_t offset,
                                                 std::int64_t limit) {
    std::vector<ApprovalRequest> out;
    for (const auto& r :
         tx_.exec(approval_columns + "where $1 = '' or a.state = $1 order by a.asked_at desc, "
                                     "a.job_id desc offset $2 limit $3",
                  state, offset, limit))
        out.push_back(row(r));
    return out;
}

std::vector<JobId> ApprovalTable::overdue(Millis now) {
    std::vector<JobId> out;
    for (const auto& r :
         tx_.exec("select job_id from export_approvals where state = 'asked' and expires_at <= $1", now))
        out.push_back(id_in<JobId>(r[0]));
    return out;
}

}  // namespace concordat::storage
