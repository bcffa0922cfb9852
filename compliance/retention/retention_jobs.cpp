#include "compliance/retention/retention_jobs.hpp"

#include "compliance/export/export_keeper.hpp"
#include "identity/access/roles.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/jobs.hpp"

namespace concordat::compliance {
namespace {

constexpr const char* scheduler = "scheduler";

Error no_such_run() {
    return {Fault::not_found, "app.job.get.app_error", "There is no such run of retention."};
}

Job new_run(Millis now, const std::string& by, const std::string& asked_by) {
    Job job;
    job.id = JobId::fresh(now);
    job.type = data_retention;
    job.create_at = job.last_activity_at = now;
    job.data = {{"initiated_by", by}, {"requested_by", asked_by}};
    return job;
}

bool is_waiting(storage::JobTable& table) {
    return !table.list(data_retention, "pending", 0, 1).empty() ||
           !table.list(data_retention, "in_progress", 0, 1).empty();
}

identity::Trail trail_of(const Request& request) {
    identity::Trail trail("retention", request.attempt, request.address);
    trail.decision.user_id = request.actor.user_id;
    trail.decision.session_id = request.actor.session_id;
    if (request.is_operator) trail.noted("retention.operator", "asked for at the machine");
    return trail;
}

}  // namespace

void RetentionJobs::require(const Request& request, Permission permission) {
    if (request.is_operator ||
        roles_.allowed_by(request.actor.roles).test(static_cast<std::size_t>(permission)))
        return;
    auto trail = trail_of(request);
    trail.refused("retention.role", std::string(name_of(permission)));
    decisions_.record(trail);
    throw lacks_permission(std::string(name_of(permission)));
}

void RetentionJobs::note(storage::Tx& tx, const Request& request, const char* rule,
                         const std::string& detail) {
    auto trail = trail_of(request);
    trail.admitted(rule, detail);
    decisions_.record(tx, trail);
}

Job RetentionJobs::create(const Request& request) {
    require(request, Permission::create_data_retention_job);
    const auto settings = settings_.current();
    const auto job = new_run(db_.now(), request.is_operator ? "operator" : "api",
                             request.is_operator ? "operator" : request.actor.user_id.text());
    db_.transact([&](storage::Tx& tx) {
        concordat::require(is_anything_limited(tx, *settings), Fault::unsupported,
                           "ent.data_retention.disabled",
                           "Nothing is limited: no policy says that messages or files end.");
        storage::JobTable table(tx);
        concordat::require(!is_waiting(table), Fault::conflict, "ent.data_retention.already_waiting",
                           "A run of retention waits or goes on already.");
        table.insert(job);
        note(tx, request, "retention.requested", "job " + job.id.text());
    });
    wake_();
    return job;
}

void RetentionJobs::add_daily() {
    const auto settings = settings_.current();
    db_.transact([&](storage::Tx& tx) {
        storage::JobTable table(tx);
        if (!is_due(settings->DataRetentionSettings.DeletionJobStartTime, tx.now(),
                    table.last_by(data_retention, scheduler)))
            return;
        if (!is_anything_limited(tx, *settings) || is_waiting(table)) return;
        table.insert(new_run(tx.now(), scheduler, scheduler));
    });
}

std::vector<Job> RetentionJobs::list(const Request& request, const std::string& status, std::int64_t offset,
                                     std::int64_t limit) {
    require(request, Permission::read_data_retention_job);
    return db_.read(
        [&](storage::Tx& tx) { return storage::JobTable(tx).list(data_retention, status, offset, limit); });
}

bool RetentionJobs::is_run(const JobId& id) {
    const auto job = db_.read([&](storage::Tx& tx) { return storage::JobTable(tx).find(id); });
    return job && job->type == data_retention;
}

Job RetentionJobs::get(const Request& request, const JobId& id) {
    require(request, Permission::read_data_retention_job);
    const auto job = db_.read([&](storage::Tx& tx) { return storage::JobTable(tx).find(id); });
    if (!job || job->type != data_retention) throw no_such_run();
    return *job;
}

void RetentionJobs::cancel(const Request& request, const JobId& id) {
    require(request, Permission::manage_data_retention_job);
    db_.transact([&](storage::Tx& tx) {
        storage::JobTable table(tx);
        auto job = table.lock(id);
        if (!job || job->type != data_retention) throw no_such_run();
        concordat::require(
            job->status == "pending" || job->status == "in_progress" || job->status == "cancel_requested",
            Fault::conflict, "app.job.cancel.app_error", "The run has ended already.");
        job->status = "cancel_requested";
        job->last_activity_at = tx.now();
        table.update(*job);
        note(tx, request, "retention.cancelled", "job " + id.text());
    });
    wake_();
}

RetentionPreview RetentionJobs::preview() {
    const auto settings = settings_.current();
    RetentionPreview out;
    out.create_at = db_.now();
    const auto rules = db_.read([&](storage::Tx& tx) { return expiry_rules(tx, *settings, out.create_at); });
    out.needs_export = rules.needs_export;
    out.exported_until = rules.exported_until;
    out.channels = db_.read([&](storage::Tx& tx) { return storage::ExpiryTable(tx).preview(rules); });
    for (const auto& c : out.channels) {
        out.posts += c.posts;
        out.held += c.held;
        out.pinned += c.pinned;
        out.unexported += c.unexported;
        out.files += c.files;
        out.bytes_of_files += c.bytes_of_files;
    }
    out.buckets = keys_.preview(rules);
    return out;
}

std::vector<DestructionCertificate> RetentionJobs::certificates(std::int64_t offset, std::int64_t limit) {
    return db_.read(
        [&](storage::Tx& tx) { return storage::DestructionTable(tx).certificates(offset, limit); });
}

DestructionCertificate RetentionJobs::certificate(const CertificateId& id) {
    auto one = db_.read([&](storage::Tx& tx) { return storage::DestructionTable(tx).certificate(id); });
    if (!one)
        throw Error(Fault::not_found, "app.data_retention.certificate.get", "There is no such certificate.");
    return *std::move(one);
}

}  // namespace concordat::compliance
