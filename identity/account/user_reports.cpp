#include "identity/account/user_reports.hpp"

#include <chrono>
#include <limits>
#include <unordered_map>
#include <utility>

#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

using namespace std::chrono;

Millis start_of(year_month month) {
    return duration_cast<milliseconds>(sys_days(month / 1).time_since_epoch()).count();
}

// From the first up to the second, which is not counted.
std::pair<Millis, Millis> bounds_of(ReportRange range, Millis now) {
    constexpr auto for_ever = std::numeric_limits<Millis>::max();
    const year_month_day today(floor<days>(sys_time<milliseconds>(milliseconds(now))));
    const year_month month = today.year() / today.month();
    switch (range) {
        case ReportRange::all_time:
            return {0, for_ever};
        case ReportRange::last_30_days:
            return {now - duration_cast<milliseconds>(days(30)).count(), for_ever};
        case ReportRange::previous_month:
            return {start_of(month - months(1)), start_of(month)};
        case ReportRange::last_6_months:
            return {start_of(month - months(6)), for_ever};
    }
    return {0, for_ever};
}

}  // namespace

std::vector<UserReport> UserReports::page(const storage::UserReportQuery& query, ReportRange range) {
    return db_.read([&](storage::Tx& tx) {
        storage::UserReportTable table(tx);
        const auto ids = table.page(query);
        const auto [since, until] = bounds_of(range, tx.now());
        std::unordered_map<UserId, storage::UserCounts> counts;
        for (const auto& one : table.counts(ids, since, until)) counts[one.id] = one;
        std::unordered_map<UserId, User> users;
        for (auto& user : storage::UserTable(tx).find(ids)) users[user.id] = std::move(user);
        std::vector<UserReport> out;
        for (const auto& id : ids) {
            UserReport line;
            static_cast<User&>(line) = std::move(users[id]);
            line.auth_data.clear();
            line.notify_props.reset();
            const auto& counted = counts[id];
            line.last_login = counted.last_login;
            line.last_status_at = counted.last_status_at;
            if (counted.last_post_date > 0) line.last_post_date = counted.last_post_date;
            line.days_active = counted.days_active;
            line.total_posts = counted.total_posts;
            out.push_back(std::move(line));
        }
        return out;
    });
}

std::int64_t UserReports::count(const storage::UserReportQuery& query) {
    return db_.read([&](storage::Tx& tx) { return storage::UserReportTable(tx).count(query); });
}

}  // namespace concordat::identity
