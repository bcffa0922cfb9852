#include "core/base/text.hpp"
#include "messaging/group/provisioned_groups.hpp"
#include "web/api/paging.hpp"
#include "web/api/scim.hpp"
#include "web/api/scim_protocol.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

using messaging::ProvisionedGroup;
using messaging::ProvisionedGroups;
using storage::ScimClient;

json::object group_json(const ProvisionedGroup& one, const Settings& settings, bool with_members) {
    const auto& group = one.group;
    const auto base = scim_base(settings);
    json::object out{{"schemas", json::array{group_schema}},
                     {"id", group.id.text()},
                     {"displayName", group.display_name},
                     {"meta", json::object{{"resourceType", "Group"},
                                           {"created", scim_time(group.create_at)},
                                           {"lastModified", scim_time(group.update_at)},
                                           {"location", base + "/Groups/" + group.id.text()}}}};
    if (group.remote_id) out["externalId"] = *group.remote_id;
    if (!with_members) return out;
    json::array members;
    for (const auto& user : one.members)
        members.push_back(
            json::object{{"value", user.text()}, {"$ref", base + "/Users/" + user.text()}, {"type", "User"}});
    out["members"] = std::move(members);
    return out;
}

bool names_members(const std::string& attributes) {
    for (const auto& word : split_words(attributes, ',')) {
        const auto name = lower_ascii(trimmed(word));
        if (name == "members" || name.starts_with("members.") ||
            name == "urn:ietf:params:scim:schemas:core:2.0:group:members")
            return true;
    }
    return false;
}

// By the parameters attributes and excludedAttributes, of which nothing else is heeded.
bool wants_members(const Call& call) {
    if (names_members(call.head.query_value("excludedAttributes"))) return false;
    const auto only = call.head.query_value("attributes");
    return only.empty() || names_members(only);
}

GroupId scim_group_in(const Call& call) {
    const auto& id = call.path_value("id");
    if (!looks_like_id(id))
        throw identity::ScimError(404, "", "There is no such group among those that this client provisions.");
    return GroupId::from_text(id);
}

Reply no_content() {
    Reply reply;
    reply.status = 204;
    reply.content_type.clear();
    return reply;
}

}  // namespace

void add_scim_group_routes(Router& routes, identity::Provisioning& p, ProvisionedGroups& groups,
                           const LiveSettings& settings) {
    const auto shown = [&settings](const Call& call, const ProvisionedGroup& one, int status = 200) {
        auto body = group_json(one, *settings.current(), wants_members(call));
        auto reply = scim_reply(body, status);
        if (status == 201) reply.set("Location", std::string(body.at("meta").at("location").as_string()));
        return reply;
    };
    routes
        .get("//scim/v2/Groups", anyone(),
             for_scim_client(p, settings,
                             [&](Call& call, const ScimClient& client) {
                                 const bool members = wants_members(call);
                                 const auto page = groups.list(
                                     client, identity::scim_group_filter(call.head.query_value("filter")),
                                     number_in(call, "startIndex", 1), number_in(call, "count", 100),
                                     members);
                                 json::array resources;
                                 for (const auto& one : page.groups)
                                     resources.push_back(group_json(one, *settings.current(), members));
                                 return scim_list(std::move(resources), page.total, page.start_index);
                             }))
        .trusting();
    routes
        .get("//scim/v2/Groups/{id}", anyone(),
             for_scim_client(p, settings,
                             [&groups, shown](Call& call, const ScimClient& client) {
                                 return shown(call, groups.get(client, scim_group_in(call)));
                             }))
        .trusting();
    routes
        .post("//scim/v2/Groups", anyone(),
              for_scim_client(p, settings,
                              [&groups, shown](Call& call, const ScimClient& client) {
                                  const auto wanted = identity::scim_group_of(scim_body(call));
                                  return shown(call, groups.create(client, wanted, call.head.request_id),
                                               201);
                              }))
        .trusting()
        .on(Lane::bulk);
    routes
        .put("//scim/v2/Groups/{id}", anyone(),
             for_scim_client(p, settings,
                             [&groups, shown](Call& call, const ScimClient& client) {
                                 const auto wanted = identity::scim_group_of(scim_body(call));
                                 return shown(call, groups.replace(client, scim_group_in(call), wanted,
                                                                   call.head.request_id));
                             }))
        .trusting()
        .on(Lane::bulk);
    routes
        .patch("//scim/v2/Groups/{id}", anyone(),
               for_scim_client(p, settings,
                               [&groups, shown](Call& call, const ScimClient& client) {
                                   const auto change = identity::scim_group_change(scim_body(call));
                                   return shown(call, groups.change(client, scim_group_in(call), change,
                                                                    call.head.request_id));
                               }))
        .trusting()
        .on(Lane::bulk);
    routes
        .del("//scim/v2/Groups/{id}", anyone(),
             for_scim_client(p, settings,
                             [&groups](Call& call, const ScimClient& client) {
                                 groups.remove(client, scim_group_in(call), call.head.request_id);
                                 return no_content();
                             }))
        .trusting()
        .on(Lane::bulk);
}

}  // namespace concordat::web
