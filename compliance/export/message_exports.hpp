// Exports of messages: asked for, watched, cancelled and fetched.
//
// An export is a job (core/model/job.hpp) of type "message_export". Its package, a zip archive, is kept
// sealed beside the database until it is fetched. Jobs that name no period follow one another without gap or
// overlap: each begins in the journal where the last good one ended. Those with a period, channels or
// custodians of their own, and those that mmctl asks for, do not move that place.
//
// Who may, and what is written down of it: requests.hpp. What others have to approve first: approvals.hpp,
// with more errors.
//
// Thread-safe; calls block. Errors beside those of the database:
//   unsupported  ent.message_export.disabled             EnableExport is off
//   forbidden    api.context.permissions.app_error       a role is missing
//   forbidden    identity.step_up.needed                 a fetch needs a second factor shown lately
//   invalid      ent.message_export.bad_request          of what is asked for; the text names it
//   not_found    app.job.get.app_error                   there is no such export
//   conflict     ent.message_export.too_many_waiting     `most_waiting` exports wait already
//   conflict     app.job.cancel.app_error                the export has ended
//   invalid      api.job.status.invalid                  no status that can be asked for
//   not_found    app.export.not_found                    there is no package of that name
//   invalid      api.job.unable_to_download_job          no package, or fetching over the API is off
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include "compliance/export/approvals.hpp"
#include "compliance/export/requests.hpp"
#include "core/config/live.hpp"
#include "core/model/job.hpp"
#include "messaging/conversation/sealed_blobs.hpp"

namespace concordat::compliance {

inline constexpr const char* message_export = "message_export";

// An export to be made, of what follows the last one. `by` and `asked_by` go into data initiated_by and
// requested_by.
Job new_export(Millis now, const Settings& settings, const std::string& format, const std::string& by,
               const std::string& asked_by);

struct Package {
    std::string name;  // of the file
    std::unique_ptr<storage::BlobReader> body;
    std::string sha256;  // 32 bytes
};

class MessageExports {
public:
    static constexpr std::size_t most_waiting = 20, most_named = 1000;

    // All must outlive this object. `store` holds packages only.
    MessageExports(storage::Database& db, storage::BlobStore& store, identity::Roles& roles,
                   identity::Decisions& decisions, const LiveSettings& settings)
        : db_(db), blobs_(db, store), requests_(db, roles, decisions, settings), settings_(settings) {}
    MessageExports(const MessageExports&) = delete;

    // `wanted.data` may have export_type, initiated_by, job_start_time with job_end_time (milliseconds, both
    // inclusive), channel_ids and custodian_ids (separated by blanks), and the reason, for those who approve
    // it; whatever else is in it is not believed.
    Job create(const Request& request, const Job& wanted);
    std::vector<Job> list(const Request& request, const std::string& status, std::int64_t offset,
                          std::int64_t limit);
    Job get(const Request& request, const JobId& id);
    // At the end of the batch in hand.
    void cancel(const Request& request, const JobId& id);
    Package open(const Request& request, const JobId& id);
    // Packages by the names of their files: the newest `most_named` that are there, and one of them. To
    // remove one needs the right to cancel exports; the export itself stays in the list, and its record.
    std::vector<std::string> package_names(const Request& request);
    Package open(const Request& request, const std::string& name);
    void remove_package(const Request& request, const std::string& name);
    // As clients say "cancel" and "that is cancelled": cancel_requested, or canceled. An export that runs is
    // not sent back to the queue from outside: it goes on by itself after a restart.
    void set_status(const Request& request, const JobId& id, const std::string& status);

    // Called after an export was asked for or cancelled. Set once, before the first call.
    void set_wake(std::function<void()> wake) {
        approvals_.set_wake(wake);
        wake_ = std::move(wake);
    }
    Approvals& approvals() { return approvals_; }

private:
    JobId named(const std::string& name);

    storage::Database& db_;
    messaging::SealedBlobs blobs_;
    Requests requests_;
    const LiveSettings& settings_;
    Approvals approvals_{db_, requests_, settings_};
    std::function<void()> wake_ = [] {};
};

}  // namespace concordat::compliance
