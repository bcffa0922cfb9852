// Sends every recorded decision to a sink outside the node, in order, on a thread of its own.
//
// What was delivered is remembered in the database, after the sink has said that it is there for good. So
// after a restart or an outage of the sink the stream goes on where it stopped: a record may arrive twice,
// none is left out. Records come out of the chain as they were written (see identity/decision); one that was
// changed, or that does not follow the one before it, is sent all the same, and says so.
//
// The first stream to a sink begins with the first record there is. At most 200 records are in memory. No
// connection to the database is held while the sink is waited for, and nobody waits for the sink: who signs
// in only writes the record.
//
// After a failure the stream tries again, after a second, then two, four, up to a minute, each time by chance
// up to half of that earlier. Changed settings are tried at once. The log has one warning when a sink begins
// to fail and one line when it works again.
//
// Thread-safe.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include "compliance/siem/audit_sink.hpp"
#include "compliance/siem/stop_signal.hpp"
#include "core/base/error.hpp"
#include "core/base/metrics.hpp"
#include "core/config/live.hpp"
#include "storage/tables/audit_cursors.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::compliance {

struct AuditStreamStatus {
    std::string sink;
    std::string state;                // off, stopped (the node does not run), working, failing
    std::int64_t seq = 0;             // the last record that arrived
    std::int64_t waiting = 0;         // records, counted up to AuditStream::most_counted
    std::int64_t oldest_seconds = 0;  // the age of the oldest of them
    Millis sent_at = 0;               // when something last arrived; 0: never
    Millis failing_since = 0;
    std::string error, text;  // of the last failure: its id, and a sentence with what the system said
};

class AuditStream {
public:
    static constexpr std::int64_t most_at_a_time = 200, most_counted = 100000;

    // What makes the sink that settings ask for; nothing when they ask for none.
    using Make = std::function<std::unique_ptr<AuditSink>(const Settings&, const StopSignal&)>;

    // `name` is that of the cursor and in metrics: "syslog", "file". All must outlive this object.
    AuditStream(storage::Database& db, Metrics& metrics, const LiveSettings& settings, std::string name,
                Make make);
    ~AuditStream();
    AuditStream(const AuditStream&) = delete;

    void start();
    // Ends a delivery that is under way; idempotent.
    void stop();
    // A decision was recorded. Cheap; any thread.
    void wake();

    // Delivers what waits, at most most_at_a_time; how many have arrived. What start()'s thread does; for
    // tests. Throws what the sink throws.
    std::size_t deliver();
    // Delivers one record that says it is a test. Throws what the sink throws; unsupported,
    // compliance.siem.off: the sink is not set up.
    void test();
    // From now on everything after record `seq` is sent, whether it was before or not. `record` is called in
    // the same transaction, last. Throws Error: invalid, compliance.siem.ahead; conflict,
    // compliance.siem.moved.
    void rewind(std::int64_t seq, const std::function<void(storage::Tx&)>& record);
    bool is_on() const;
    const std::string& name() const { return name_; }
    AuditStreamStatus status();

private:
    std::vector<AuditRecord> waiting_after(const storage::AuditCursor& cursor);
    void move(const storage::AuditCursor& before, const AuditRecord& last);
    // For the metrics; counting takes time, so now and then only, unless `is_end`.
    void look_at_backlog(std::int64_t seq, bool is_end);
    void serve();
    bool serve_once();
    void note_success();
    void note_failure(const Error& error);
    void rest(bool is_failing);
    std::chrono::milliseconds pause();

    storage::Database& db_;
    const LiveSettings& settings_;
    const std::string name_;
    const Make make_;
    Counter &sent_, &failures_;
    std::atomic<std::int64_t> backlog_{0}, oldest_at_{0};
    std::atomic<Millis> looked_at_{0};
    StopSignal stop_;
    std::mutex mutex_;  // guards the rest, except the thread
    std::condition_variable wake_;
    bool is_woken_ = false, is_stopping_ = false, is_running_ = false;
    unsigned tries_ = 0;  // failures one after the other
    Millis failing_since_ = 0;
    std::string error_, text_;
    std::minstd_rand chance_{std::random_device{}()};
    std::thread thread_;
};

}  // namespace concordat::compliance
