// Approvals of exports, Concordat's own. Rules and errors: compliance/export/approvals.hpp. What is answered
// is
// {"job": Job, "request": ApprovalRequest, "may_vote": whether the caller may approve or refuse it now}.
//
//   GET  concordat/exports/requests                    {"needed": people who have to approve, 0: none,
//                                                      "requests": newest first}; state, page, per_page
//   GET  concordat/exports/{job_id}/request
//   POST concordat/exports/{job_id}/request            {reason}: why, where that is missing; or asks that a
//                                                      package made without approval may be fetched
//   POST concordat/exports/{job_id}/request/approve    {reason}, which may be empty
//   POST concordat/exports/{job_id}/request/refuse     {reason}
//   POST concordat/exports/{job_id}/request/withdraw
#pragma once

namespace concordat::compliance {
class MessageExports;
}

namespace concordat::web {

class Router;

void add_approval_routes(Router& routes, compliance::MessageExports& exports);

}  // namespace concordat::web
