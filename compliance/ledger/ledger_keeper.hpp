// Follows the records of decisions on a thread of its own: makes them leaves within a fraction of a second,
// signs the tree every few seconds when it has grown, and between looks all through it, again and again, for
// what was changed.
//
// After a failure it tries again after five seconds. The log has one line when it begins to fail, for each
// reason, and one when it works again. start() and stop() on one thread; wake() on any.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include "compliance/ledger/ledger.hpp"

namespace concordat::compliance {

// How long things wait; shorter in tests.
struct LedgerPace {
    std::chrono::milliseconds gather{200};          // after a wake-up: records that come together go together
    std::chrono::milliseconds sign_every{5000};     // at least so long between checkpoints
    std::chrono::milliseconds look_every{5000};     // should a wake-up be lost, and after a failure
    std::chrono::milliseconds check_every{1000};    // between two pieces of a look through all of it
    std::chrono::milliseconds pass_every{3600000};  // from the end of such a look to the next
};

class LedgerKeeper {
public:
    static constexpr std::int64_t tiles_at_a_time = 2;  // of 256 leaves, in one piece

    // `ledger` must outlive this object.
    explicit LedgerKeeper(Ledger& ledger, LedgerPace pace = {}) : ledger_(ledger), pace_(pace) {}
    ~LedgerKeeper() { stop(); }
    LedgerKeeper(const LedgerKeeper&) = delete;

    void start();
    // Signs what is not signed yet, unless that fails already. Idempotent.
    void stop();
    // A decision was recorded. Cheap.
    void wake();

private:
    using Time = std::chrono::steady_clock::time_point;
    void serve();
    // Whether there is more to do at once.
    bool look();
    void look_through(Time now);
    void note_failure(const std::string& id, const std::string& what);
    std::chrono::milliseconds pause(Time now) const;

    Ledger& ledger_;
    const LedgerPace pace_;
    std::mutex mutex_;  // guards is_woken_ and is_stopping_
    bool is_woken_ = false, is_stopping_ = false;
    std::condition_variable wake_;
    std::thread thread_;
    // The thread's own.
    bool is_unsigned_ = true;
    Time signed_at_{}, checked_at_{}, pass_ended_at_{};
    bool is_in_pass_ = true;
    std::int64_t next_tile_ = 0;
    std::string failure_;
};

}  // namespace concordat::compliance
