// Reports for an auditor: everything that was said in a period, narrowed by words and by who said it, as one
// table. For a question; exports are for archives.
//
// A report is asked for, made on a thread of its own, kept sealed beside the database and fetched as a zip
// archive (report_table.hpp has what is in it). It is made anew when the node ended meanwhile. Who may, and
// what is written down: compliance/export/requests.hpp.
//
// Thread-safe; calls block. Errors beside those of requests:
//   unsupported  ent.compliance.licence_disable.app_error   ComplianceSettings.Enable is off
//   invalid      model.compliance.is_valid.desc.app_error, .start_end_at.app_error, .keywords.app_error
//   forbidden    ent.compliance.report.approvals            exports need approval: nobody reads alone, nor
//   here conflict     ent.compliance.too_many_waiting            `most_waiting` wait already not_found
//   ent.compliance.report.not_found            no such report invalid      ent.compliance.report.not_finished
//   nothing to fetch yet, or it failed
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include "compliance/export/message_exports.hpp"
#include "core/model/report.hpp"

namespace concordat::compliance {

class Reports {
public:
    static constexpr std::int64_t most_waiting = 20;
    static constexpr std::size_t longest_desc = 512, longest_words = 4000;

    // All must outlive this object. `store` holds reports only.
    Reports(storage::Database& db, storage::BlobStore& store, identity::Roles& roles,
            identity::Decisions& decisions, const LiveSettings& settings)
        : db_(db),
          store_(store),
          blobs_(db, store),
          requests_(db, roles, decisions, settings),
          settings_(settings) {}
    ~Reports() { stop(); }
    Reports(const Reports&) = delete;

    Report create(const Request& request, Report wanted);
    std::vector<Report> list(const Request& request, std::int64_t offset, std::int64_t limit);
    Report get(const Request& request, const ReportId& id);
    Package open(const Request& request, const ReportId& id);

    void start();
    // Waits for the batch in hand; the report is made anew next time. Idempotent.
    void stop();
    // Makes the next one that waits; false when there is none. What start()'s thread does; for tests.
    bool make_next();
    // Removes archives that no report names: those of reports that were interrupted.
    void tidy();

private:
    void check_on() const;
    void check_alone() const;
    void make(Report report);
    void serve();

    storage::Database& db_;
    storage::BlobStore& store_;
    messaging::SealedBlobs blobs_;
    Requests requests_;
    const LiveSettings& settings_;
    std::mutex mutex_;  // guards is_woken_
    bool is_woken_ = false;
    std::atomic<bool> is_stopping_ = false;
    std::condition_variable wake_;
    std::thread thread_;
};

}  // namespace concordat::compliance
