// Accounts with what is counted about them, for administrators: over the tables users, statuses, sessions and
// posts. The counts read the posts of the time that is asked for: some seconds with ten million.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/user.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

enum class ReportColumn { created, username, first_name, last_name, nickname, email };

// Bots are never among them. What is empty does not narrow.
struct UserReportQuery {
    std::string role, term;  // part of a name or an address, in lower case
    TeamId team;
    bool without_team = false;
    std::optional<bool> active;

    ReportColumn column = ReportColumn::username;
    bool is_descending = false;
    // Of a page: those after the account with this value and id, or before it. An empty id: from the start,
    // or the end.
    std::string from_value;
    UserId from_id;
    bool is_backward = false;
    std::int64_t limit = 50;
};

struct UserCounts {
    UserId id;
    Millis last_login = 0;      // of the sessions that there still are
    Millis last_status_at = 0;  // 0: never
    Millis last_post_date = 0;
    std::int64_t days_active = 0, total_posts = 0;  // days of UTC with a post
};

class UserReportTable {
public:
    explicit UserReportTable(Tx& tx) : tx_(tx) {}
    // Ids, in the order of the query.
    std::vector<UserId> page(const UserReportQuery& query);
    std::int64_t count(const UserReportQuery& query);
    // Of posts from `since` on and before `until`, replies and deleted ones included, notices of the system
    // not. Those of `ids` without any are not in it.
    std::vector<UserCounts> counts(const std::vector<UserId>& ids, Millis since, Millis until);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
