// Does an export: batch after batch of its stretch of the journal, then the package of them all.
//
// A batch is written as a sealed archive and then noted with the place it reaches, so a node that is killed
// goes on after the last whole batch, and the package has the same batches, byte for byte, as if nothing had
// happened. A database or disk that is away is waited for, `patience` at a time; then the export fails and
// the next one begins where the last good one ended.
//
// One job at a time, on one thread. Blocks.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>
#include "compliance/export/batch.hpp"
#include "compliance/export/evidence_key.hpp"
#include "compliance/export/formats.hpp"
#include "core/model/job.hpp"
#include "messaging/conversation/sealed_blobs.hpp"

namespace concordat::identity {
class Decisions;
}

namespace concordat::compliance {

class ExportRunner {
public:
    struct Means {
        storage::Database& db;
        storage::Journal& journal;
        storage::BlobStore& packages;  // holds packages and what they are made of, nothing else
        storage::BlobStore& files;     // of posts
        identity::Decisions& decisions;
        EvidenceKey& key;
        const std::string& installation;  // its id, for manifests
    };
    // What `means` names must outlive this object.
    explicit ExportRunner(const Means& means);

    // What is in progress waits again, and archives that no export knows are removed. At start.
    void recover();
    // Does the oldest job that waits, as far as it comes before `is_stopping`; false when none waits.
    bool run_next(const std::atomic<bool>& is_stopping);

    // Told the number of each batch when it is noted: for tests that interrupt.
    std::function<void(std::int64_t)> after_batch = [](std::int64_t) {};
    // Pauses after failures that pass; as many as there are tries more.
    std::vector<std::chrono::milliseconds> patience{std::chrono::seconds(1), std::chrono::seconds(5),
                                                    std::chrono::seconds(25)};

private:
    struct Plan {
        std::string format;
        Stretch stretch;
        Millis starts = 0, ends = 0;
    };
    enum class Outcome { done, cancelled, stopped };
    Outcome work(Job& job, const std::atomic<bool>& is_stopping);
    void settle(Job& job);
    Plan plan_of(const Job& job) const;
    void write_batch(const Job& job, const Plan& plan, const Batch& batch, std::int64_t number);
    // False when the job is to be cancelled.
    bool save_progress(Job& job, const Plan& plan, const Batch& batch);
    void write_package(Job& job, const Plan& plan);
    void end(Job& job, const std::string& status, const std::string& rule, const std::string& detail);
    void drop_parts(const Job& job);
    template <class Act>
    auto patiently(const std::atomic<bool>& is_stopping, Act act);

    Means means_;
    messaging::SealedBlobs packages_, files_;
};

// "compliance-export-2024-08-13-05h08m-<from>-<to>", in the time zone of this machine.
std::string export_name(Millis started, Millis from, Millis to);

}  // namespace concordat::compliance
