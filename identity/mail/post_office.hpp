// The post office: letters are handed in with the change they tell of, kept in the database, and sent by a
// thread of its own.
//
// A letter that was handed in outlives a crash; it may then arrive twice, never not at all. What the mail
// server refuses for good is dropped and logged; everything else is tried again, after ten seconds, then
// twenty, up to an hour, until the letter is a day old. Logs name letters by id and kind, never the address.
//
// Thread-safe.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include "core/base/metrics.hpp"
#include "core/config/live.hpp"
#include "core/model/letter.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::identity {

class PostOffice {
public:
    static constexpr std::int64_t most_requests = 1000;  // of a kind that strangers can cause
    static constexpr Millis given_up_after = 24 * 3600 * 1000;

    // All must outlive this object. `authorities` as in SmtpConnection.
    PostOffice(storage::Database& db, Metrics& metrics, const LiveSettings& settings,
               std::string authorities = {});
    ~PostOffice();
    PostOffice(const PostOffice&) = delete;

    // Whether letters can be sent: EmailSettings.SMTPServer and ServiceSettings.SiteURL are set.
    bool is_open() const;
    // In the caller's transaction. With `id` set, handing the same letter in again does nothing. Does nothing
    // while the office is not open. `only_one`: while one with these bytes waits, another is not taken.
    void hand_in(storage::Tx& tx, Letter letter, std::string_view only_one = {});
    // A request for a letter: `act` is run later on the office's thread, and hands in what is to be sent. So
    // who asks learns nothing from how long it takes. False when too many such requests wait.
    bool request(const std::string& kind, const std::string& address);
    using Act = std::function<void(storage::Tx& tx, const Letter& request)>;
    // Before start(). `act` may run again after a crash.
    void on_request(const std::string& kind, Act act) { acts_[kind] = std::move(act); }

    void start();
    // Waits for the letter in hand; idempotent.
    void stop();
    // There may be something to send. Cheap; any thread.
    void wake();
    // Sends what is due; how many letters are done with. What start()'s thread does; for tests.
    std::size_t send_due();
    // Letters that wait, requests included.
    std::int64_t waiting();
    // Now, to say whether mail works. Throws what SmtpConnection throws.
    void send_test(const std::string& address, const std::string& locale);

private:
    void serve();
    void act_on(const Letter& request);
    void keep(const Letter& letter, const std::string& id, const std::string& detail);
    void drop(const Letter& letter, const std::string& id, const std::string& detail);

    storage::Database& db_;
    const LiveSettings& settings_;
    const std::string authorities_;
    std::map<std::string, Act> acts_;
    Counter &sent_, &postponed_, &dropped_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool is_woken_ = false;  // guarded by mutex_
    std::atomic<bool> is_stopping_ = false;
    std::thread thread_;
};

}  // namespace concordat::identity
