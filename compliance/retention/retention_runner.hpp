// Does a run of destruction: keys first, then rows, then what is left of them, then the certificate.
//
//   1. what a crash left half done is finished; keys of whole weeks are destroyed (key_destruction.hpp)
//   2. messages past their time go, and files, a batch a transaction, with the pauses of the settings; what
//      hangs on them goes with them; bodies of files after each commit
//   3. journal entries and partners' events that the destroyed keys sealed go
//   4. the certificate is signed and written, and its digest goes into the chain of decisions
//
// Each step finds by itself what is left to do, and the counts are written in the transactions that they
// count, so a node that is killed anywhere goes on with the job and certifies the right numbers. Before each
// batch the holds in force are asked for anew.
//
// One job at a time, on one thread. Blocks.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <vector>
#include "compliance/export/evidence_key.hpp"
#include "compliance/retention/key_destruction.hpp"
#include "compliance/retention/rules.hpp"
#include "core/config/live.hpp"
#include "messaging/conversation/sealed_blobs.hpp"

namespace concordat::identity {
class Decisions;
}

namespace concordat::compliance {

struct CertificateMatter;

// The counts a job has so far; they stand in its data under their names.
DestroyedCounts counts_of(const Job& job);
void add_counts(Job& job, const DestroyedCounts& more);

class RetentionRunner {
public:
    struct Means {
        storage::Database& db;
        storage::Keyring& keyring;
        storage::BlobStore& files;  // of posts
        identity::Decisions& decisions;
        EvidenceKey& key;
        const LiveSettings& settings;
        const std::string& installation;  // its id, for certificates
    };
    // What `means` names must outlive this object.
    explicit RetentionRunner(const Means& means);

    // What is in progress waits again. At start.
    void recover();
    // Does the oldest job that waits, as far as it comes before `is_stopping`; false when none waits.
    bool run_next(const std::atomic<bool>& is_stopping);

    // Messages past their time that the last run left because no export has covered them.
    std::int64_t blocked_by_export() const { return blocked_.load(); }

    // Told what was just done: "condemned", "destroyed", "batch", "blobs", "journal". For tests that
    // interrupt.
    std::function<void(const char*)> after = [](const char*) {};

private:
    // The run is not to go on.
    struct Ended {
        const char* status;  // "canceled", or "pending": the node stops
    };
    void work(Job& job, const std::atomic<bool>& is_stopping);
    void remove_channel(Job& job, const storage::ExpiryRules& rules, const storage::ExpiringChannel& channel,
                        const std::atomic<bool>& is_stopping);
    void remove_blobs();
    void clear_days(Job& job, const std::atomic<bool>& is_stopping);
    // Keeps the counts with what they count; throws Ended when the job was cancelled.
    void save(storage::Tx& tx, Job& job, const DestroyedCounts& more);
    void pause(const std::atomic<bool>& is_stopping);
    // With the job's data as they were committed, but for what this run has not saved yet.
    CertificateMatter matter_of(Job& job);
    // Ends the job; also one that was cancelled or failed, since what is gone by then is gone.
    void certify(Job& job, const std::string& status);

    Means means_;
    KeyDestruction keys_;
    messaging::SealedBlobs blobs_;
    std::atomic<std::int64_t> blocked_{0};
};

}  // namespace concordat::compliance
