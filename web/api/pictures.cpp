#include "web/api/pictures.hpp"

#include "web/api/file_reply.hpp"
#include "web/api/form.hpp"

namespace concordat::web {
namespace {

constexpr std::uint64_t picture_overhead = 16 << 10;
constexpr const char* day_long = "private, max-age=86400";

Reply reply_with(messaging::Picture picture) {
    return picture_reply(std::move(picture.png), "image/png", picture.etag, day_long);
}

std::string_view known_tags(const Call& call) {
    return call.head.headers.get("If-None-Match");
}

void add_user_pictures(Router& routes, messaging::Pictures& pictures) {
    const auto whoever_may_see = checked_inside("whoever may see the person");
    const auto may_edit = self_or(Permission::edit_other_users, "user_id");
    routes
        .get(
            "/users/{user_id}/image", whoever_may_see,
            [&pictures](Call& call) {
                return reply_with(pictures.of_user(call.actor, call.id<UserId>("user_id"), known_tags(call)));
            })
        .on(Lane::bulk)
        .trusting();
    routes
        .get("/users/{user_id}/image/default", whoever_may_see,
             [&pictures](Call& call) {
                 return reply_with(
                     pictures.default_of_user(call.actor, call.id<UserId>("user_id"), known_tags(call)));
             })
        .on(Lane::bulk)
        .trusting();
    routes
        .stream(Verb::post, "/users/{user_id}/image", may_edit,
                [&pictures](Call& call) {
                    return form_sink(
                        call, {pictures.most_bytes(), "api.user.upload_profile_user.too_large.app_error"},
                        [&pictures, actor = call.actor, user = call.id<UserId>("user_id")](const Form& form) {
                            pictures.set_user(actor, user, file_in(form, "image"));
                            return ok_reply();
                        });
                })
        .limit([&pictures] { return pictures.most_bytes() + picture_overhead; });
    routes.del("/users/{user_id}/image", may_edit,
               [&pictures](Call& call) { pictures.reset_user(call.actor, call.id<UserId>("user_id")); });
}

void add_team_icons(Router& routes, messaging::Pictures& pictures) {
    routes
        .get("/teams/{team_id}/image", on_team(Permission::view_team, "team_id"),
             [&pictures](Call& call) {
                 return reply_with(pictures.of_team(call.id<TeamId>("team_id"), known_tags(call)));
             })
        .on(Lane::bulk)
        .trusting();
    routes
        .stream(Verb::post, "/teams/{team_id}/image", on_team(Permission::manage_team, "team_id"),
                [&pictures](Call& call) {
                    return form_sink(
                        call, {pictures.most_bytes(), "api.team.set_team_icon.too_large.app_error"},
                        [&pictures, actor = call.actor, team = call.id<TeamId>("team_id")](const Form& form) {
                            pictures.set_team(actor, team, file_in(form, "image"));
                            return ok_reply();
                        });
                })
        .limit([&pictures] { return pictures.most_bytes() + picture_overhead; });
    routes.del("/teams/{team_id}/image", on_team(Permission::manage_team, "team_id"),
               [&pictures](Call& call) { pictures.remove_team(call.actor, call.id<TeamId>("team_id")); });
}

}  // namespace

void add_picture_routes(Router& routes, messaging::Pictures& pictures) {
    add_user_pictures(routes, pictures);
    add_team_icons(routes, pictures);
    routes.get("/brand/image", anyone(), [](Call&) -> Reply {
        throw Error(Fault::not_found, "api.brand.get_brand_image.not_found.app_error",
                    "This server has no brand image.");
    });
}

}  // namespace concordat::web
