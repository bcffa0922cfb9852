#include "web/api/scim.hpp"

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/config/live.hpp"
#include "identity/scim/provisioning.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

using identity::Provisioned;
using identity::Provisioning;
using identity::ScimError;

constexpr const char *user_schema = "urn:ietf:params:scim:schemas:core:2.0:User",
                     *messages = "urn:ietf:params:scim:api:messages:2.0:";

Reply scim_reply(const json::value& body, int status = 200) {
    Reply reply;
    reply.status = status;
    reply.content_type = "application/scim+json";
    reply.body = json::serialize(body);
    return reply;
}

Reply scim_error(int status, const std::string& type, const std::string& detail) {
    json::object body{{"schemas", json::array{std::string(messages) + "Error"}},
                      {"status", std::to_string(status)},
                      {"detail", detail}};
    if (!type.empty()) body["scimType"] = type;
    return scim_reply(body, status);
}

std::string base_of(const Settings& settings) {
    auto url = settings.ServiceSettings.SiteURL;
    while (url.ends_with('/')) url.pop_back();
    return url + "/scim/v2";
}

// RFC 3339, in UTC, with milliseconds.
std::string written_time(Millis at) {
    const auto seconds = static_cast<time_t>(at / 1000);
    tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[40];
    const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    auto fraction = std::to_string(1000 + at % 1000);
    fraction[0] = '.';
    return std::string(text, size) + fraction + "Z";
}

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
                              {"created", written_time(p.user.create_at)},
                              {"lastModified", written_time(p.update_at)},
                              {"location", base_of(settings) + "/Users/" + p.user.id.text()}}}};
    if (!person.nick_name.empty()) out["nickName"] = person.nick_name;
    if (!person.title.empty()) out["title"] = person.title;
    if (!person.language.empty()) out["preferredLanguage"] = person.language;
    return out;
}

Reply list_reply(json::array resources, std::int64_t total, std::int64_t start_index) {
    const auto count = resources.size();
    return scim_reply(json::object{{"schemas", json::array{std::string(messages) + "ListResponse"}},
                                   {"totalResults", total},
                                   {"startIndex", start_index},
                                   {"itemsPerPage", count},
                                   {"Resources", std::move(resources)}});
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

std::string bearer_of(const Call& call) {
    const auto value = std::string(trimmed(call.head.headers.get("Authorization")));
    return lower_ascii(value.substr(0, 7)) == "bearer " ? std::string(trimmed(value.substr(7)))
                                                        : std::string();
}

UserId user_in(const Call& call) {
    const auto& id = call.path_value("id");
    if (!looks_like_id(id))
        throw ScimError(404, "", "There is no such person among those that this client provisions.");
    return UserId::from_text(id);
}

json::value body_of(const Call& call) {
    try {
        return parse_json_value(call.body);
    } catch (const Error&) {
        throw ScimError(400, "invalidSyntax", "The body is not JSON.");  // in the words of the standard
    }
}

// Lets the client in, and writes its errors as the standard wants them: the edge of these routes.
template <class Act>
auto for_client(Provisioning& provisioning, const LiveSettings& settings, Act act) {
    return [&provisioning, &settings, act](Call& call) -> Reply {
        if (!settings.current()->ConcordatSettings.EnableScim)
            return scim_error(404, "", "Provisioning is switched off (ConcordatSettings.EnableScim).");
        try {
            const auto client = provisioning.client_of(bearer_of(call));
            if (!client) {
                auto reply = scim_error(401, "", "The token is missing or not valid.");
                reply.set("WWW-Authenticate", "Bearer");
                return reply;
            }
            return act(call, *client);
        } catch (const ScimError& e) {
            return scim_error(e.status(), e.type(), e.text());
        } catch (const Error& e) {
            log_error("provisioning failed",
                      {{"id", e.id()}, {"detail", e.detail()}, {"request_id", call.head.request_id}});
            return scim_error(e.fault() == Fault::unavailable ? 503 : 500, "",
                              "The call failed; its number is " + call.head.request_id + ".");
        }
    };
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
        routes.get(path, anyone(), for_client(p, settings, act)).trusting();
    };
    get("//scim/v2/ServiceProviderConfig",
        [](Call&, const ScimClient&) { return scim_reply(provider_config()); });
    get("//scim/v2/ResourceTypes", [](Call&, const ScimClient&) { return list_reply({user_type()}, 1, 1); });
    get("//scim/v2/Schemas", [](Call&, const ScimClient&) { return list_reply({user_attributes()}, 1, 1); });
    get("//scim/v2/Users", [&p, &settings](Call& call, const ScimClient& client) {
        const auto filter = identity::scim_filter(call.head.query_value("filter"));
        const auto page =
            p.list(client, filter, number_in(call, "startIndex", 1), number_in(call, "count", 100));
        json::array resources;
        for (const auto& one : page.people) resources.push_back(user_json(one, *settings.current()));
        return list_reply(std::move(resources), page.total, page.start_index);
    });
    get("//scim/v2/Users/{id}",
        [&p, shown](Call& call, const ScimClient& client) { return shown(p.get(client, user_in(call))); });
    routes
        .post("//scim/v2/Users", anyone(),
              for_client(p, settings,
                         [&p, shown](Call& call, const ScimClient& client) {
                             const auto wanted = identity::scim_user_of(body_of(call));
                             return shown(p.create(client, wanted, call.head.request_id), 201);
                         }))
        .trusting();
    routes
        .put("//scim/v2/Users/{id}", anyone(),
             for_client(p, settings,
                        [&p, shown](Call& call, const ScimClient& client) {
                            const auto wanted = identity::scim_user_of(body_of(call));
                            return shown(p.change(client, user_in(call), wanted, call.head.request_id));
                        }))
        .trusting();
    routes
        .patch("//scim/v2/Users/{id}", anyone(),
               for_client(p, settings,
                          [&p, shown](Call& call, const ScimClient& client) {
                              const auto now = p.get(client, user_in(call)).person;
                              const auto wanted = identity::patched(now, body_of(call));
                              return shown(p.change(client, user_in(call), wanted, call.head.request_id));
                          }))
        .trusting();
    routes
        .del("//scim/v2/Users/{id}", anyone(),
             for_client(p, settings,
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
