#include <algorithm>

#include "core/base/text.hpp"
#include "identity/account/accounts.hpp"
#include "identity/account/people.hpp"
#include "messaging/group/user_groups.hpp"
#include "web/api/paging.hpp"
#include "web/api/users.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

constexpr std::int64_t default_completions = 100, most_completions = 1000;

struct UsersStats {
    std::int64_t total_users_count = 0;
};
BOOST_DESCRIBE_STRUCT(UsersStats, (), (total_users_count))

// Roles come as one, and as a list with commas.
std::vector<std::string> roles_in(const Call& call) {
    auto roles = split_words(call.head.query_value("roles"), ',');
    if (auto one = call.head.query_value("role"); !one.empty()) roles.push_back(std::move(one));
    return roles;
}

identity::PeopleList list_in(const Call& call) {
    // Roles that a membership gives do not narrow lists here; saying so beats a list of too many.
    for (const char* name : {"in_group", "not_in_group", "channel_roles", "team_roles"})
        require(call.head.query_value(name).empty(), Fault::unsupported,
                "api.user.get_users.filter.app_error",
                "This server does not count people by groups, or list them by roles in teams and channels.");
    const auto paging = paging_of(call);
    identity::PeopleList list;
    list.in_team = id_in<TeamId>(call, "in_team");
    list.not_in_team = id_in<TeamId>(call, "not_in_team");
    list.in_channel = id_in<ChannelId>(call, "in_channel");
    list.not_in_channel = id_in<ChannelId>(call, "not_in_channel");
    list.without_team = flag_in(call, "without_team");
    list.active = flag_in(call, "active");
    list.inactive = flag_in(call, "inactive");
    list.roles = roles_in(call);
    list.sort = call.head.query_value("sort");
    list.offset = paging.offset();
    list.limit = paging.per_page;
    return list;
}

// Texts that are no ids are unknown people like any other.
std::vector<UserId> ids_among(const std::vector<std::string>& texts) {
    std::vector<UserId> ids;
    for (const auto& text : texts)
        if (looks_like_id(text)) ids.push_back(UserId::from_text(text));
    return ids;
}

Millis since_in(const Call& call) {
    if (call.head.query_value("since").empty()) return 0;
    const auto since = number_in(call, "since", -1);
    if (since < 0) throw bad_url("since");
    return since;
}

TeamId team_to_complete_in(const Call& call) {
    const auto team = id_in<TeamId>(call, "in_team");
    return team.empty() ? id_in<TeamId>(call, "team_id") : team;
}

ChannelId channel_to_complete_in(const Call& call) {
    const auto channel = id_in<ChannelId>(call, "in_channel");
    return channel.empty() ? id_in<ChannelId>(call, "channel_id") : channel;
}

// Active people, in a group or in none of that name; by user name.
std::vector<User> members_in(const Call& call, messaging::UserGroups& groups, identity::People& people) {
    for (const char* name : {"not_in_team", "without_team", "inactive", "role", "roles", "sort"})
        require(call.head.query_value(name).empty(), Fault::unsupported,
                "api.user.get_users.filter.app_error",
                "This server narrows lists by groups together with in_team, in_channel and not_in_channel.");
    const auto paging = paging_of(call);
    storage::GroupPeopleQuery query;
    query.in_group = id_in<GroupId>(call, "in_group");
    query.not_in_group = id_in<GroupId>(call, "not_in_group");
    query.in_team = id_in<TeamId>(call, "in_team");
    query.in_channel = id_in<ChannelId>(call, "in_channel");
    query.not_in_channel = id_in<ChannelId>(call, "not_in_channel");
    query.offset = paging.offset();
    query.limit = paging.per_page;
    auto found = people.among(call.actor, groups.people(call.actor, query), 0);
    std::sort(found.begin(), found.end(),
              [](const User& a, const User& b) { return a.username < b.username; });
    return found;
}

bool is_narrowed_by_groups(const Call& call) {
    return !call.head.query_value("in_group").empty() || !call.head.query_value("not_in_group").empty();
}

}  // namespace

void add_people_routes(Router& routes, identity::People& people, identity::Accounts& accounts,
                       messaging::UserGroups& groups) {
    routes.get("/users", checked_inside("each narrowing needs its own permission"), [&](Call& call) {
        if (is_narrowed_by_groups(call)) return members_in(call, groups, people);
        return people.list(call.actor, list_in(call));
    });

    routes.post("/users/ids", checked_inside("guests see people of their channels only"),
                [&](Call& call, std::vector<std::string> body) {
                    if (body.empty()) throw bad_body("user_ids");
                    return people.among(call.actor, ids_among(body), since_in(call));
                });
    routes.post("/users/usernames", checked_inside("guests see people of their channels only"),
                [&](Call& call, std::vector<std::string> body) {
                    if (body.empty()) throw bad_body("usernames");
                    return people.by_usernames(call.actor, body);
                });
    routes.post("/users/group_channels", checked_inside("members of the channels only"),
                [&](Call& call, std::vector<ChannelId> body) {
                    if (body.empty()) throw bad_body("group_channel_ids");
                    return people.in_group_channels(call.actor, body);
                });

    routes.post("/users/search", checked_inside("each narrowing needs its own permission"),
                [&](Call& call, identity::PeopleSearch body) { return people.search(call.actor, body); });
    routes.get("/users/autocomplete", checked_inside("members of the team, readers of the channel"),
               [&](Call& call) {
                   const auto limit = std::clamp<std::int64_t>(number_in(call, "limit", default_completions),
                                                               1, most_completions);
                   return people.complete(call.actor, team_to_complete_in(call), channel_to_complete_in(call),
                                          call.head.query_value("name"), limit);
               });

    routes.get("/users/known", signed_in(),
               [&](Call& call) { return accounts.known_to(call.actor.user_id); });
    routes
        .get("/users/invalid_emails", on_system(Permission::sysconsole_read_user_management_users),
             [&](Call& call) {
                 const auto paging = paging_of(call);
                 return people.with_refused_addresses(call.actor, paging.offset(), paging.per_page);
             })
        .on(Lane::bulk);
    routes.get("/users/stats/filtered", on_system(Permission::sysconsole_read_user_management_users),
               [&](Call& call) {
                   auto wanted = list_in(call);
                   wanted.active = !flag_in(call, "include_deleted");
                   return UsersStats{people.count(call.actor, wanted, flag_in(call, "include_bots"))};
               });
    routes.get("/users/stats", signed_in(), [&](Call& call) { return UsersStats{people.count(call.actor)}; });
}

}  // namespace concordat::web
