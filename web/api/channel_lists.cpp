#include "messaging/conversation/channel_lists.hpp"

#include <algorithm>

#include "core/config/live.hpp"
#include "messaging/conversation/joining.hpp"
#include "storage/tables/channels.hpp"
#include "web/api/channels.hpp"
#include "web/api/paging.hpp"
#include "web/api/path_ids.hpp"
#include "web/api/replies.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

struct Term {
    std::string term;
};
BOOST_DESCRIBE_STRUCT(Term, (), (term))

constexpr std::int64_t most_found = 1000;

messaging::Slice slice_of(const Call& call) {
    const auto page = paging_of(call);
    return {page.offset(), page.per_page};
}

messaging::ArchivedToo archived_in(const Call& call) {
    return {flag_in(call, "include_deleted"), number_in(call, "last_delete_at", 0)};
}

// Two keys of the body are words of C++, so it has no struct.
storage::ChannelSearch search_in(const json::object& body, const Settings& settings) {
    storage::ChannelSearch search;
    const auto flag = [&](const char* key) {
        bool value = false;
        if (const auto* given = body.if_contains(key)) from_json(*given, value, key);
        return value;
    };
    if (const auto* term = body.if_contains("term")) from_json(*term, search.term, "term");
    if (const auto* teams = body.if_contains("team_ids")) from_json(*teams, search.teams, "team_ids");
    if (flag("public") != flag("private")) {
        search.with_public = flag("public");
        search.with_private = flag("private");
    }
    if (const auto* group = body.if_contains("not_associated_to_group"); group && *group != "")
        from_json(*group, search.not_of_group, "not_associated_to_group");
    if (flag("exclude_default_channels")) search.not_named = messaging::default_channels(settings);
    search.without_policy = flag("exclude_policy_constrained");
    search.group_constrained = flag("group_constrained");
    search.live = !flag("deleted");
    search.archived = flag("deleted") || flag("include_deleted");
    return search;
}

Reply searched(messaging::ChannelLists& lists, const Call& call, const json::object& body,
               const Settings& settings) {
    auto search = search_in(body, settings);
    std::optional<std::int64_t> page, per_page;
    if (const auto* given = body.if_contains("page"); given && !given->is_null())
        from_json(*given, page, "page");
    if (const auto* given = body.if_contains("per_page"); given && !given->is_null())
        from_json(*given, per_page, "per_page");
    const bool is_paged = page && per_page;
    search.limit = is_paged ? std::clamp<std::int64_t>(*per_page, 0, 200) : most_found;
    search.offset = is_paged ? std::clamp<std::int64_t>(*page, 0, 1'000'000) * search.limit : 0;
    const auto found =
        lists.search_teams(call.actor, std::move(search), call.head.query_value("system_console") != "false");
    return is_paged ? json_reply(found) : json_reply(found.channels);
}

// All that there are, for administrators.
Reply listed(messaging::ChannelLists& lists, const Call& call, const Settings& settings) {
    storage::ChannelSearch search;
    search.not_of_group = id_in<GroupId>(call, "not_associated_to_group");
    if (flag_in(call, "exclude_default_channels")) search.not_named = messaging::default_channels(settings);
    search.without_policy = flag_in(call, "exclude_policy_constrained");
    search.archived = flag_in(call, "include_deleted");
    const auto page = paging_of(call);
    search.offset = page.offset();
    search.limit = page.per_page;
    const auto found = lists.search_teams(call.actor, std::move(search), true);
    return flag_in(call, "include_total_count") ? json_reply(found) : json_reply(found.channels);
}

}  // namespace

void add_channel_list_routes(Router& routes, messaging::ChannelLists& lists, const LiveSettings& settings) {
    routes.get("/channels", on_system(Permission::sysconsole_read_user_management_channels),
               [&](Call& call) { return listed(lists, call, *settings.current()); });
    routes.get("/users/{user_id}/channels", self_or(Permission::edit_other_users, "user_id"),
               [&](Call& call) { return lists.of_user(call.id<UserId>("user_id"), archived_in(call)); });

    routes.get("/users/{user_id}/teams/{team_id}/channels", self_or(Permission::edit_other_users, "user_id"),
               [&](Call& call) {
                   return tagged_by_content(
                       call, json_reply(lists.of_user_in_team(call.actor, call.id<UserId>("user_id"),
                                                              team_of(call), archived_in(call))));
               });

    routes.get("/teams/{team_id}/channels", on_team(Permission::list_team_channels, "team_id"),
               [&](Call& call) { return lists.public_of_team(call.actor, team_of(call), slice_of(call)); });

    routes.get("/teams/{team_id}/channels/private", on_system(Permission::manage_system),
               [&](Call& call) { return lists.private_of_team(call.actor, team_of(call), slice_of(call)); });

    routes.get("/teams/{team_id}/channels/deleted", on_team(Permission::list_team_channels, "team_id"),
               [&](Call& call) { return lists.archived_of_team(call.actor, team_of(call), slice_of(call)); });

    routes.post("/teams/{team_id}/channels/ids", on_team(Permission::view_team, "team_id"),
                [&](Call& call, std::vector<ChannelId> body) {
                    return lists.public_among(call.actor, team_of(call), body);
                });

    routes.get("/teams/{team_id}/channels/autocomplete", on_team(Permission::list_team_channels, "team_id"),
               [&](Call& call) {
                   return lists.autocomplete(call.actor, team_of(call), call.head.query_value("name"));
               });

    routes.get("/teams/{team_id}/channels/search_autocomplete", checked_inside("the caller's own channels"),
               [&](Call& call) {
                   return lists.autocomplete_own(call.actor, team_of(call), call.head.query_value("name"));
               });

    routes.post(
        "/teams/{team_id}/channels/search", checked_inside("who may not list them finds his own"),
        [&](Call& call, Term body) { return lists.search_public(call.actor, team_of(call), body.term); });

    routes.post(
        "/channels/search",
        checked_inside("everything for administrators, otherwise what the caller may find"),
        [&](Call& call, json::object body) { return searched(lists, call, body, *settings.current()); });

    routes.post("/channels/group/search", checked_inside("the caller's own channels"),
                [&](Call& call, Term body) { return lists.search_groups(call.actor, body.term); });

    routes.post(
        "/channels/stats/member_count", checked_inside("of channels the caller may see"),
        [&](Call& call, std::vector<ChannelId> body) { return lists.member_counts(call.actor, body); });
}

}  // namespace concordat::web
