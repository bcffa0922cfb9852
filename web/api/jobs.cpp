#include "web/api/jobs.hpp"

#include "compliance/export/message_exports.hpp"
#include "web/api/paging.hpp"
#include "web/api/reports.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

const char* const why = "a role other than system_admin with the rights over exports";

compliance::Request request_of(const Call& call) {
    return {call.actor, call.head.request_id, call.head.remote_address};
}

Error unknown_type() {
    return {Fault::invalid, "api.job.unable_to_create_job.incorrect_job_type",
            "This server has jobs of type message_export only."};
}

std::vector<Job> list(compliance::MessageExports& exports, const Call& call, const std::string& type) {
    // Administrators look at the jobs of directories and the like, too: there are none of those.
    if (!type.empty() && type != compliance::message_export && call.actor.is_admin) return {};
    const auto paging = paging_of(call);
    auto all =
        exports.list(request_of(call), call.head.query_value("status"), paging.offset(), paging.per_page);
    if (!type.empty() && type != compliance::message_export) all.clear();
    return all;
}

}  // namespace

void add_job_routes(Router& routes, compliance::MessageExports& exports) {
    routes.post("/jobs", checked_inside(why), [&](Call& call, Job wanted) {
        if (wanted.type != compliance::message_export) throw unknown_type();
        return Created{exports.create(request_of(call), wanted)};
    });
    routes.get("/jobs", checked_inside(why),
               [&](Call& call) { return list(exports, call, call.head.query_value("job_type")); });
    routes.get("/jobs/type/{type}", checked_inside(why),
               [&](Call& call) { return list(exports, call, call.path_value("type")); });
    routes.get("/jobs/{job_id}", checked_inside(why),
               [&](Call& call) { return exports.get(request_of(call), call.id<JobId>("job_id")); });
    routes.post("/jobs/{job_id}/cancel", checked_inside(why),
                [&](Call& call) { exports.cancel(request_of(call), call.id<JobId>("job_id")); });
    routes
        .get("/jobs/{job_id}/download", checked_inside(why),
             [&](Call& call) {
                 return package_reply(call, exports.open(request_of(call), call.id<JobId>("job_id")));
             })
        .on(Lane::bulk)
        .trusting();
}

}  // namespace concordat::web
