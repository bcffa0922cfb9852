#include "web/api/user_groups.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "identity/account/people.hpp"
#include "messaging/group/user_groups.hpp"
#include "web/api/ldap.hpp"
#include "web/api/paging.hpp"
#include "web/api/path_ids.hpp"
#include "web/api/replies.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

using messaging::UserGroups;

const char* const why_about_groups = "who may read groups reads all, others those that may be mentioned";

constexpr std::int64_t most_groups_unpaged = 1000;
constexpr std::size_t most_group_names = 100;

struct GroupsOfPlace {
    std::vector<UserGroup> groups;
    std::int64_t total_group_count = 0;
};
BOOST_DESCRIBE_STRUCT(GroupsOfPlace, (), (groups, total_group_count))

struct CountedGroups {
    std::vector<UserGroup> groups;
    std::int64_t total_count = 0;
};
BOOST_DESCRIBE_STRUCT(CountedGroups, (), (groups, total_count))

struct GroupsByChannel {
    std::map<std::string, std::vector<UserGroup>> groups;
};
BOOST_DESCRIBE_STRUCT(GroupsByChannel, (), (groups))

struct GroupPeople {
    std::vector<User> members;
    std::int64_t total_member_count = 0;
};
BOOST_DESCRIBE_STRUCT(GroupPeople, (), (members, total_member_count))

struct GroupPeopleChange {
    std::vector<UserId> user_ids;
};
BOOST_DESCRIBE_STRUCT(GroupPeopleChange, (), (user_ids))

struct GroupStats {
    GroupId group_id;
    std::int64_t total_member_count = 0;
};
BOOST_DESCRIBE_STRUCT(GroupStats, (), (group_id, total_member_count))

GroupId group_in(const Call& call) {
    return call.id<GroupId>("group_id");
}

std::optional<bool> choice_in(const Call& call, const char* name) {
    if (!call.head.has_query(name)) return std::nullopt;
    return flag_in(call, name);
}

storage::GroupQuery query_of(const Call& call) {
    const auto page = paging_of(call);
    storage::GroupQuery query;
    query.term = call.head.query_value("q");
    query.only_referable = flag_in(call, "filter_allow_reference");
    query.with_unlinked = flag_in(call, "include_archived");
    query.only_unlinked = flag_in(call, "filter_archived");
    query.source = call.head.query_value("group_source");
    query.offset = page.offset();
    query.limit = page.per_page;
    if (call.head.query_value("paginate") == "false") {
        query.offset = 0;
        query.limit = most_groups_unpaged;
    }
    return query;
}

messaging::RemoteGroupQuery remote_query_of(const Call& call) {
    const auto page = paging_of(call);
    messaging::RemoteGroupQuery query;
    query.provider = call.head.query_value("provider");
    query.term = call.head.query_value("q");
    query.is_linked = choice_in(call, "is_linked");
    query.is_configured = choice_in(call, "is_configured");
    query.offset = static_cast<std::size_t>(page.offset());
    query.limit = static_cast<std::size_t>(page.per_page);
    return query;
}

// A link as clients know it: with the team's or the channel's id.
json::object shown_place(const GroupPlace& place) {
    json::object out{{"group_id", place.group_id.text()},  {"auto_add", place.auto_add},
                     {"scheme_admin", place.scheme_admin}, {"create_at", place.create_at},
                     {"update_at", place.update_at},       {"delete_at", place.delete_at},
                     {"team_id", place.team_id.text()}};
    if (!place.is_channel) {
        out["team_display_name"] = place.display_name;
        out["team_type"] = place.type;
        return out;
    }
    out["channel_id"] = place.place_id.text();
    out["channel_display_name"] = place.display_name;
    out["channel_type"] = place.type;
    out["team_display_name"] = place.team_display_name;
    out["team_type"] = place.team_type;
    return out;
}

json::array shown_place(const std::vector<GroupPlace>& places) {
    json::array out;
    for (const auto& place : places) out.push_back(shown_place(place));
    return out;
}

// Counts are told when they are asked for.
std::vector<UserGroup> with_counts_asked_for(const Call& call, std::vector<UserGroup> groups) {
    if (!flag_in(call, "include_member_count"))
        for (auto& group : groups) group.member_count.reset();
    return groups;
}

std::vector<UserGroup> with_what_is_asked_for(UserGroups& groups, const Call& call,
                                              std::vector<UserGroup> page) {
    if (flag_in(call, "include_member_ids")) groups.add_member_ids(page);
    return with_counts_asked_for(call, std::move(page));
}

UserGroup without_count(UserGroup group) {
    group.member_count.reset();
    return group;
}

GroupsOfPlace groups_of_place(const Call& call, std::pair<std::vector<UserGroup>, std::int64_t> found) {
    return {with_counts_asked_for(call, std::move(found.first)), found.second};
}

Reply listed_groups(UserGroups& groups, const Call& call) {
    auto query = query_of(call);
    query.not_linked_to = id_as<AnyId>(id_in<TeamId>(call, "not_associated_to_team"));
    if (query.not_linked_to.empty())
        query.not_linked_to = id_as<AnyId>(id_in<ChannelId>(call, "not_associated_to_channel"));
    if (flag_in(call, "only_syncable_sources")) {
        query.source.clear();
        query.without_custom = true;
    }
    query.without_custom = query.without_custom || !query.not_linked_to.empty();
    query.user_id = id_in<UserId>(call, "filter_has_member");
    query.since = number_in(call, "since", 0);
    if (query.since < 0) throw bad_url("since");
    auto page = with_what_is_asked_for(groups, call, groups.list(call.actor, query));
    if (!flag_in(call, "include_total_count")) return json_reply(page);
    return json_reply(CountedGroups{std::move(page), groups.count(call.actor, query)});
}

std::vector<UserGroup> groups_named(UserGroups& groups, const Call& call, std::vector<std::string> names) {
    if (names.empty() || names.size() > most_group_names) throw bad_body("group_names");
    storage::GroupQuery query;
    query.names = std::move(names);
    query.limit = static_cast<std::int64_t>(most_group_names);
    auto out = groups.list(call.actor, query);
    for (auto& group : out) group.member_count.reset();
    return out;
}

// As a group, and as the OK that some clients look for.
json::object changed_group(UserGroup group) {
    auto out = json::parse(json_text(without_count(std::move(group)))).as_object();
    out["status"] = "OK";
    return out;
}

json::array shown_counts(const std::vector<messaging::ChannelGroupCount>& counts) {
    json::array out;
    for (const auto& [group, count] : counts)
        out.push_back(json::object{{"group_id", group.text()},
                                   {"channel_member_count", count},
                                   {"channel_member_timezones_count", 0}});
    return out;
}

GroupPeople people_of(UserGroups& groups, identity::People& people, const Call& call) {
    const auto page = paging_of(call);
    const auto found = groups.members(call.actor, group_in(call), page.offset(), page.per_page);
    return {people.among(call.actor, found.ids, 0), found.total_member_count};
}

// With what clients show beside them.
struct GroupLeaver : User {
    std::vector<UserGroup> groups;
    bool scheme_guest = false, scheme_user = true, scheme_admin = false;
};
BOOST_DESCRIBE_STRUCT(GroupLeaver, (User), (groups, scheme_guest, scheme_user, scheme_admin))

struct GroupLeavers {
    std::vector<GroupLeaver> users;
    std::int64_t total_count = 0;
};
BOOST_DESCRIBE_STRUCT(GroupLeavers, (), (users, total_count))

GroupLeavers leavers_of(UserGroups& groups, identity::People& people, const Call& call, const AnyId& place) {
    std::vector<GroupId> remaining;
    for (const auto& text : split_words(call.head.query_value("group_ids"), ',')) {
        if (!looks_like_id(text)) throw bad_url("group_ids");
        remaining.push_back(GroupId::from_text(text));
    }
    const auto page = paging_of(call);
    const auto found = groups.leavers(place, remaining, page.offset(), page.per_page);
    GroupLeavers out;
    out.total_count = found.total_member_count;
    for (auto& user : people.among(call.actor, found.ids, 0)) {
        auto& shown = out.users.emplace_back();
        static_cast<User&>(shown) = std::move(user);
        shown.groups = groups.of_user(call.actor, shown.id);
    }
    return out;
}

Reply linked_reply(UserGroups& groups, const Call& call) {
    auto [group, is_new] = groups.link(call.actor, call.head.query_value("provider"),
                                       call.path_value("remote_id"), call.head.request_id);
    auto reply = json_reply(without_count(std::move(group)));
    reply.status = is_new ? 201 : 200;
    return reply;
}

void add_directory_group_routes(Router& routes, UserGroups& groups, identity::Directories& directories,
                                const GroupFollowing& follow) {
    routes
        .get("/ldap/groups", on_system(Permission::sysconsole_read_user_management_groups),
             [&](Call& call) {
                 need_directory(directories);
                 return groups.remote(call.actor, remote_query_of(call));
             })
        .on(Lane::bulk);
    routes
        .post("/ldap/groups/{remote_id}/link", on_system(Permission::sysconsole_write_user_management_groups),
              [&, follow](Call& call) -> Reply {
                  need_directory(directories);
                  auto reply = linked_reply(groups, call);
                  follow.sync_directories();
                  return reply;
              })
        .on(Lane::bulk);
    routes.del("/ldap/groups/{remote_id}/link",
               on_system(Permission::sysconsole_write_user_management_groups), [&, follow](Call& call) {
                   groups.unlink(call.actor, call.head.query_value("provider"), call.path_value("remote_id"),
                                 call.head.request_id);
                   follow.sync_directories();
               });
}

void add_person_following_route(Router& routes, identity::People& people, const GroupFollowing& follow) {
    routes
        .post("/ldap/users/{user_id}/group_sync_memberships",
              on_system(Permission::sysconsole_write_user_management_groups),
              [&people, follow](Call& call) {
                  follow.person(people.get(call.actor, user_of(call)).id, call.head.request_id);
              })
        .on(Lane::bulk);
}

void add_place_routes(Router& routes, UserGroups& groups, const GroupFollowing& follow) {
    const auto reads = on_system(Permission::sysconsole_read_user_management_groups);
    const auto done = [follow](const Call& call) {
        follow.sync_directories();
        follow.provisioned(group_in(call), call.head.request_id);
    };
    const auto links = checked_inside("needs the right to manage the members of the team or channel");
    routes.get("/groups/{group_id}/teams", reads,
               [&](Call& call) { return shown_place(groups.teams(call.actor, group_in(call))); });
    routes.get("/groups/{group_id}/channels", reads,
               [&](Call& call) { return shown_place(groups.channels(call.actor, group_in(call))); });
    routes.get("/groups/{group_id}/teams/{team_id}", reads, [&](Call& call) {
        return shown_place(groups.team(call.actor, group_in(call), team_of(call)));
    });
    routes.get("/groups/{group_id}/channels/{channel_id}", reads, [&](Call& call) {
        return shown_place(groups.channel(call.actor, group_in(call), channel_of(call)));
    });
    routes.post("/groups/{group_id}/teams/{team_id}/link", links,
                [&, done](Call& call, GroupPlacePatch body) {
                    const auto made = groups.link_team(call.actor, group_in(call), team_of(call), body);
                    done(call);
                    return Created<json::object>{shown_place(made)};
                });
    routes.post("/groups/{group_id}/channels/{channel_id}/link", links,
                [&, done](Call& call, GroupPlacePatch body) {
                    const auto made = groups.link_channel(call.actor, group_in(call), channel_of(call), body);
                    done(call);
                    return Created<json::object>{shown_place(made)};
                });
    routes.put("/groups/{group_id}/teams/{team_id}/patch", links,
               [&, done](Call& call, GroupPlacePatch body) {
                   const auto made = groups.patch_team(call.actor, group_in(call), team_of(call), body);
                   done(call);
                   return shown_place(made);
               });
    routes.put("/groups/{group_id}/channels/{channel_id}/patch", links,
               [&, done](Call& call, GroupPlacePatch body) {
                   const auto made = groups.patch_channel(call.actor, group_in(call), channel_of(call), body);
                   done(call);
                   return shown_place(made);
               });
    routes.del("/groups/{group_id}/teams/{team_id}/link", links, [&, done](Call& call) {
        groups.unlink_team(call.actor, group_in(call), team_of(call));
        done(call);
    });
    routes.del("/groups/{group_id}/channels/{channel_id}/link", links, [&, done](Call& call) {
        groups.unlink_channel(call.actor, group_in(call), channel_of(call));
        done(call);
    });
}

void add_own_group_routes(Router& routes, UserGroups& groups) {
    routes.post("/groups", on_system(Permission::create_custom_group),
                [&](Call& call, const messaging::NewGroup& body) {
                    return Created<UserGroup>{groups.make(call.actor, body, call.head.request_id)};
                });
    routes.del("/groups/{group_id}", on_system(Permission::delete_custom_group), [&](Call& call) {
        return changed_group(groups.remove(call.actor, group_in(call), call.head.request_id));
    });
    routes.post("/groups/{group_id}/restore", on_system(Permission::restore_custom_group), [&](Call& call) {
        return changed_group(groups.restore(call.actor, group_in(call), call.head.request_id));
    });
    routes.post("/groups/{group_id}/members", on_system(Permission::manage_custom_group_members),
                [&](Call& call, const GroupPeopleChange& body) {
                    return groups.add_members(call.actor, group_in(call), body.user_ids,
                                              call.head.request_id);
                });
    routes.del("/groups/{group_id}/members", on_system(Permission::manage_custom_group_members),
               [&](Call& call, const GroupPeopleChange& body) {
                   return groups.remove_members(call.actor, group_in(call), body.user_ids,
                                                call.head.request_id);
               });
}

}  // namespace

void add_user_group_routes(Router& routes, UserGroups& groups, identity::Directories& directories,
                           identity::People& people, const GroupFollowing& follow) {
    add_directory_group_routes(routes, groups, directories, follow);
    routes.get("/groups", checked_inside(why_about_groups),
               [&](Call& call) { return listed_groups(groups, call); });
    routes.post("/groups/names", checked_inside(why_about_groups),
                [&](Call& call, std::vector<std::string> body) { return groups_named(groups, call, body); });
    routes.get("/groups/{group_id}", checked_inside(why_about_groups), [&](Call& call) {
        auto group = groups.get(call.actor, group_in(call));
        return flag_in(call, "include_member_count") ? group : without_count(std::move(group));
    });
    routes.put("/groups/{group_id}/patch",
               checked_inside("edit_custom_group, or who may write groups for those of other sources"),
               [&](Call& call, UserGroupPatch body) {
                   return without_count(groups.patch(call.actor, group_in(call), body));
               });
    routes.get("/groups/{group_id}/members", checked_inside(why_about_groups),
               [&](Call& call) { return people_of(groups, people, call); });
    routes.get("/groups/{group_id}/stats", checked_inside(why_about_groups), [&](Call& call) {
        const auto group = groups.get(call.actor, group_in(call));
        return GroupStats{group.id, group.member_count.value_or(0)};
    });
    add_place_routes(routes, groups, follow);
    add_person_following_route(routes, people, follow);
    add_own_group_routes(routes, groups);
    routes.get("/teams/{team_id}/groups", checked_inside("list_team_channels, or who may read groups"),
               [&](Call& call) {
                   return groups_of_place(call, groups.of_team(call.actor, team_of(call), query_of(call)));
               });
    routes.get("/teams/{team_id}/groups_by_channels", on_team(Permission::list_team_channels, "team_id"),
               [&](Call& call) { return GroupsByChannel{groups.of_channels(call.actor, team_of(call))}; });
    routes.get("/channels/{channel_id}/groups", checked_inside("depends on the type of the channel"),
               [&](Call& call) {
                   return groups_of_place(call,
                                          groups.of_channel(call.actor, channel_of(call), query_of(call)));
               });
    routes.get("/channels/{channel_id}/member_counts_by_group",
               on_channel(Permission::read_channel, "channel_id"),
               [&](Call& call) { return shown_counts(groups.channel_counts(channel_of(call))); });
    const auto reads = on_system(Permission::sysconsole_read_user_management_groups);
    routes.get("/teams/{team_id}/members_minus_group_members", reads,
               [&](Call& call) { return leavers_of(groups, people, call, id_as<AnyId>(team_of(call))); });
    routes.get("/channels/{channel_id}/members_minus_group_members", reads,
               [&](Call& call) { return leavers_of(groups, people, call, id_as<AnyId>(channel_of(call))); });
    routes.get(
        "/users/{user_id}/groups", self_or(Permission::sysconsole_read_user_management_groups, "user_id"),
        [&](Call& call) { return with_counts_asked_for(call, groups.of_user(call.actor, user_of(call))); });
}

}  // namespace concordat::web
