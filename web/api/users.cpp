#include "web/api/users.hpp"

#include "core/config/live.hpp"
#include "core/model/version.hpp"
#include "identity/account/people.hpp"
#include "identity/account/terms.hpp"
#include "web/api/paging.hpp"
#include "web/api/path_ids.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

struct Activity {
    std::optional<bool> active;
};
BOOST_DESCRIBE_STRUCT(Activity, (), (active))

struct NewRoles {
    std::string roles;
};
BOOST_DESCRIBE_STRUCT(NewRoles, (), (roles))

struct NewPassword {
    std::string current_password, new_password;
};
BOOST_DESCRIBE_STRUCT(NewPassword, (), (current_password, new_password))

struct Typing {
    ChannelId channel_id;
    PostId parent_id;
};
BOOST_DESCRIBE_STRUCT(Typing, (), (channel_id, parent_id))

// A whole profile, as PUT sends it; the password proves a change of one's own address.
struct WholeProfile {
    UserId id;
    std::string username, email, password, nickname, first_name, last_name, position, locale;
    std::optional<StringMap> props, notify_props, timezone;
};
BOOST_DESCRIBE_STRUCT(WholeProfile, (),
                      (id, username, email, password, nickname, first_name, last_name, position, locale,
                       props, notify_props, timezone))

UserPatch patch_of(WholeProfile&& whole) {
    UserPatch patch;
    patch.username = std::move(whole.username);
    patch.email = std::move(whole.email);
    if (!whole.password.empty()) patch.password = std::move(whole.password);
    patch.nickname = std::move(whole.nickname);
    patch.first_name = std::move(whole.first_name);
    patch.last_name = std::move(whole.last_name);
    patch.position = std::move(whole.position);
    if (!whole.locale.empty()) patch.locale = std::move(whole.locale);
    patch.props = std::move(whole.props);
    patch.notify_props = std::move(whole.notify_props);
    patch.timezone = std::move(whole.timezone);
    return patch;
}

// Parts: who, since when, the terms of service that they accepted and when, what is shown to others, and to
// whom this is shown.
std::string tag_of(const User& user, const Actor& viewer, const Settings& settings) {
    const auto flag = [](bool b) { return b ? "true" : "false"; };
    const char* seen_as = viewer.user_id == user.id ? "self" : viewer.is_admin ? "admin" : "other";
    return std::string(compatible_version) + '.' + user.id.text() + '.' + std::to_string(user.update_at) +
           '.' + user.terms_of_service_id.value_or("") + '.' +
           std::to_string(user.terms_of_service_create_at.value_or(0)) + '.' +
           flag(settings.PrivacySettings.ShowFullName) + '.' +
           flag(settings.PrivacySettings.ShowEmailAddress) + ".0." + seen_as;
}

Reply tagged_user(const Call& call, const User& user, const LiveSettings& settings) {
    return tagged(call, tag_of(user, call.actor, *settings.current()), [&] { return json_text(user); });
}

}  // namespace

void add_user_routes(Router& routes, identity::People& people, identity::Terms& terms,
                     const LiveSettings& settings) {
    const auto own_or_edit = self_or(Permission::edit_other_users, "user_id");

    routes
        .get("/users/{user_id}", checked_inside("guests see people of their channels only"),
             [&](Call& call) {
                 auto user = people.get(call.actor, user_of(call));
                 if (user.id == call.actor.user_id) terms.show(user);
                 return tagged_user(call, user, settings);
             })
        .without_factor();
    routes.get("/users/username/{username}", checked_inside("guests see people of their channels only"),
               [&](Call& call) {
                   return tagged_user(call, people.by_username(call.actor, call.path_value("username")),
                                      settings);
               });
    routes.get("/users/email/{email}", checked_inside("addresses may be hidden"), [&](Call& call) {
        return tagged_user(call, people.by_email(call.actor, call.path_value("email")), settings);
    });

    // On the password lane, because a change of one's own address is proved by the password.
    routes
        .put("/users/{user_id}", own_or_edit,
             [&](Call& call, WholeProfile body) {
                 if (body.id != user_of(call)) throw bad_body("user_id");
                 return people.patch(call.actor, user_of(call), patch_of(std::move(body)));
             })
        .on(Lane::password);
    routes
        .put("/users/{user_id}/patch", own_or_edit,
             [&](Call& call, UserPatch body) { return people.patch(call.actor, user_of(call), body); })
        .on(Lane::password);

    routes
        .put("/users/{user_id}/password", signed_in(),
             [&](Call& call, NewPassword body) {
                 people.change_password(call.actor, user_of(call), body.current_password, body.new_password);
             })
        .on(Lane::password)
        .for_people();

    routes
        .put("/users/{user_id}/active", checked_inside("one's own account is another matter than others'"),
             [&](Call& call, Activity body) {
                 if (!body.active) throw bad_body("active");
                 people.set_active(call.actor, user_of(call), *body.active);
             })
        .for_people();
    routes
        .del("/users/{user_id}", own_or_edit,
             [&](Call& call) {
                 require(!flag_in(call, "permanent"), Fault::unsupported,
                         "api.user.delete_user.not_enabled.app_error",
                         "Accounts are deactivated, not deleted.");
                 people.set_active(call.actor, user_of(call), false);
             })
        .for_people();
    routes.post("/users/{user_id}/demote", on_system(Permission::demote_to_guest),
                [&](Call& call) { people.demote(call.actor, user_of(call)); });
    routes.post("/users/{user_id}/promote", on_system(Permission::promote_guest),
                [&](Call& call) { people.promote(call.actor, user_of(call)); });
    routes.put("/users/{user_id}/roles", on_system(Permission::manage_roles),
               [&](Call& call, NewRoles body) { people.set_roles(call.actor, user_of(call), body.roles); });
}

void add_typing_route(Router& routes, TypingTeller tell) {
    routes.post("/users/{user_id}/typing", on_channel(Permission::create_post, &Typing::channel_id),
                [tell](Call& call, Typing body) {
                    if (user_of(call) != call.actor.user_id && !call.actor.is_admin)
                        throw lacks_permission("manage_system");
                    tell(user_of(call), body.channel_id, body.parent_id);
                });
}

}  // namespace concordat::web
