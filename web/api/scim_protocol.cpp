#include "web/api/scim_protocol.hpp"

#include <ctime>

#include "core/base/text.hpp"

namespace concordat::web {
namespace {

constexpr const char* scim_messages = "urn:ietf:params:scim:api:messages:2.0:";

}  // namespace

Reply scim_reply(const json::value& body, int status) {
    Reply reply;
    reply.status = status;
    reply.content_type = "application/scim+json";
    reply.body = json::serialize(body);
    return reply;
}

Reply scim_error(int status, const std::string& type, const std::string& detail) {
    json::object body{{"schemas", json::array{std::string(scim_messages) + "Error"}},
                      {"status", std::to_string(status)},
                      {"detail", detail}};
    if (!type.empty()) body["scimType"] = type;
    return scim_reply(body, status);
}

std::string scim_base(const Settings& settings) {
    auto url = settings.ServiceSettings.SiteURL;
    while (url.ends_with('/')) url.pop_back();
    return url + "/scim/v2";
}

// RFC 3339, in UTC, with milliseconds.
std::string scim_time(Millis at) {
    const auto seconds = static_cast<time_t>(at / 1000);
    tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[40];
    const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    auto fraction = std::to_string(1000 + at % 1000);
    fraction[0] = '.';
    return std::string(text, size) + fraction + "Z";
}

Reply scim_list(json::array resources, std::int64_t total, std::int64_t start_index) {
    const auto count = resources.size();
    return scim_reply(json::object{{"schemas", json::array{std::string(scim_messages) + "ListResponse"}},
                                   {"totalResults", total},
                                   {"startIndex", start_index},
                                   {"itemsPerPage", count},
                                   {"Resources", std::move(resources)}});
}

std::string scim_bearer(const Call& call) {
    const auto value = std::string(trimmed(call.head.headers.get("Authorization")));
    return lower_ascii(value.substr(0, 7)) == "bearer " ? std::string(trimmed(value.substr(7)))
                                                        : std::string();
}

json::value scim_body(const Call& call) {
    try {
        return parse_json_value(call.body);
    } catch (const Error&) {
        throw identity::ScimError(400, "invalidSyntax",
                                  "The body is not JSON.");  // in the words of the standard
    }
}

}  // namespace concordat::web
