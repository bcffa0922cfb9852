#include "web/api/user_reports.hpp"

#include "core/base/text.hpp"
#include "identity/account/user_reports.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

using identity::ReportRange;
using identity::UserReports;
using storage::ReportColumn;
using storage::UserReportQuery;

// The value of the word that a parameter holds; the first when it is absent.
template <class Value>
Value chosen(const Call& call, const char* name,
             std::initializer_list<std::pair<std::string_view, Value>> choices) {
    const auto text = call.head.query_value(name);
    if (text.empty()) return choices.begin()->second;
    for (const auto& [word, value] : choices)
        if (word == text) return value;
    throw bad_url(name);
}

// Of a parameter; the database takes no other text.
std::string text_in(const Call& call, const char* name) {
    auto text = call.head.query_value(name);
    if (!is_utf8(text) || text.find('\0') != text.npos) throw bad_url(name);
    return text;
}

UserReportQuery accounts_asked_for(const Call& call) {
    UserReportQuery query;
    query.role = text_in(call, "role_filter");
    query.term = lower_ascii(trimmed(text_in(call, "search_term")));
    query.without_team = flag_in(call, "has_no_team");
    if (!query.without_team) query.team = id_in<TeamId>(call, "team_filter");
    const bool without_active = flag_in(call, "hide_active"),
               without_inactive = flag_in(call, "hide_inactive");
    if (without_active && without_inactive) throw bad_url("hide_active");
    if (without_active || without_inactive) query.active = without_inactive;
    return query;
}

UserReportQuery page_asked_for(const Call& call) {
    auto query = accounts_asked_for(call);
    query.column = chosen<ReportColumn>(call, "sort_column",
                                        {{"Username", ReportColumn::username},
                                         {"CreateAt", ReportColumn::created},
                                         {"FirstName", ReportColumn::first_name},
                                         {"LastName", ReportColumn::last_name},
                                         {"Nickname", ReportColumn::nickname},
                                         {"Email", ReportColumn::email}});
    query.is_descending = call.head.query_value("sort_direction") == "desc";
    query.is_backward = chosen<bool>(call, "direction", {{"next", false}, {"prev", true}});
    query.limit = number_in(call, "page_size", query.limit);
    if (query.limit < 1 || query.limit > UserReports::longest_page) throw bad_url("page_size");
    query.from_value = text_in(call, "from_column_value");
    query.from_id = id_in<UserId>(call, "from_id");
    const bool is_number = query.column == ReportColumn::created && !query.from_id.empty();
    if (is_number && number_in(call, "from_column_value", -1) < 0) throw bad_url("from_column_value");
    return query;
}

}  // namespace

void add_user_report_routes(Router& routes, storage::Database& db) {
    constexpr auto read = Permission::sysconsole_read_user_management_users;
    routes
        .get("/reports/users", on_system(read),
             [&db](Call& call) {
                 // A range that makes no sense is the widest one, as clients expect.
                 const auto named = call.head.query_value("date_range");
                 const auto range = named == "last30days"      ? ReportRange::last_30_days
                                    : named == "previousmonth" ? ReportRange::previous_month
                                    : named == "last6months"   ? ReportRange::last_6_months
                                                               : ReportRange::all_time;
                 return UserReports(db).page(page_asked_for(call), range);
             })
        .on(Lane::bulk);
    routes
        .get("/reports/users/count", on_system(read),
             [&db](Call& call) { return UserReports(db).count(accounts_asked_for(call)); })
        .on(Lane::bulk);
}

}  // namespace concordat::web
