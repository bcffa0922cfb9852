// Reports for an auditor. Rules and errors: compliance/report/reports.hpp.
//
//   POST compliance/reports                        desc, start_at, end_at, keywords, emails: 201 and the
//   report GET  compliance/reports, .../{report_id}       newest first; page, per_page GET
//   compliance/reports/{report_id}/download   a zip archive; ranges
#pragma once
#include "web/http/call.hpp"

namespace concordat::compliance {
struct Package;
class Reports;
}  // namespace concordat::compliance

namespace concordat::web {

class Router;
void add_compliance_report_routes(Router& routes, compliance::Reports& reports);

// What is fetched, a zip archive of which nothing stays in a browser.
Reply package_reply(const Call& call, compliance::Package package);

}  // namespace concordat::web
