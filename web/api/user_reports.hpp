// Routes of the list of accounts that consoles of administrators show, in the shapes of official clients.
//
//   GET reports/users        sort_column CreateAt, Username, FirstName, LastName, Nickname, Email;
//   sort_direction asc, desc;
//                            direction next, prev with from_column_value and from_id, of the page before;
//                            page_size 1 to 100; date_range alltime, last30days, previousmonth, last6months;
//                            role_filter, team_filter, has_no_team, hide_active, hide_inactive, search_term
//   GET reports/users/count  a number, with the same filters
// Errors: invalid api.context.invalid_url_param.app_error.
#pragma once

namespace concordat::storage {
class Database;
}

namespace concordat::web {

class Router;
// `db` must outlive the router.
void add_user_report_routes(Router& routes, storage::Database& db);

}  // namespace concordat::web
