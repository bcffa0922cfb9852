// An approval: what somebody asks before an export is made or its package fetched, and what others said of
// it.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <vector>
#include "core/model/job.hpp"

namespace concordat {

struct ApprovalVote {
    UserId user_id;
    std::string username;  // as they are called now
    Millis at = 0;
    bool is_for = false;
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(ApprovalVote, (), (user_id, username, at, is_for, reason))

struct ApprovalRequest {
    JobId job_id;  // the export's
    UserId asked_by;
    std::string asked_by_name;  // as they are called now
    Millis asked_at = 0;
    Millis expires_at = 0;    // from then on nobody can approve
    Millis decided_at = 0;    // 0: not yet
    std::int64_t needed = 0;  // people who have to approve
    std::string state;        // asked, approved, refused, withdrawn, expired
    bool is_release = false;  // the export exists; asked is whether its package may be fetched
    std::string reason;       // why, or the case; "": not said yet, and nobody can approve
    std::vector<ApprovalVote> votes;
};
BOOST_DESCRIBE_STRUCT(ApprovalRequest, (),
                      (job_id, asked_by, asked_by_name, asked_at, expires_at, decided_at, needed, state,
                       is_release, reason, votes))

}  // namespace concordat
