#include "compliance/export/message_exports.hpp"

#include <algorithm>
#include <charconv>

#include "compliance/export/formats.hpp"
#include "core/base/text.hpp"
#include "core/model/scope.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/exports.hpp"
#include "storage/tables/jobs.hpp"
#include "storage/tables/users.hpp"

namespace concordat::compliance {
namespace {

Error bad(const std::string& text) {
    return {Fault::invalid, "ent.message_export.bad_request", text};
}

Error no_such_export() {
    return {Fault::not_found, "app.job.get.app_error", "There is no such export."};
}

std::string given(const Job& job, const std::string& name) {
    const auto at = job.data.find(name);
    return at == job.data.end() ? std::string() : at->second;
}

Millis time_in(const Job& job, const std::string& name) {
    const auto text = given(job, name);
    if (text.empty()) return 0;
    Millis value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0)
        throw bad(name + " is not a number of milliseconds.");
    return value;
}

// The ids in a list, each of which must exist.
template <class IdType, class Find>
std::string checked_ids(const Job& job, const std::string& name, Find find) {
    std::vector<IdType> ids;
    for (const auto& word : split_words(given(job, name))) {
        if (!looks_like_id(word)) throw bad(name + " has \"" + word.substr(0, 40) + "\", which is no id.");
        ids.push_back(IdType::from_text(word));
    }
    if (ids.size() > MessageExports::most_named)
        throw bad(name + " has more than " + std::to_string(MessageExports::most_named) + " ids.");
    if (ids.empty()) return {};
    std::string out;
    const auto found = find(ids);
    for (const auto& id : ids) {
        if (std::ranges::none_of(found, [&](const auto& one) { return one.id == id; }))
            throw bad(name + " has " + id.text() + ", which does not exist.");
        out += (out.empty() ? "" : " ") + id.text();
    }
    return out;
}

}  // namespace

Job new_export(Millis now, const Settings& settings, const std::string& format, const std::string& by,
               const std::string& asked_by) {
    Job job;
    job.id = JobId::fresh(now);
    job.type = message_export;
    job.create_at = job.last_activity_at = now;
    job.data = {{"export_type", format},
                {"batch_size", std::to_string(settings.MessageExportSettings.BatchSize)},
                {"export_from", std::to_string(settings.MessageExportSettings.ExportFromTimestamp)},
                {"initiated_by", by},
                {"requested_by", asked_by},
                {"is_chained", "true"},
                {"is_downloadable", "false"}};
    return job;
}

Job MessageExports::create(const Request& request, const Job& wanted) {
    requests_.require(request, Permission::create_compliance_export_job, "An export");
    const auto settings = settings_.current();
    require(settings->MessageExportSettings.EnableExport, Fault::unsupported, "ent.message_export.disabled",
            "Exports are off. Set MessageExportSettings.EnableExport to true.");
    auto format = given(wanted, "export_type");
    if (format.empty()) format = settings->MessageExportSettings.ExportFormat;
    if (!is_format(format)) throw bad("export_type is not actiance, csv, globalrelay-zip or native.");
    const auto starts = time_in(wanted, "job_start_time"), ends = time_in(wanted, "job_end_time");
    if ((starts == 0) != (ends == 0)) throw bad("job_start_time and job_end_time come together.");
    if (starts > ends) throw bad("job_start_time is after job_end_time.");
    const auto channels = db_.read([&](storage::Tx& tx) {
        return checked_ids<ChannelId>(wanted, "channel_ids", [&](const std::vector<ChannelId>& ids) {
            return storage::ChannelTable(tx).find(ids);
        });
    });
    const auto custodians = db_.read([&](storage::Tx& tx) {
        return checked_ids<UserId>(wanted, "custodian_ids", [&](const std::vector<UserId>& ids) {
            return storage::UserTable(tx).find(ids);
        });
    });
    const auto by = given(wanted, "initiated_by");
    const bool is_own = by == "mmctl" || starts > 0 || !channels.empty() || !custodians.empty();
    auto job = new_export(db_.now(), *settings, format, by.empty() ? "api" : by.substr(0, 40),
                          request.is_operator ? "operator" : request.actor.user_id.text());
    if (is_own) job.data["is_chained"] = "false";
    if (starts > 0) {
        job.data["has_period"] = "true";
        job.data["job_start_time"] = std::to_string(starts);
        job.data["job_end_time"] = std::to_string(ends);
    }
    if (!channels.empty()) job.data["channel_ids"] = channels;
    if (!custodians.empty()) job.data["custodian_ids"] = custodians;
    const bool is_held_back = approvals_.is_needed(request);
    if (is_held_back) approvals_.hold_back(job);
    db_.transact([&](storage::Tx& tx) {
        storage::JobTable table(tx);
        require(table.list(message_export, "pending", 0, most_waiting).size() < most_waiting, Fault::conflict,
                "ent.message_export.too_many_waiting", "Too many exports wait already.");
        table.insert(job);
        requests_.note(tx, request, "export.requested",
                       "export " + job.id.text() + ", " + format +
                           (starts > 0 ? ", " + std::to_string(starts) + " to " + std::to_string(ends)
                                       : std::string(", since the last one")));
        if (is_held_back) approvals_.ask(tx, request, job, given(wanted, "reason"));
    });
    wake_();
    return as_clients_know(std::move(job));
}

std::vector<Job> MessageExports::list(const Request& request, const std::string& status, std::int64_t offset,
                                      std::int64_t limit) {
    requests_.require(request, Permission::read_compliance_export_job, "The list of exports");
    auto jobs = db_.read(
        [&](storage::Tx& tx) { return storage::JobTable(tx).list(message_export, status, offset, limit); });
    for (auto& job : jobs) job = as_clients_know(std::move(job));
    return jobs;
}

Job MessageExports::get(const Request& request, const JobId& id) {
    requests_.require(request, Permission::read_compliance_export_job, "An export");
    auto job = db_.read([&](storage::Tx& tx) { return storage::JobTable(tx).find(id); });
    if (!job || job->type != message_export) throw no_such_export();
    return as_clients_know(*std::move(job));
}

void MessageExports::cancel(const Request& request, const JobId& id) {
    requests_.require(request, Permission::manage_compliance_export_job, "To cancel an export");
    db_.transact([&](storage::Tx& tx) {
        storage::JobTable table(tx);
        auto job = table.lock(id);
        if (!job || job->type != message_export) throw no_such_export();
        if (job->status == "asked") return approvals_.withdraw(tx, request, *job);
        require(job->status == "pending" || job->status == "in_progress" || job->status == "cancel_requested",
                Fault::conflict, "app.job.cancel.app_error", "The export has ended already.");
        job->status = "cancel_requested";
        job->last_activity_at = tx.now();
        table.update(*job);
        requests_.note(tx, request, "export.cancelled", "export " + id.text());
    });
    wake_();
}

Package MessageExports::open(const Request& request, const JobId& id) {
    requests_.require(request, Permission::download_compliance_export_result, "To fetch an export");
    const auto settings = settings_.current();
    const auto unable = [](const char* text) {
        return Error(Fault::invalid, "api.job.unable_to_download_job", text);
    };
    if (!request.is_operator) {
        if (!settings->MessageExportSettings.DownloadExportResults)
            throw unable(
                "Packages cannot be fetched here: MessageExportSettings.DownloadExportResults is false.");
    }
    requests_.require_fresh_factor(request, "export " + id.text());
    const auto [job, parts] = db_.read([&](storage::Tx& tx) {
        return std::make_pair(storage::JobTable(tx).find(id), storage::ExportTable(tx).parts(id));
    });
    if (!job || job->type != message_export) throw no_such_export();
    if (parts.empty() || parts.front().number != 0) throw unable("This export has no package.");
    approvals_.require_release(request, *job);
    const auto& whole = parts.front();
    auto body = blobs_.open(storage::Kind::export_file, scopes::exports, id_as<storage::BlobId>(whole.blob));
    db_.transact(
        [&](storage::Tx& tx) { requests_.note(tx, request, "export.fetched", "export " + id.text()); });
    return {whole.name, std::move(body), whole.sha256};
}

std::vector<std::string> MessageExports::package_names(const Request& request) {
    requests_.require(request, Permission::read_compliance_export_job, "The list of packages");
    return db_.read([](storage::Tx& tx) {
        return storage::ExportTable(tx).package_names(static_cast<std::int64_t>(most_named));
    });
}

JobId MessageExports::named(const std::string& name) {
    const auto id = db_.read([&](storage::Tx& tx) { return storage::ExportTable(tx).package_named(name); });
    return found(id, "app.export.not_found", "There is no package of that name.");
}

Package MessageExports::open(const Request& request, const std::string& name) {
    // Who may not fetch any is not told which there are.
    requests_.require(request, Permission::download_compliance_export_result, "To fetch an export");
    return open(request, named(name));
}

void MessageExports::remove_package(const Request& request, const std::string& name) {
    requests_.require(request, Permission::manage_compliance_export_job, "To remove a package");
    requests_.require_fresh_factor(request, "the removal of a package");
    const auto id = named(name);
    db_.transact([&](storage::Tx& tx) {  // its body goes with the next run, which keeps what has a row
        storage::ExportTable(tx).remove_parts(id, true);
        requests_.note(tx, request, "export.removed", "the package of export " + id.text());
    });
}

void MessageExports::set_status(const Request& request, const JobId& id, const std::string& status) {
    requests_.require(request, Permission::manage_compliance_export_job, "To change an export");
    require(status == "cancel_requested" || status == "canceled", Fault::invalid, "api.job.status.invalid",
            "The status of an export can be set to cancel_requested or canceled.");
    cancel(request, id);
}

}  // namespace concordat::compliance
