#include "web/api/reports.hpp"

#include "compliance/report/reports.hpp"
#include "core/base/text.hpp"
#include "web/api/compliance_request.hpp"
#include "web/api/file_reply.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

const char* const why_about_reports = "a role other than system_admin with the rights over exports";

}  // namespace

Reply package_reply(const Call& call, compliance::Package package) {
    messaging::FileBody body;
    body.info.name = package.name;
    body.mime_type = "application/zip";
    body.etag = '"' + hex_of(package.sha256) + '"';
    body.reader = std::move(package.body);
    auto reply = file_reply(call.head, std::move(body), true);
    for (auto& [name, value] : reply.headers)  // nothing of it stays in a browser
        if (name == "Cache-Control") value = "no-store";
    return reply;
}

void add_compliance_report_routes(Router& routes, compliance::Reports& reports) {
    routes.post("/compliance/reports", checked_inside(why_about_reports), [&](Call& call, Report wanted) {
        return Created{reports.create(request_of(call), std::move(wanted))};
    });
    routes.get("/compliance/reports", checked_inside(why_about_reports), [&](Call& call) {
        const auto paging = paging_of(call);
        return reports.list(request_of(call), paging.offset(), paging.per_page);
    });
    routes.get("/compliance/reports/{report_id}", checked_inside(why_about_reports),
               [&](Call& call) { return reports.get(request_of(call), call.id<ReportId>("report_id")); });
    routes
        .get("/compliance/reports/{report_id}/download", checked_inside(why_about_reports),
             [&](Call& call) {
                 return package_reply(call, reports.open(request_of(call), call.id<ReportId>("report_id")));
             })
        .on(Lane::bulk)
        .trusting();
}

}  // namespace concordat::web
