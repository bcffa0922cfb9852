#include "web/api/approvals.hpp"

#include "compliance/export/message_exports.hpp"
#include "web/api/compliance_request.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

const char* const why_about_approvals =
    "who asks and looks: rights over exports by a role other than system_admin; who votes: the role "
    "export_approver";

struct ApprovalReason {
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(ApprovalReason, (), (reason))

struct AskedExports {
    std::int64_t needed = 0;
    std::vector<compliance::AskedExport> requests;
};
BOOST_DESCRIBE_STRUCT(AskedExports, (), (needed, requests))

JobId export_in(const Call& call) {
    return call.id<JobId>("job_id");
}

}  // namespace

void add_approval_routes(Router& routes, compliance::MessageExports& exports) {
    auto& approvals = exports.approvals();
    routes.get("/concordat/exports/requests", checked_inside(why_about_approvals), [&](Call& call) {
        const auto paging = paging_of(call);
        return AskedExports{approvals.needed(),
                            approvals.list(request_of(call), call.head.query_value("state"), paging.offset(),
                                           paging.per_page)};
    });
    routes.get("/concordat/exports/{job_id}/request", checked_inside(why_about_approvals),
               [&](Call& call) { return approvals.get(request_of(call), export_in(call)); });
    routes
        .post("/concordat/exports/{job_id}/request", checked_inside(why_about_approvals),
              [&](Call& call, ApprovalReason body) {
                  return approvals.ask(request_of(call), export_in(call), body.reason);
              })
        .for_people();
    routes
        .post("/concordat/exports/{job_id}/request/approve", checked_inside(why_about_approvals),
              [&](Call& call, ApprovalReason body) {
                  return approvals.approve(request_of(call), export_in(call), body.reason);
              })
        .for_people();
    routes
        .post("/concordat/exports/{job_id}/request/refuse", checked_inside(why_about_approvals),
              [&](Call& call, ApprovalReason body) {
                  return approvals.refuse(request_of(call), export_in(call), body.reason);
              })
        .for_people();
    routes.post("/concordat/exports/{job_id}/request/withdraw", checked_inside(why_about_approvals),
                [&](Call& call) { return approvals.withdraw(request_of(call), export_in(call)); });
}

}  // namespace concordat::web
