#include "messaging/conversation/threads.hpp"

#include "web/api/paging.hpp"
#include "web/api/posts.hpp"

namespace concordat::web {
namespace {

constexpr std::int64_t default_threads = 30, most_threads = 200;

messaging::ThreadListOptions options_of(const Call& call) {
    messaging::ThreadListOptions o;
    o.query.user = call.id<UserId>("user_id");
    o.query.team = call.id<TeamId>("team_id");
    o.query.before = id_in<PostId>(call, "before");
    o.query.after = id_in<PostId>(call, "after");
    const auto limit = number_in(call, "per_page", number_in(call, "pageSize", default_threads));
    o.query.limit = limit <= 0 ? default_threads : std::min(limit, most_threads);
    o.query.since = number_in(call, "since", 0);
    o.query.with_deleted = flag_in(call, "deleted");
    o.query.unread_only = flag_in(call, "unread");
    o.query.without_direct = flag_in(call, "excludeDirect");
    o.totals_only = flag_in(call, "totalsOnly");
    o.threads_only = flag_in(call, "threadsOnly");
    o.extended = flag_in(call, "extended");
    return o;
}

}  // namespace

void add_thread_routes(Router& routes, messaging::FollowedThreads& threads) {
    const auto self = [] { return self_or(Permission::edit_other_users, "user_id"); };
    routes.get("/users/{user_id}/teams/{team_id}/threads", self(),
               [&](Call& call) { return threads.list(call.actor, options_of(call)); });
    routes.put("/users/{user_id}/teams/{team_id}/threads/read", self(), [&](Call& call) {
        threads.mark_all_read(call.actor, call.id<UserId>("user_id"), call.id<TeamId>("team_id"));
    });
    routes.get("/users/{user_id}/teams/{team_id}/threads/{thread_id}", self(), [&](Call& call) {
        return threads.get(call.actor, call.id<UserId>("user_id"), call.id<PostId>("thread_id"),
                           flag_in(call, "extended"));
    });
    routes.put("/users/{user_id}/teams/{team_id}/threads/{thread_id}/following", self(), [&](Call& call) {
        threads.follow(call.actor, call.id<UserId>("user_id"), call.id<TeamId>("team_id"),
                       call.id<PostId>("thread_id"), true);
    });
    routes.del("/users/{user_id}/teams/{team_id}/threads/{thread_id}/following", self(), [&](Call& call) {
        threads.follow(call.actor, call.id<UserId>("user_id"), call.id<TeamId>("team_id"),
                       call.id<PostId>("thread_id"), false);
    });
    routes.put("/users/{user_id}/teams/{team_id}/threads/{thread_id}/read/{timestamp}", self(),
               [&](Call& call) {
                   Millis until = 0;
                   const auto& text = call.path_value("timestamp");
                   const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), until);
                   if (error != std::errc() || end != text.data() + text.size()) throw bad_url("timestamp");
                   return threads.mark_read(call.actor, call.id<UserId>("user_id"),
                                            call.id<TeamId>("team_id"), call.id<PostId>("thread_id"), until);
               });
    routes.post(
        "/users/{user_id}/teams/{team_id}/threads/{thread_id}/set_unread/{post_id}", self(), [&](Call& call) {
            return threads.set_unread(call.actor, call.id<UserId>("user_id"), call.id<TeamId>("team_id"),
                                      call.id<PostId>("thread_id"), call.id<PostId>("post_id"));
        });
}

}  // namespace concordat::web
