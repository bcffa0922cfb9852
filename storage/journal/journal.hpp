// The journal's readers: hands committed facts to whoever wants to know, in commit-safe order.
//
// A fact is visible to readers once every transaction that began before it has ended, so no reader
// ever passes one that commits late, and the order is the same for all: (tx, seq). Sinks: the socket
// hub, and later search, federation, compliance, webhooks and push. A fact whose sealed text is damaged or
// whose key is gone is logged, counted and passed over: it must not hold up those behind it.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include "core/base/metrics.hpp"
#include "storage/database/fact.hpp"
#include "storage/database/position.hpp"

namespace concordat::storage {
class Database;

// A fact with its place. One that cannot be read has no body; `damage` says why.
struct JournalEntry {
    Position at;
    Fact fact;
    std::string damage;
};

// Someone who wants to know. take() may see a fact again after a crash, so it must be idempotent. A
// throw means "not now": the same facts come again, after a pause that grows to 5 s.
class EventSink {
public:
    virtual ~EventSink() = default;
    // Stored with the cursor: renaming one starts it anew.
    virtual std::string name() const = 0;
    // Durable sinks resume where they were; the others begin at the present when the node starts.
    virtual bool is_durable() const = 0;
    virtual void take(const std::vector<Fact>& facts) = 0;
};

class Journal {
public:
    // `db` and the sinks must outlive this object. `poll` is how often readers look without a hint: for the
    // facts of other nodes.
    Journal(Database& db, Metrics& metrics, std::chrono::milliseconds poll = std::chrono::milliseconds(250));
    ~Journal();

    // One thread per sink, so a slow sink delays nobody. Call before start().
    void add(EventSink& sink);
    void start();
    // Waits for the batches in hand; idempotent.
    void stop();
    // A transaction of this node has committed facts. Cheap; any thread.
    void hint();

    // The next facts after `from`, at most `at_most`, and where they end. For sinks of other make, and
    // tests.
    std::vector<Fact> after(const Position& from, int at_most, Position& reached);
    // All entries after `from` up to and with `upto`, at most `at_most`; damaged ones, too, and those after
    // `present()` as far as they are committed. For evidence, which passes over nothing.
    std::vector<JournalEntry> entries(const Position& from, const Position& upto, int at_most);
    // The place before the first fact that was written at or after `time`.
    Position before(Millis time);
    // The position behind everything that is committed and visible now.
    Position present();

    // True while every sink has looked at the journal within the last `limit`.
    bool is_fresh(std::chrono::milliseconds limit) const;

private:
    struct Reader;
    struct Look {
        std::vector<Fact> facts;
        Position reached;
        bool is_full = false;     // there may be more
        bool is_waiting = false;  // facts are committed that an older transaction, still running, holds back
    };
    Look look(const Position& from, int at_most);
    void serve(Reader& reader);
    Position stored_position(const EventSink& sink);
    void store_position(const EventSink& sink, const Position& position);
    void wait(std::uint64_t seen, std::chrono::milliseconds time);

    Database& db_;
    Metrics& metrics_;
    const std::chrono::milliseconds poll_;
    Counter& lost_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::uint64_t hints_ = 0;
    bool stopping_ = false;
    std::vector<std::unique_ptr<Reader>> readers_;
};

}  // namespace concordat::storage
