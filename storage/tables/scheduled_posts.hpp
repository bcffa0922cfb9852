// The scheduled_posts table: posts that wait for their time, and those that could not be sent.
#pragma once
#include <optional>
#include <vector>
#include "core/model/scheduled_post.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class ScheduledPostTable {
public:
    explicit ScheduledPostTable(Tx& tx) : tx_(tx) {}
    void insert(const ScheduledPost& post);
    // Writes text, files, priority and times; attempts start anew at scheduled_at.
    void update(const ScheduledPost& post);
    std::optional<ScheduledPost> find(const ScheduledPostId& id);
    // For update: what is decided of it stands until the commit.
    std::optional<ScheduledPost> lock(const ScheduledPostId& id);
    // The same without its text: for one that cannot be read.
    std::optional<ScheduledPost> lock_unread(const ScheduledPostId& id);
    // Everything the person has, soonest first.
    std::vector<ScheduledPost> all_of(const UserId& user);
    // In channels of this team (the empty id: between people), soonest first.
    std::vector<ScheduledPost> of_team(const UserId& user, const TeamId& team);
    // Takes turns with other counts of this person until the commit.
    std::int64_t count(const UserId& user);
    bool remove(const ScheduledPostId& id);

    // Whose attempt is due, soonest first.
    std::vector<ScheduledPostId> due(Millis now, std::int64_t limit);
    // Counts an attempt that is repeated after `pause`, which doubles with each; how many there were.
    std::int64_t postpone(const ScheduledPostId& id, Millis now, Millis pause);
    void mark_failed(const ScheduledPostId& id, const std::string& error_code, Millis now);
    std::int64_t remove_failed(Millis before, std::int64_t limit);
    // Those sealed with the keys of these days (since 1970-01-01) are sealed with that of today.
    void seal_again(std::int64_t first_day, std::int64_t last_day);

private:
    ScheduledPost row(const pqxx::row& row);
    std::optional<ScheduledPost> one(const pqxx::result& rows);
    std::vector<ScheduledPost> rows(const pqxx::result& rows);
    Tx& tx_;
};

}  // namespace concordat::storage
