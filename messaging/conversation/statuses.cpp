#include "messaging/conversation/statuses.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/statuses.hpp"

namespace concordat::messaging {
namespace {

bool is_over(const Status& status, Millis now) {
    return status.status == "dnd" && status.dnd_end_time > 0 && status.dnd_end_time * 1000 <= now;
}

}  // namespace

Status& Statuses::entry(const UserId& user) {
    const auto [at, fresh] = known_.try_emplace(user);
    if (fresh) {
        at->second.user_id = user;
        provisional_.insert(user);
    }
    return at->second;
}

// Reads the rows of those that are not in memory, or only provisionally.
void Statuses::load(std::vector<UserId> users) {
    {
        std::lock_guard lock(mutex_);
        std::erase_if(
            users, [&](const UserId& user) { return known_.contains(user) && !provisional_.contains(user); });
    }
    if (users.empty()) return;
    auto rows = db_.read([&](storage::Tx& tx) { return storage::StatusTable(tx).find(users); });
    std::vector<Status> told;
    {
        std::lock_guard lock(mutex_);
        for (auto& row : rows) settle(std::move(row), told);
        for (const auto& user : users)  // without a row there was no choice
            if (provisional_.erase(user) == 1) told.push_back(known_[user]);
    }
    for (const auto& status : told) tell_(status);
}

void Statuses::settle(Status row, std::vector<Status>& told) {
    if (is_over(row, db_.now())) {
        row.manual = false;
        row.dnd_end_time = 0;
    }
    // Nobody written down as online is so because of that: only a connection counts.
    if (!row.manual) row.status = connected_.contains(row.user_id) ? "online" : "offline";
    const auto [at, fresh] = known_.try_emplace(row.user_id, row);
    if (fresh || provisional_.erase(row.user_id) == 0) return;  // what is known already is newer
    auto& status = at->second;
    if (row.manual) {
        row.last_activity_at = std::max(row.last_activity_at, status.last_activity_at);
        status = row;
    }
    told.push_back(status);
}

void Statuses::load_provisional() {
    std::vector<UserId> users;
    {
        std::lock_guard lock(mutex_);
        users.assign(provisional_.begin(), provisional_.end());
    }
    load(std::move(users));
}

std::vector<Status> Statuses::of(const std::vector<UserId>& users) {
    load(users);
    std::vector<Status> out;
    std::lock_guard lock(mutex_);
    for (const auto& user : users) {
        const auto at = known_.find(user);
        Status status;
        status.user_id = user;
        out.push_back(at == known_.end() ? status : at->second);
    }
    return out;
}

Status Statuses::of(const UserId& user) {
    return of(std::vector{user})[0];
}

std::vector<Status> Statuses::shown() {
    load_provisional();
    std::vector<Status> out;
    std::lock_guard lock(mutex_);
    for (const auto& [user, status] : known_)
        if (status.status != "offline") out.push_back(status);
    return out;
}

Status Statuses::choose(const UserId& user, const std::string& word, std::int64_t dnd_end_time) {
    if (word != "online" && word != "away" && word != "dnd" && word != "offline" && word != "ooo")
        throw bad_body("status");
    Status chosen;
    chosen.user_id = user;
    chosen.status = word;
    chosen.manual = word != "online";
    chosen.dnd_end_time = word == "dnd" ? dnd_end_time - dnd_end_time % 60 : 0;
    chosen.last_activity_at = db_.now();
    db_.read([&](storage::Tx& tx) { storage::StatusTable(tx).save({chosen}); });
    {
        std::lock_guard lock(mutex_);
        known_[user] = chosen;
        provisional_.erase(user);
        changed_.insert(user);  // a tick that was writing meanwhile may have written what was before
    }
    tell_(chosen);
    return chosen;
}

void Statuses::on_connected(const UserId& user) {
    Status now_shown;
    {
        std::lock_guard lock(mutex_);
        connected_.insert(user);
        auto& status = entry(user);
        status.last_activity_at = db_.now();
        changed_.insert(user);
        if (status.manual || status.status == "online") return;
        status.status = "online";
        if (provisional_.contains(user)) return;
        now_shown = status;
    }
    tell_(now_shown);
}

void Statuses::on_last_gone(const UserId& user) {
    Status now_shown;
    {
        std::lock_guard lock(mutex_);
        connected_.erase(user);
        auto& status = entry(user);
        changed_.insert(user);
        if (status.manual || status.status == "offline") return;
        status.status = "offline";
        if (provisional_.contains(user)) return;
        now_shown = status;
    }
    tell_(now_shown);
}

void Statuses::on_activity(const UserId& user, bool is_active, bool is_manual) {
    const auto idle = idle_time();
    Status now_shown;
    {
        std::lock_guard lock(mutex_);
        if (!is_manual && !connected_.contains(user)) return;
        auto& status = entry(user);
        const auto now = db_.now();
        const bool is_idle = now - status.last_activity_at >= idle;
        if (is_active) status.last_activity_at = now;
        changed_.insert(user);
        if (is_manual)
            provisional_.erase(user);  // chosen now, whatever was chosen before
        else if (status.manual || (!is_active && !is_idle))
            return;
        const char* word = is_active ? "online" : "away";
        const bool is_same = status.status == word;
        if (is_manual) status.manual = !is_active;
        if (status.status == "dnd") status.dnd_end_time = 0;
        status.status = word;
        if (is_same || provisional_.contains(user)) return;
        now_shown = status;
    }
    tell_(now_shown);
}

bool Statuses::is_online(const UserId& user) const {
    std::lock_guard lock(mutex_);
    return connected_.contains(user);
}

void Statuses::tick() {
    load_provisional();
    const auto idle = idle_time();
    std::vector<Status> told;
    std::vector<UserId> to_save;
    {
        std::lock_guard lock(mutex_);
        const auto now = db_.now();
        for (auto& [user, status] : known_) {
            if (is_over(status, now)) {
                status.status = connected_.contains(user) ? "online" : "offline";
                status.manual = false;
                status.dnd_end_time = 0;
            } else if (!status.manual && status.status == "online" && now - status.last_activity_at > idle) {
                status.status = "away";
            } else {
                continue;
            }
            if (!provisional_.contains(user)) told.push_back(status);
            changed_.insert(user);
        }
        for (const auto& user : changed_)
            if (!provisional_.contains(user)) to_save.push_back(user);
    }
    for (const auto& status : told) tell_(status);
    if (!to_save.empty()) save(to_save);
}

// Those that change again meanwhile, or cannot be written now, stay marked as changed.
void Statuses::save(const std::vector<UserId>& users) {
    std::vector<Status> statuses;
    {
        std::lock_guard lock(mutex_);
        for (const auto& user : users) {
            statuses.push_back(known_[user]);
            changed_.erase(user);
        }
    }
    try {
        db_.read([&](storage::Tx& tx) { storage::StatusTable(tx).save(statuses); });
    } catch (...) {
        std::lock_guard lock(mutex_);
        changed_.insert(users.begin(), users.end());
        throw;
    }
}

}  // namespace concordat::messaging
