#include "core/model/post.hpp"
#include "messaging/conversation/channel_links.hpp"
#include "messaging/conversation/post_pages.hpp"
#include "web/api/paging.hpp"
#include "web/api/posts.hpp"
#include "web/api/replies.hpp"

namespace concordat::web {
namespace {

constexpr std::int64_t largest_thread_page = 200;

struct SearchRequest {
    std::optional<std::string> terms;
    std::optional<bool> is_or_search, include_deleted_channels;
    std::optional<std::int64_t> time_zone_offset, page, per_page;
};
BOOST_DESCRIBE_STRUCT(SearchRequest, (),
                      (terms, is_or_search, include_deleted_channels, time_zone_offset, page, per_page))

struct SearchReply : PostList {
    std::map<std::string, std::vector<std::string>> matches;
};
BOOST_DESCRIBE_STRUCT(SearchReply, (PostList), (matches))

struct PostInfo {
    ChannelId channel_id;
    std::string channel_type, channel_display_name;
    bool has_joined_channel = false;
    TeamId team_id;
    std::string team_type, team_display_name;
    bool has_joined_team = false;
};
BOOST_DESCRIBE_STRUCT(PostInfo, (),
                      (channel_id, channel_type, channel_display_name, has_joined_channel, team_id, team_type,
                       team_display_name, has_joined_team))

messaging::ThreadView thread_view(const Call& call) {
    return {flag_in(call, "skipFetchThreads"), flag_in(call, "collapsedThreads"),
            flag_in(call, "collapsedThreadsExtended")};
}

SearchReply search(messaging::PostPages& pages, const Call& call, const std::optional<TeamId>& team,
                   const SearchRequest& r) {
    if (!r.terms || r.terms->empty()) throw bad_body("terms");
    const auto page = std::clamp<std::int64_t>(r.page.value_or(0), 0, 1000);
    const auto per_page =
        r.per_page.value_or(0) > 0 ? std::min(*r.per_page, largest_page_size) : default_page_size;
    auto found_posts = pages.search(call.actor, team, *r.terms, r.is_or_search.value_or(false),
                                    static_cast<int>(r.time_zone_offset.value_or(0)),
                                    r.include_deleted_channels.value_or(false), page, per_page);
    SearchReply reply;
    static_cast<PostList&>(reply) = messaging::shown_to(call.actor, std::move(found_posts.list));
    reply.matches = std::move(found_posts.matches);
    return reply;
}

Reply page_reply(messaging::PostPages& pages, const Call& call, const messaging::PageQuery& query) {
    const std::string known(call.head.headers.get("If-None-Match"));
    const auto page = pages.page(call.actor, query, known);
    Reply reply;
    if (!page.etag.empty()) reply.set("ETag", page.etag);
    if (page.text)
        reply.shared_body = page.text;
    else
        reply.status = 304;
    return reply;
}

}  // namespace

void add_post_list_routes(Router& routes, messaging::PostPages& pages, identity::Gate& gate) {
    routes.get("/channels/{channel_id}/posts", on_channel(Permission::read_channel_content, "channel_id"),
               [&](Call& call) -> Reply {
                   const auto paging = paging_of(call);
                   messaging::PageQuery query;
                   query.channel = call.id<ChannelId>("channel_id");
                   query.offset = paging.offset();
                   query.limit = paging.per_page;
                   query.before = id_in<PostId>(call, "before");
                   query.after = id_in<PostId>(call, "after");
                   query.since = number_in(
                       call, "since",
                       call.head.has_query("since") && !call.head.query_value("since").empty() ? -1 : 0);
                   if (query.since < 0) throw bad_url("since");
                   query.with_deleted = flag_in(call, "include_deleted");
                   query.threads = thread_view(call);
                   if (query.with_deleted)
                       gate.require_in_channel(call.actor, Permission::read_deleted_posts, query.channel);
                   return page_reply(pages, call, query);
               });
    routes.get("/users/{user_id}/channels/{channel_id}/posts/unread",
               self_or(Permission::edit_other_users, "user_id"), [&](Call& call) {
                   const auto channel = call.id<ChannelId>("channel_id");
                   gate.require_read(call.actor, channel);
                   const auto before = number_in(call, "limit_before", default_page_size),
                              after = number_in(call, "limit_after", default_page_size);
                   if (after == 0) throw bad_url("limit_after");
                   return messaging::shown_to(
                       call.actor, pages.around_unread(call.id<UserId>("user_id"), channel,
                                                       std::clamp<std::int64_t>(before, 0, largest_page_size),
                                                       std::clamp<std::int64_t>(after, 1, largest_page_size),
                                                       thread_view(call)));
               });
    routes.get("/channels/{channel_id}/pinned", on_channel(Permission::read_channel_content, "channel_id"),
               [&](Call& call) -> Reply {
                   return tagged_by_content(
                       call, json_reply(messaging::shown_to(call.actor,
                                                            pages.pinned(call.id<ChannelId>("channel_id")))));
               });
    routes.get("/posts/{post_id}/thread", on_post(Permission::read_channel_content, "post_id"),
               [&](Call& call) -> Reply {
                   messaging::ThreadQueryOptions o;
                   o.limit = number_in(call, "perPage", 0);
                   if (o.limit < 0 || o.limit > largest_thread_page) throw bad_url("perPage");
                   o.from_post = id_in<PostId>(call, "fromPost");
                   o.from_create_at = number_in(call, "fromCreateAt", 0);
                   o.from_update_at = number_in(call, "fromUpdateAt", 0);
                   o.is_up = call.head.query_value("direction") == "up";
                   o.updates_only = flag_in(call, "updatesOnly");
                   o.threads = thread_view(call);
                   return tagged_by_content(
                       call, json_reply(messaging::shown_to(
                                 call.actor, pages.thread(call.actor, call.id<PostId>("post_id"), o))));
               });
    routes.get("/posts/{post_id}/edit_history", on_post(Permission::edit_post, "post_id"), [&](Call& call) {
        const auto post = pages.get(call.id<PostId>("post_id"));
        if (post.user_id != call.actor.user_id) throw lacks_permission("edit_history of another's post");
        auto history = pages.history(post.id);
        if (history.empty())
            throw Error(Fault::not_found, "app.post.get_post_history.app_error",
                        "The post has no earlier versions.");
        return history;
    });
    routes.get(
        "/posts/{post_id}/files/info", on_post(Permission::read_channel_content, "post_id"), [&](Call& call) {
            const auto post = pages.get(call.id<PostId>("post_id"));
            return post.metadata && post.metadata->files ? *post.metadata->files : std::vector<FileInfo>();
        });
    routes.get("/posts/{post_id}/info", checked_inside("whoever may read the channel"), [&](Call& call) {
        const auto post = pages.get(call.id<PostId>("post_id"));
        const auto place = found(gate.place(post.channel_id), "app.channel.get.existing.app_error",
                                 "Unable to find the channel.");
        if (!gate.may_read(call.actor, post.channel_id))
            throw Error(Fault::not_found, "app.post.get.app_error", "Unable to get the post.");
        PostInfo info{place.id,
                      place.type,
                      place.display_name,
                      gate.is_member(call.actor.user_id, place.id),
                      place.team_id,
                      "",
                      "",
                      false};
        if (!place.team_id.empty())
            info.has_joined_team = gate.is_team_member(call.actor.user_id, place.team_id);
        return info;
    });
    routes.get("/users/{user_id}/posts/flagged", self_or(Permission::edit_other_users, "user_id"),
               [&](Call& call) {
                   const auto paging = paging_of(call);
                   return messaging::shown_to(
                       call.actor,
                       pages.flagged(call.actor, call.id<UserId>("user_id"), id_in<TeamId>(call, "team_id"),
                                     id_in<ChannelId>(call, "channel_id"), paging.offset(), paging.per_page));
               });
    routes.post("/posts/search", signed_in(), [&](Call& call, SearchRequest request) {
        return search(pages, call, std::nullopt, request);
    });
    routes.post("/teams/{team_id}/posts/search", on_team(Permission::view_team, "team_id"),
                [&](Call& call, SearchRequest request) {
                    return search(pages, call, call.id<TeamId>("team_id"), request);
                });
}

}  // namespace concordat::web
