#include "web/api/profile_attributes.hpp"

#include "identity/account/profile_attributes.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

// How official clients send values now, and how their description has it: an object by field, or a list.
ProfileValues values_in(const json::value& body) {
    ProfileValues values;
    if (body.is_object()) {
        for (const auto& member : body.get_object()) values[std::string(member.key())] = member.value();
    } else if (body.is_array()) {
        for (const auto& each : body.get_array()) {
            if (!each.is_object()) throw bad_body("value");
            const auto* id = each.get_object().if_contains("id");
            const auto* value = each.get_object().if_contains("value");
            if (!id || !id->is_string() || !value) throw bad_body("value");
            values[std::string(id->get_string())] = *value;
        }
    } else {
        throw bad_body("value");
    }
    if (values.size() > identity::ProfileAttributes::most_fields) throw bad_body("value");
    return values;
}

}  // namespace

void add_profile_attribute_routes(Router& routes, identity::ProfileAttributes& attributes) {
    const auto field_in = [](const Call& call) { return call.id<ProfileFieldId>("field_id"); };
    routes.get("/custom_profile_attributes/fields", signed_in(), [&](Call&) { return attributes.fields(); });
    routes.get("/custom_profile_attributes/group", signed_in(), [](Call&) {
        return json::object{{"id", identity::ProfileAttributes::group}};
    });
    routes.post("/custom_profile_attributes/fields", on_system(Permission::manage_system),
                [&](Call& call, identity::ProfileFieldPatch body) {
                    return Created{attributes.create(call.actor, body, call.head.request_id)};
                });
    routes.patch("/custom_profile_attributes/fields/{field_id}", on_system(Permission::manage_system),
                 [&attributes, field_in](Call& call, identity::ProfileFieldPatch body) {
                     return attributes.patch(call.actor, field_in(call), body, call.head.request_id);
                 });
    routes.del("/custom_profile_attributes/fields/{field_id}", on_system(Permission::manage_system),
               [&attributes, field_in](Call& call) {
                   attributes.remove(call.actor, field_in(call), call.head.request_id);
               });
    routes.patch("/custom_profile_attributes/values", signed_in(), [&](Call& call, json::value body) {
        return attributes.set_values(call.actor, call.actor.user_id, values_in(body), call.head.request_id);
    });
    routes.get("/users/{user_id}/custom_profile_attributes",
               checked_inside("guests see people of their channels only"),
               [&](Call& call) { return attributes.values_of(call.actor, call.id<UserId>("user_id")); });
    routes.patch("/users/{user_id}/custom_profile_attributes",
                 self_or(Permission::edit_other_users, "user_id"), [&](Call& call, json::value body) {
                     return attributes.set_values(call.actor, call.id<UserId>("user_id"), values_in(body),
                                                  call.head.request_id);
                 });
}

}  // namespace concordat::web
