// Approvals: with ConcordatSettings.ExportApprovals = n, an export is made after n other people have said
// yes, and a package that was made without (daily ones, those of the operator, older ones) is fetched after
// that only.
//
//   asked -> approved | refused | withdrawn | expired
//
// Who approves has the role `export_approver` (administration does not count), is a person signed in
// themselves, is not who asked, not one of the people the export is about, and has not said so before. One
// who refuses ends it. What is asked for is fixed: its SHA-256 is kept, and an export that is not what was
// approved is not made. Nobody can approve `asking_ends` after it was asked for, nor before a reason was
// given, and a package can be fetched until `fetching_ends` after its approval; then it is asked for again.
// The operator at the machine needs no approval, having the keys, and gives none.
//
// Everything, refusals included, is written down, act "export", before it takes effect. Reasons are sealed
// and stand in no record; in the manifest of the package they are.
//
// Thread-safe; calls block. Errors beside those of the database:
//   forbidden  api.context.permissions.app_error  the role is missing
//   forbidden  identity.step_up.needed            a vote needs a second factor shown lately
//   forbidden  export.approval.own                who asked does not approve
//   forbidden  export.approval.custodian          nor whom the export is about
//   forbidden  export.approval.needed             the package may not be fetched (yet)
//   invalid    export.approval.reason             missing, or too long
//   not_found  export.approval.not_found          nothing was asked of this export
//   conflict   export.approval.voted              they have approved already
//   conflict   export.approval.no_reason          who asked has given none yet
//   conflict   export.approval.state              not in a state for that; the text says which
//   conflict   export.approval.scope              the export is not what was asked for
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>
#include "compliance/export/requests.hpp"
#include "core/model/approval.hpp"

namespace concordat::compliance {

// A request with the export it is about.
struct AskedExport {
    Job job;
    ApprovalRequest request;
    bool may_vote = false;  // whoever looks at it
};
BOOST_DESCRIBE_STRUCT(AskedExport, (), (job, request, may_vote))

class Approvals {
public:
    static constexpr const char* role = "export_approver";
    static constexpr Millis asking_ends = 7LL * 24 * 3600 * 1000, fetching_ends = 30LL * 24 * 3600 * 1000;
    static constexpr std::size_t longest_reason = 500;  // characters

    // All must outlive this object.
    Approvals(storage::Database& db, Requests& requests, const LiveSettings& settings)
        : db_(db), requests_(requests), settings_(settings) {}

    // People who have to approve what is asked for now; 0: none.
    std::int64_t needed() const { return settings_.current()->ConcordatSettings.ExportApprovals; }
    // Whether what this person asks for waits for others.
    bool is_needed(const Request& request) const;
    // The new job, before it is inserted, waits; ask() follows in the same transaction, after that.
    void hold_back(Job& job) const;
    void ask(storage::Tx& tx, const Request& request, const Job& job, const std::string& reason);
    // The export is withdrawn: `job` is locked, and ends.
    void withdraw(storage::Tx& tx, const Request& request, Job& job);
    // Throws Error (forbidden, export.approval.needed).
    void require_release(const Request& request, const Job& job);

    // Gives the reason that is missing, or asks whether the package that was made without may be fetched.
    AskedExport ask(const Request& request, const JobId& id, const std::string& reason);
    AskedExport approve(const Request& request, const JobId& id, const std::string& reason);
    AskedExport refuse(const Request& request, const JobId& id, const std::string& reason);
    AskedExport withdraw(const Request& request, const JobId& id);
    AskedExport get(const Request& request, const JobId& id);
    // Newest first; of all states when `state` is "".
    std::vector<AskedExport> list(const Request& request, const std::string& state, std::int64_t offset,
                                  std::int64_t limit);
    // What nobody decided in time ends.
    void expire();

    // Called when an export may be made. Set once, before the first call.
    void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }

private:
    AskedExport vote(const Request& request, const JobId& id, bool is_for, const std::string& reason);
    void check_voter(const Request& request, const Job& job, const ApprovalRequest& asked);
    void require_reader(const Request& request);
    AskedExport seen(const Request& request, Job job, ApprovalRequest asked) const;

    storage::Database& db_;
    Requests& requests_;
    const LiveSettings& settings_;
    std::function<void()> wake_ = [] {};
};

// That the job may be made: nothing was asked of it, or it was approved as it stands. Throws Error (conflict,
// export.approval.state, export.approval.scope).
void check_approved(storage::Tx& tx, const Job& job);
// As clients know it: what waits for approval is pending.
Job as_clients_know(Job job);

}  // namespace concordat::compliance
