// The list of accounts as the console of administrators shows it, with what is counted about each.
//
// Thread-safe; calls block, and counting reads all posts of the time that is asked for: bulk lane. Who may
// ask is the route's business.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <vector>
#include "core/model/user.hpp"
#include "storage/tables/user_reports.hpp"

namespace concordat::identity {

// An account, as administrators see it.
struct UserReport : User {
    Millis last_login = 0, last_status_at = 0;  // the newest session that there still is; 0: none
    std::optional<Millis> last_post_date;
    std::int64_t days_active = 0, total_posts = 0;
};
BOOST_DESCRIBE_STRUCT(UserReport, (User),
                      (last_login, last_status_at, last_post_date, days_active, total_posts))

// The time whose posts are counted.
enum class ReportRange { all_time, last_30_days, previous_month, last_6_months };

class UserReports {
public:
    static constexpr std::int64_t longest_page = 100;

    // `db` must outlive this object.
    explicit UserReports(storage::Database& db) : db_(db) {}

    std::vector<UserReport> page(const storage::UserReportQuery& query, ReportRange range);
    std::int64_t count(const storage::UserReportQuery& query);

private:
    storage::Database& db_;
};

}  // namespace concordat::identity
