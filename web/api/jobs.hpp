// jobs: work that takes long. Exports of messages (type "message_export"): asked for, watched, cancelled,
// fetched; runs of retention (type "data_retention"). Rules and errors:
// compliance/export/message_exports.hpp, compliance/retention/retention_jobs.hpp. Without a type, lists are
// of all that the caller may see.
//
//   POST jobs                     Job with type and data: 201 and the Job
//   GET  jobs, jobs/type/{type}   newest first; page, per_page, job_type, status
//   GET  jobs/{job_id}
//   POST jobs/{job_id}/cancel
//   PATCH jobs/{job_id}/status    {status}: cancel_requested or canceled
//   GET  jobs/{job_id}/download   the package, a zip archive; ranges
//
//   GET    exports                              names of packages, newest first
//   GET    exports/{export_name}                the package
//   DELETE exports/{export_name}
//   POST   exports/{export_name}/presign-url    501: packages lie on this node
#pragma once

namespace concordat::compliance {
class MessageExports;
class RetentionJobs;
}  // namespace concordat::compliance

namespace concordat::web {

class Router;

void add_job_routes(Router& routes, compliance::MessageExports& exports,
                    compliance::RetentionJobs& retention);

}  // namespace concordat::web
