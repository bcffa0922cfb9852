#include "messaging/conversation/statuses.hpp"

#include "core/base/error.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/statuses.hpp"

namespace concordat::messaging {

Status& Statuses::entry(const UserId& user) {
    auto& status = known_[user];
    status.user_id = user;
    return status;
}

// Reads those that are not in memory yet.
bool Statuses::load(const std::vector<UserId>& users) {
    std::vector<UserId> missing;
    {
        std::lock_guard lock(mutex_);
        for (const auto& user : users)
            if (!known_.contains(user)) missing.push_back(user);
    }
    if (missing.empty()) return false;
    auto rows = db_.read([&](storage::Tx& tx) { return storage::StatusTable(tx).find(missing); });
    std::lock_guard lock(mutex_);
    for (auto& row : rows) {
        // Nobody written down as online is so because of that: only a connection counts.
        if (!row.manual && row.status != "offline" && !connected_.contains(row.user_id)) row.status = "offline";
        known_.try_emplace(row.user_id, row);
    }
    return true;
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

Status Statuses::of(const UserId& user) { return of(std::vector{user})[0]; }

std::vector<Status> Statuses::shown() {
    std::vector<Status> out;
    std::lock_guard lock(mutex_);
    for (const auto& [user, status] : known_)
        if (status.status != "offline") out.push_back(status);
    return out;
}

Status Statuses::choose(const UserId& user, const std::string& word, std::int64_t dnd_end_time) {
    require(word == "online" || word == "away" || word == "dnd" || word == "offline" || word == "ooo", Fault::invalid, "api.context.invalid_body_param.app_error", "Invalid or missing status in request body.");
    load({user});
    Status chosen;
    {
        std::lock_guard lock(mutex_);
        auto& status = entry(user);
        status.status = word;
        status.manual = word != "online";
        status.dnd_end_time = word == "dnd" ? dnd_end_time - dnd_end_time % 60 : 0;
        status.last_activity_at = db_.now();
        chosen = status;
    }
    db_.read([&](storage::Tx& tx) { storage::StatusTable(tx).save({chosen}); });
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
        now_shown = status;
    }
    tell_(now_shown);
}

void Statuses::on_activity(const UserId& user, bool is_active, bool is_manual) {
    Status now_shown;
    {
        std::lock_guard lock(mutex_);
        auto& status = entry(user);
        if (is_active) status.last_activity_at = db_.now();
        changed_.insert(user);
        if (status.manual && !is_manual) return;
        const char* word = is_active ? "online" : "away";
        if (status.status == word) return;
        status.status = word;
        status.manual = is_manual && !is_active;
        now_shown = status;
    }
    tell_(now_shown);
}

bool Statuses::is_online(const UserId& user) const {
    std::lock_guard lock(mutex_);
    return connected_.contains(user);
}

void Statuses::tick() {
    const auto idle = settings_.current()->TeamSettings.UserStatusAwayTimeout * 1000;
    std::vector<Status> told, saved;
    {
        std::lock_guard lock(mutex_);
        const auto now = db_.now();
        for (auto& [user, status] : known_) {
            if (status.status == "dnd" && status.dnd_end_time > 0 && status.dnd_end_time * 1000 <= now) {
                status.status = connected_.contains(user) ? "online" : "offline";
                status.manual = false;
                status.dnd_end_time = 0;
            } else if (!status.manual && status.status == "online" && now - status.last_activity_at > idle) {
                status.status = "away";
            } else {
                continue;
            }
            told.push_back(status);
            changed_.insert(user);
        }
        for (const auto& user : changed_) saved.push_back(known_[user]);
        changed_.clear();
    }
    for (const auto& status : told) tell_(status);
    if (!saved.empty()) db_.read([&](storage::Tx& tx) { storage::StatusTable(tx).save(saved); });
}

}  // namespace concordat::messaging
