// The tables export_approvals and export_votes. Reasons are sealed.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/approval.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class ApprovalTable {
public:
    explicit ApprovalTable(Tx& tx) : tx_(tx) {}
    // In place of the one that the export had, with its votes. `scope`: 32 bytes.
    void put(const ApprovalRequest& request, const std::string& scope);
    // Its state, the time of its end and its reason.
    void update(const ApprovalRequest& request);
    // Number 1 is the first; a second one of the same person is refused (conflict, storage.unique).
    void add(const JobId& job, std::int64_t number, const ApprovalVote& vote);

    std::optional<ApprovalRequest> find(const JobId& job);
    // SHA-256 of what was asked for; "" when nothing was.
    std::string scope(const JobId& job);
    // Newest first; of all states when `state` is "".
    std::vector<ApprovalRequest> list(const std::string& state, std::int64_t offset, std::int64_t limit);
    // Exports whose request waits and is past its end.
    std::vector<JobId> overdue(Millis now);

private:
    ApprovalRequest row(const pqxx::row& row);
    Tx& tx_;
};

}  // namespace concordat::storage
