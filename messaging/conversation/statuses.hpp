// Statuses: online, away, do not disturb, offline.
//
// Thread-safe; presence calls do not block, questions and choices may read or write the database. What a
// person chose by hand sticks; otherwise a connection means online, five minutes without activity away,
// none offline. Kept in memory and written in batches: a crash may lose half a minute of "last seen".
//
// A presence call may come before the person's row was read. What it says is then provisional: nobody is told
// and nothing is written until a question or tick() has read the row, because the person may have chosen
// something by hand before this node started.
#pragma once
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/user.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::messaging {

class Statuses {
public:
    Statuses(storage::Database& db, const LiveSettings& settings) : db_(db), settings_(settings) {}
    // Tells the person's own connections. Called on whatever thread changed it; must not block.
    void set_teller(std::function<void(const Status&)> tell) { tell_ = std::move(tell); }

    // Unknown people come back offline, in any order.
    std::vector<Status> of(const std::vector<UserId>& users);
    Status of(const UserId& user);
    // Known here and not offline.
    std::vector<Status> shown();
    // By hand: online, away, dnd (with an end in seconds or 0), offline. Throws bad_body("status").
    Status choose(const UserId& user, const std::string& status, std::int64_t dnd_end_time);

    void on_connected(const UserId& user);
    void on_last_gone(const UserId& user);
    // The client says that its person does or does not use it. Not by hand it means away only after the idle
    // time, and nothing at all while the person has no connection here.
    void on_activity(const UserId& user, bool is_active, bool is_manual);
    bool is_online(const UserId& user) const;
    // Away after idleness, the end of do-not-disturb, and writing down: run every 15 seconds.
    void tick();

private:
    Status& entry(const UserId& user);  // under the mutex
    void load(std::vector<UserId> users);
    void load_provisional();
    void settle(Status row, std::vector<Status>& told);  // under the mutex
    void save(const std::vector<UserId>& users);
    Millis idle_time() const { return settings_.current()->TeamSettings.UserStatusAwayTimeout * 1000; }

    storage::Database& db_;
    const LiveSettings& settings_;
    std::function<void(const Status&)> tell_ = [](const Status&) {};
    mutable std::mutex mutex_;
    std::unordered_map<UserId, Status> known_;
    std::unordered_set<UserId> connected_, changed_;
    std::unordered_set<UserId> provisional_;  // in known_, but their rows were not read yet
};

}  // namespace concordat::messaging
