#include "web/api/posts.hpp"

#include "core/model/post.hpp"
#include "core/model/version.hpp"
#include "messaging/conversation/channel_links.hpp"
#include "messaging/conversation/post_pages.hpp"
#include "messaging/conversation/posts.hpp"
#include "web/api/paging.hpp"

namespace concordat::web {
namespace {

struct Ephemeral {
    UserId user_id;
    std::optional<Post> post;
};
BOOST_DESCRIBE_STRUCT(Ephemeral, (), (user_id, post))

struct UnreadRequest {
    bool collapsed_threads_supported = false;
};
BOOST_DESCRIBE_STRUCT(UnreadRequest, (), (collapsed_threads_supported))

struct ReminderRequest {
    std::int64_t target_time = 0;
};
BOOST_DESCRIBE_STRUCT(ReminderRequest, (), (target_time))

struct MoveRequest {
    ChannelId channel_id;
};
BOOST_DESCRIBE_STRUCT(MoveRequest, (), (channel_id))

}  // namespace

void add_post_routes(Router& routes, messaging::Posts& posts, messaging::PostPages& pages,
                     identity::Gate& gate) {
    routes.post("/posts", on_channel(Permission::create_post, &Post::channel_id), [&](Call& call, Post post) {
        const bool set_online = call.head.query_value("set_online") != "false";
        return Created<Post>{posts.create(call.actor, std::move(post), {.set_online = set_online})};
    });
    routes.post("/posts/ephemeral", on_system(Permission::create_post_ephemeral),
                [&](Call& call, Ephemeral request) {
                    if (request.user_id.empty()) throw bad_body("user_id");
                    if (!request.post) throw bad_body("post");
                    return Created<Post>{posts.create_ephemeral(call.actor, request.user_id, *request.post)};
                });
    routes.post("/posts/ids", signed_in(), [&](Call& call, std::vector<PostId> ids) {
        if (ids.empty() || ids.size() > 1000) throw bad_body("post_ids");
        return pages.get(call.actor, ids);
    });
    routes.get(
        "/posts/{post_id}", on_post(Permission::read_channel_content, "post_id"), [&](Call& call) -> Reply {
            const bool with_deleted = flag_in(call, "include_deleted");
            if (with_deleted) gate.require(call.actor, Permission::manage_system);
            const auto post =
                messaging::shown_to(call.actor, pages.get(call.id<PostId>("post_id"), with_deleted));
            return tagged(
                call,
                std::string(compatible_version) + '.' + post.id.text() + '.' + std::to_string(post.update_at),
                [&] { return json_text(post); });
        });
    routes.put("/posts/{post_id}", on_post(Permission::read_channel_content, "post_id"),
               [&](Call& call, Post post) {
                   if (post.id != call.id<PostId>("post_id")) throw bad_body("id");
                   return posts.update(call.actor, post.id, std::move(post));
               });
    routes.put("/posts/{post_id}/patch", on_post(Permission::read_channel_content, "post_id"),
               [&](Call& call, PostPatch patch) {
                   return posts.patch(call.actor, call.id<PostId>("post_id"), patch);
               });
    routes.del("/posts/{post_id}", on_post(Permission::read_channel_content, "post_id"), [&](Call& call) {
        if (flag_in(call, "permanent"))
            throw Error(Fault::unsupported, "api.post.delete_post.not_enabled.app_error",
                        "Permanent post deletion is not enabled. Retention destroys posts.");
        posts.remove(call.actor, call.id<PostId>("post_id"));
    });
    routes.post("/posts/{post_id}/pin", on_post(Permission::read_channel_content, "post_id"),
                [&](Call& call) { posts.set_pinned(call.actor, call.id<PostId>("post_id"), true); });
    routes.post("/posts/{post_id}/unpin", on_post(Permission::read_channel_content, "post_id"),
                [&](Call& call) { posts.set_pinned(call.actor, call.id<PostId>("post_id"), false); });
    routes.post("/posts/{post_id}/restore/{restore_version_id}", on_post(Permission::edit_post, "post_id"),
                [&](Call& call) {
                    return posts.restore_version(call.actor, call.id<PostId>("post_id"),
                                                 call.id<PostId>("restore_version_id"));
                });
    routes.post("/posts/{post_id}/move", on_post(Permission::read_channel_content, "post_id"),
                [&](Call& call, MoveRequest request) {
                    if (request.channel_id.empty()) throw bad_body("channel_id");
                    posts.move_thread(call.actor, call.id<PostId>("post_id"), request.channel_id);
                });
    routes.post("/users/{user_id}/posts/{post_id}/set_unread",
                self_or(Permission::edit_other_users, "user_id"), [&](Call& call) {
                    const auto request =
                        call.body.empty() ? UnreadRequest() : parse_json<UnreadRequest>(call.body);
                    const auto channel = found(gate.channel_of(call.id<PostId>("post_id")),
                                               "app.post.get.app_error", "Unable to get the post.");
                    gate.require_read(call.actor, channel);
                    return posts.set_unread(call.id<UserId>("user_id"), call.id<PostId>("post_id"),
                                            request.collapsed_threads_supported);
                });
    routes.post("/users/{user_id}/posts/{post_id}/ack", self_or(Permission::edit_other_users, "user_id"),
                [&](Call& call) {
                    gate.require_read(call.actor, found(gate.channel_of(call.id<PostId>("post_id")),
                                                        "app.post.get.app_error", "Unable to get the post."));
                    return posts.acknowledge(call.id<UserId>("user_id"), call.id<PostId>("post_id"));
                });
    routes.del("/users/{user_id}/posts/{post_id}/ack", self_or(Permission::edit_other_users, "user_id"),
               [&](Call& call) {
                   gate.require_read(call.actor, found(gate.channel_of(call.id<PostId>("post_id")),
                                                       "app.post.get.app_error", "Unable to get the post."));
                   posts.unacknowledge(call.id<UserId>("user_id"), call.id<PostId>("post_id"));
               });
    routes.post("/users/{user_id}/posts/{post_id}/reminder", self_or(Permission::edit_other_users, "user_id"),
                [&](Call& call, ReminderRequest request) {
                    gate.require_read(call.actor, found(gate.channel_of(call.id<PostId>("post_id")),
                                                        "app.post.get.app_error", "Unable to get the post."));
                    posts.set_reminder(call.id<UserId>("user_id"), call.id<PostId>("post_id"),
                                       request.target_time);
                });
}

}  // namespace concordat::web
