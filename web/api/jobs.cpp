#include "web/api/jobs.hpp"

#include <algorithm>
#include <tuple>

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

// Of all types that the caller may see, newest first; refused when that is none.
std::vector<Job> list_all(compliance::MessageExports& exports, compliance::RetentionJobs& retention,
                          const Call& call) {
    const auto paging = paging_of(call);
    const auto status = call.head.query_value("status");
    const auto upto = paging.offset() + paging.per_page;
    std::vector<Job> all;
    int refusals = 0;
    const auto add = [&](auto& jobs) {
        try {
            const auto some = jobs.list(request_of(call), status, 0, upto);
            all.insert(all.end(), some.begin(), some.end());
        } catch (const Error& e) {  // the other type may be allowed
            if (e.fault() != Fault::forbidden || ++refusals == 2) throw;
        }
    };
    add(exports);
    add(retention);
    std::ranges::sort(all, [](const Job& a, const Job& b) {
        return std::tie(a.create_at, a.id) > std::tie(b.create_at, b.id);
    });
    const auto from = std::min(static_cast<std::size_t>(paging.offset()), all.size());
    const auto to = std::min(static_cast<std::size_t>(upto), all.size());
    return {all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(to)};
}

struct StatusWanted {
    std::string status;
};
BOOST_DESCRIBE_STRUCT(StatusWanted, (), (status))

// Packages as files, which is how tools for the command line know them.
void add_export_file_routes(Router& routes, compliance::MessageExports& exports) {
    routes.get("/exports", checked_inside(why_about_jobs),
               [&](Call& call) { return exports.package_names(request_of(call)); });
    routes
        .get("/exports/{export_name}", checked_inside(why_about_jobs),
             [&](Call& call) {
                 return package_reply(call, exports.open(request_of(call), call.path_value("export_name")));
             })
        .on(Lane::bulk)
        .trusting();
    routes.del("/exports/{export_name}", checked_inside(why_about_jobs),
               [&](Call& call) { exports.remove_package(request_of(call), call.path_value("export_name")); });
    routes.post("/exports/{export_name}/presign-url", checked_inside(why_about_jobs), [&](Call& call) {
        exports.package_names(request_of(call));  // the same rights, and the same record
        throw Error(Fault::unsupported, "app.eport.generate_presigned_url.driver.app_error",
                    "Packages lie sealed on this node, and no address without a session leads to them. Fetch "
                    "the package by its name.");
    });
}

}  // namespace

void add_job_routes(Router& routes, compliance::MessageExports& exports,
                    compliance::RetentionJobs& retention) {
    routes.post("/jobs", checked_inside(why_about_jobs), [&](Call& call, Job wanted) {
        if (wanted.type == compliance::data_retention) return Created{retention.create(request_of(call))};
        if (wanted.type != compliance::message_export) throw unknown_type();
        return Created{exports.create(request_of(call), wanted)};
    });
    routes.get("/jobs", checked_inside(why_about_jobs), [&](Call& call) {
        const auto type = call.head.query_value("job_type");
        return type.empty() ? list_all(exports, retention, call) : list(exports, retention, call, type);
    });
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
    routes.patch("/jobs/{job_id}/status", checked_inside(why_about_jobs),
                 [&](Call& call, const StatusWanted& wanted) {
                     const auto id = call.id<JobId>("job_id");
                     if (!retention.is_run(id))
                         return exports.set_status(request_of(call), id, wanted.status);
                     require(wanted.status == "cancel_requested" || wanted.status == "canceled",
                             Fault::invalid, "api.job.status.invalid",
                             "The status of a run can be set to cancel_requested or canceled.");
                     retention.cancel(request_of(call), id);
                 });
    add_export_file_routes(routes, exports);
    routes
        .get("/jobs/{job_id}/download", checked_inside(why_about_jobs),
             [&](Call& call) {
                 return package_reply(call, exports.open(request_of(call), call.id<JobId>("job_id")));
             })
        .on(Lane::bulk)
        .trusting();
}

}  // namespace concordat::web
