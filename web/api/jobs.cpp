#include "web/api/jobs.hpp"

#include "compliance/export/message_exports.hpp"
#include "compliance/retention/retention_jobs.hpp"
#include "web/api/compliance_request.hpp"
#include "web/api/paging.hpp"
#include "web/api/reports.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

const char* const why_about_jobs =
    "for exports a role other than system_admin with the rights over them; for retention its permissions";

Error unknown_type() {
    return {Fault::invalid, "api.job.unable_to_create_job.incorrect_job_type",
            "This server has jobs of type message_export and data_retention only."};
}

std::vector<Job> list(compliance::MessageExports& exports, compliance::RetentionJobs& retention,
                      const Call& call, const std::string& type) {
    const auto paging = paging_of(call);
    if (type == compliance::data_retention)
        return retention.list(request_of(call), call.head.query_value("status"), paging.offset(),
                              paging.per_page);
    // Administrators look at the jobs of directories and the like, too: there are none of those.
    if (!type.empty() && type != compliance::message_export && call.actor.is_admin) return {};
    auto all =
        exports.list(request_of(call), call.head.query_value("status"), paging.offset(), paging.per_page);
    if (!type.empty() && type != compliance::message_export) all.clear();
    return all;
}

}  // namespace

void add_job_routes(Router& routes, compliance::MessageExports& exports,
                    compliance::RetentionJobs& retention) {
    routes.post("/jobs", checked_inside(why_about_jobs), [&](Call& call, Job wanted) {
        if (wanted.type == compliance::data_retention) return Created{retention.create(request_of(call))};
        if (wanted.type != compliance::message_export) throw unknown_type();
        return Created{exports.create(request_of(call), wanted)};
    });
    routes.get("/jobs", checked_inside(why_about_jobs),
               [&](Call& call) { return list(exports, retention, call, call.head.query_value("job_type")); });
    routes.get("/jobs/type/{type}", checked_inside(why_about_jobs),
               [&](Call& call) { return list(exports, retention, call, call.path_value("type")); });
    routes.get("/jobs/{job_id}", checked_inside(why_about_jobs), [&](Call& call) {
        const auto id = call.id<JobId>("job_id");
        return retention.is_run(id) ? retention.get(request_of(call), id) : exports.get(request_of(call), id);
    });
    routes.post("/jobs/{job_id}/cancel", checked_inside(why_about_jobs), [&](Call& call) {
        const auto id = call.id<JobId>("job_id");
        if (retention.is_run(id))
            retention.cancel(request_of(call), id);
        else
            exports.cancel(request_of(call), id);
    });
    routes
        .get("/jobs/{job_id}/download", checked_inside(why_about_jobs),
             [&](Call& call) {
                 return package_reply(call, exports.open(request_of(call), call.id<JobId>("job_id")));
             })
        .on(Lane::bulk)
        .trusting();
}

}  // namespace concordat::web
