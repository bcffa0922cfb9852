#include "web/api/schemes.hpp"

#include "identity/scheme/schemes.hpp"
#include "web/api/paging.hpp"
#include "web/api/path_ids.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

const char* const checked_by_schemes = "checked with what is changed";

struct SchemeChoice {
    Nullable<std::string> scheme_id;
};
BOOST_DESCRIBE_STRUCT(SchemeChoice, (), (scheme_id))

struct RolePatch {
    std::vector<std::string> permissions;
};
BOOST_DESCRIBE_STRUCT(RolePatch, (), (permissions))

SchemeId scheme_in(const Call& call) {
    return call.id<SchemeId>("scheme_id");
}

SchemeId chosen(const SchemeChoice& choice) {
    const auto text = choice.scheme_id.value.value_or(std::string());
    if (text.empty()) return {};
    if (!looks_like_id(text)) throw bad_body("scheme_id");
    return SchemeId::from_text(text);
}

}  // namespace

void add_scheme_routes(Router& routes, identity::Schemes& schemes) {
    routes.get("/schemes", on_system(Permission::sysconsole_read_user_management_permissions),
               [&](Call& call) {
                   const auto page = paging_of(call);
                   return schemes.page(call.head.query_value("scope"), page.offset(), page.per_page);
               });

    routes.post("/schemes", on_system(Permission::sysconsole_write_user_management_permissions),
                [&](Call& call, Scheme body) {
                    return Created{schemes.create(call.actor, body, call.head.request_id)};
                });

    routes
        .get("/schemes/{scheme_id}", on_system(Permission::sysconsole_read_user_management_permissions),
             [&](Call& call) { return schemes.get(scheme_in(call)); })
        .trusting();

    routes.put("/schemes/{scheme_id}/patch",
               on_system(Permission::sysconsole_write_user_management_permissions),
               [&](Call& call, SchemePatch body) {
                   return schemes.patch(call.actor, scheme_in(call), body, call.head.request_id);
               });

    routes.del("/schemes/{scheme_id}", on_system(Permission::sysconsole_write_user_management_permissions),
               [&](Call& call) { schemes.remove(call.actor, scheme_in(call), call.head.request_id); });

    routes
        .get("/schemes/{scheme_id}/teams", on_system(Permission::sysconsole_read_user_management_teams),
             [&](Call& call) {
                 const auto page = paging_of(call);
                 return schemes.teams(scheme_in(call), page.offset(), page.per_page);
             })
        .trusting();

    routes
        .get("/schemes/{scheme_id}/channels", on_system(Permission::sysconsole_read_user_management_channels),
             [&](Call& call) {
                 const auto page = paging_of(call);
                 return schemes.channels(scheme_in(call), page.offset(), page.per_page);
             })
        .trusting();

    routes.put("/teams/{team_id}/scheme", checked_inside(checked_by_schemes),
               [&](Call& call, SchemeChoice body) {
                   schemes.give_team(call.actor, team_of(call), chosen(body), call.head.request_id);
               });

    routes.put("/channels/{channel_id}/scheme", checked_inside(checked_by_schemes),
               [&](Call& call, SchemeChoice body) {
                   schemes.give_channel(call.actor, channel_of(call), chosen(body), call.head.request_id);
               });

    routes.put("/roles/{role_id}/patch", checked_inside(checked_by_schemes), [&](Call& call, RolePatch body) {
        return schemes.set_permissions(call.actor, call.id<RoleId>("role_id"), body.permissions,
                                       call.head.request_id);
    });

    routes.get("/channels/{channel_id}/moderations",
               on_system(Permission::sysconsole_read_user_management_channels),
               [&](Call& call) { return schemes.moderations(channel_of(call)); });

    routes.put("/channels/{channel_id}/moderations/patch",
               on_system(Permission::sysconsole_write_user_management_channels),
               [&](Call& call, std::vector<ChannelModerationPatch> body) {
                   if (body.empty() || body.size() > 100) throw bad_body("moderations");
                   return schemes.moderate(call.actor, channel_of(call), body, call.head.request_id);
               });
}

}  // namespace concordat::web
