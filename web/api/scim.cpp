#include "web/api/scim.hpp"

#include "core/config/live.hpp"
#include "identity/scim/provisioning.hpp"
#include "web/api/paging.hpp"
#include "web/api/scim_protocol.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

using identity::Provisioned;
using identity::Provisioning;
using identity::ScimError;

constexpr const char* user_schema = "urn:ietf:params:scim:schemas:core:2.0:User";

json::object user_json(const Provisioned& p, const Settings& settings) {
    const auto& person = p.person;
    json::object out{
        {"schemas", json::array{user_schema}},
        {"id", p.user.id.text()},
        {"externalId", person.external_id},
        {"userName", person.user_name},
        {"name", json::object{{"givenName", person.given_name}, {"familyName", person.family_name}}},
        {"displayName", p.user.username},
        {"active", person.active},
        {"emails", json::array{json::object{{"value", person.email}, {"type", "work"}, {"primary", true}}}},
        {"meta", json::object{{"resourceType", "User"},
                              {"created", scim_time(p.user.create_at)},
                              {"lastModified", scim_time(p.update_at)},
                              {"location", scim_base(settings) + "/Users/" + p.user.id.text()}}}};
    if (!person.nick_name.empty()) out["nickName"] = person.nick_name;
    if (!person.title.empty()) out["title"] = person.title;
    if (!person.language.empty()) out["preferredLanguage"] = person.language;
    return out;
}

json::object provider_config() {
    const auto no = [] { return json::object{{"supported", false}}; };
    return {{"schemas", json::array{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"}},
            {"patch", json::object{{"supported", true}}},
            {"bulk", json::object{{"supported", false}, {"maxOperations", 0}, {"maxPayloadSize", 0}}},
            {"filter", json::object{{"supported", true}, {"maxResults", Provisioning::most_listed}}},
            {"changePassword", no()},
            {"sort", no()},
            {"etag", no()},
            {"authenticationSchemes",
             json::array{json::object{{"type", "oauthbearertoken"},
                                      {"name", "Bearer token"},
                                      {"description", "A token made with concordatctl scim add"},
                                      {"primary", true}}}}};
}

json::object user_type() {
    return {{"schemas", json::array{"urn:ietf:params:scim:schemas:core:2.0:ResourceType"}},
            {"id", "User"},
            {"name", "User"},
            {"endpoint", "/Users"},
            {"schema", user_schema}};
}

json::object group_type() {
    return {{"schemas", json::array{"urn:ietf:params:scim:schemas:core:2.0:ResourceType"}},
            {"id", "Group"},
            {"name", "Group"},
            {"endpoint", "/Groups"},
            {"schema", group_schema}};
}

json::object attribute(const char* name, const char* type, bool is_required = false) {
    return {
        {"name", name},          {"type", type},
        {"multiValued", false},  {"required", is_required},
        {"caseExact", false},    {"mutability", "readWrite"},
        {"returned", "default"}, {"uniqueness", std::string_view(name) == "userName" ? "server" : "none"}};
}

json::object user_attributes() {
    auto name = attribute("name", "complex");
    name["subAttributes"] = json::array{attribute("givenName", "string"), attribute("familyName", "string")};
    auto emails = attribute("emails", "complex");
    emails["multiValued"] = true;
    emails["subAttributes"] = json::array{attribute("value", "string"), attribute("type", "string"),
                                          attribute("primary", "boolean")};
    return {{"schemas", json::array{"urn:ietf:params:scim:schemas:core:2.0:Schema"}},
            {"id", user_schema},
            {"name", "User"},
            {"attributes",
             json::array{attribute("userName", "string", true), std::move(name), std::move(emails),
                         attribute("nickName", "string"), attribute("title", "string"),
                         attribute("preferredLanguage", "string"), attribute("active", "boolean")}}};
}

json::object group_attributes() {
    auto members = attribute("members", "complex");
    members["multiValued"] = true;
    members["subAttributes"] = json::array{attribute("value", "string"), attribute("$ref", "reference"),
                                           attribute("type", "string")};
    return {{"schemas", json::array{"urn:ietf:params:scim:schemas:core:2.0:Schema"}},
            {"id", group_schema},
            {"name", "Group"},
            {"attributes", json::array{attribute("displayName", "string", true), std::move(members)}}};
}

// One of them by its name, or all.
Reply described(const Call& call, json::array all) {
    const auto id = call.path_value("id");
    for (auto& one : all)
        if (one.at("id").as_string() == id) return scim_reply(one);
    throw ScimError(404, "", "There is no such description.");
}

UserId user_in(const Call& call) {
    const auto& id = call.path_value("id");
    if (!looks_like_id(id))
        throw ScimError(404, "", "There is no such person among those that this client provisions.");
    return UserId::from_text(id);
}

}  // namespace

void add_scim_routes(Router& routes, Provisioning& p, const LiveSettings& settings) {
    using storage::ScimClient;
    const auto shown = [&settings](const Provisioned& one, int status = 200) {
        auto body = user_json(one, *settings.current());
        auto reply = scim_reply(body, status);
        if (status == 201) reply.set("Location", std::string(body.at("meta").at("location").as_string()));
        return reply;
    };
    const auto get = [&](const char* path, auto act) {
        routes.get(path, anyone(), for_scim_client(p, settings, act)).trusting();
    };
    get("//scim/v2/ServiceProviderConfig",
        [](Call&, const ScimClient&) { return scim_reply(provider_config()); });
    get("//scim/v2/ResourceTypes", [](Call&, const ScimClient&) {
        return scim_list({user_type(), group_type()}, 2, 1);
    });
    get("//scim/v2/ResourceTypes/{id}", [](Call& call, const ScimClient&) {
        return described(call, {user_type(), group_type()});
    });
    get("//scim/v2/Schemas", [](Call&, const ScimClient&) {
        return scim_list({user_attributes(), group_attributes()}, 2, 1);
    });
    get("//scim/v2/Schemas/{id}", [](Call& call, const ScimClient&) {
        return described(call, {user_attributes(), group_attributes()});
    });
    get("//scim/v2/Users", [&p, &settings](Call& call, const ScimClient& client) {
        const auto filter = identity::scim_filter(call.head.query_value("filter"));
        const auto page =
            p.list(client, filter, number_in(call, "startIndex", 1), number_in(call, "count", 100));
        json::array resources;
        for (const auto& one : page.people) resources.push_back(user_json(one, *settings.current()));
        return scim_list(std::move(resources), page.total, page.start_index);
    });
    get("//scim/v2/Users/{id}",
        [&p, shown](Call& call, const ScimClient& client) { return shown(p.get(client, user_in(call))); });
    routes
        .post("//scim/v2/Users", anyone(),
              for_scim_client(p, settings,
                              [&p, shown](Call& call, const ScimClient& client) {
                                  const auto wanted = identity::scim_user_of(scim_body(call));
                                  return shown(p.create(client, wanted, call.head.request_id), 201);
                              }))
        .trusting();
    routes
        .put("//scim/v2/Users/{id}", anyone(),
             for_scim_client(p, settings,
                             [&p, shown](Call& call, const ScimClient& client) {
                                 const auto wanted = identity::scim_user_of(scim_body(call));
                                 return shown(p.change(client, user_in(call), wanted, call.head.request_id));
                             }))
        .trusting();
    routes
        .patch(
            "//scim/v2/Users/{id}", anyone(),
            for_scim_client(p, settings,
                            [&p, shown](Call& call, const ScimClient& client) {
                                const auto now = p.get(client, user_in(call)).person;
                                const auto wanted = identity::patched(now, scim_body(call));
                                return shown(p.change(client, user_in(call), wanted, call.head.request_id));
                            }))
        .trusting();
    routes
        .del("//scim/v2/Users/{id}", anyone(),
             for_scim_client(p, settings,
                             [&p](Call& call, const ScimClient& client) {
                                 p.remove(client, user_in(call), call.head.request_id);
                                 Reply reply;
                                 reply.status = 204;
                                 reply.content_type.clear();
                                 return reply;
                             }))
        .trusting();
}

}  // namespace concordat::web
