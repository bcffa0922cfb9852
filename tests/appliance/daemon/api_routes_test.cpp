#include "appliance/daemon/api_routes.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/base/text.hpp"

namespace concordat::appliance {
namespace {

std::vector<std::string> parts_of(const std::string& path) {
    return split_words(path, '/');
}

bool is_parameter(const std::string& part) {
    return part.starts_with('{');
}

// Whether each request that fits `later` would be taken by `earlier` first.
bool hides(const RouteLine& earlier, const RouteLine& later) {
    const auto a = parts_of(earlier.path), b = parts_of(later.path);
    if (earlier.method != later.method || a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (is_parameter(a[i]) != is_parameter(b[i]) || (!is_parameter(a[i]) && a[i] != b[i])) return false;
    return true;
}

TEST(ApiRoutes, OnlyTheseAreOpenToAnyone) {
    const std::set<std::string> expected{
        "GET /api/v4/brand/image", "GET /api/v4/config/client", "GET /api/v4/license/client",
        "GET /api/v4/plugins/webapp", "GET /api/v4/system/ping", "GET /api/v4/teams/invite/{invite_id}",
        "GET /api/v4/websocket", "GET /files/{file_id}/public", "GET /healthz", "GET /metrics", "GET /readyz",
        // These ask for the token of a SCIM client.
        "GET /scim/v2/ResourceTypes", "GET /scim/v2/Schemas", "GET /scim/v2/ServiceProviderConfig",
        "GET /scim/v2/Users", "GET /scim/v2/Users/{id}", "POST /scim/v2/Users", "PUT /scim/v2/Users/{id}",
        "PATCH /scim/v2/Users/{id}", "DELETE /scim/v2/Users/{id}", "GET /scim/v2/ResourceTypes/{id}",
        "GET /scim/v2/Schemas/{id}", "GET /scim/v2/Groups", "GET /scim/v2/Groups/{id}",
        "POST /scim/v2/Groups", "PUT /scim/v2/Groups/{id}", "PATCH /scim/v2/Groups/{id}",
        "DELETE /scim/v2/Groups/{id}", "HEAD /files/{file_id}/public",
        // The id in the address, or the signed one in the body, is the right to it.
        "POST /hooks/{hook_id}", "POST /hooks/commands/{answer_id}", "POST /api/v4/actions/dialogs/open",
        // An application's identity is checked with what it brings; the page sends who is signed out away.
        "GET /oauth/authorize", "POST /oauth/access_token", "GET /.well-known/oauth-authorization-server",
        "POST /api/v4/oauth/apps/register",
        // What was sent by mail, or what an identity provider said, is the right to it.
        "POST /api/v4/users/password/reset", "POST /api/v4/users/password/reset/send",
        "POST /api/v4/users/email/verify", "POST /api/v4/users/email/verify/send",
        "GET /api/v4/saml/metadata", "GET /login/sso/saml", "POST /login/sso/saml",
        "GET /login/sso/saml/logout", "POST /login/sso/saml/logout", "POST /api/v4/users/login/desktop_token",
        "POST /api/v4/users/login/sso/code-exchange", "POST /api/v4/logs", "POST /api/v4/users",
        "POST /api/v4/users/login", "POST /api/v4/users/login/switch", "POST /api/v4/users/login/type",
        "POST /api/v4/users/logout", "POST /api/v4/concordat/passkeys/sign_in",
        "POST /api/v4/concordat/passkeys/sign_in/begin",
        // An OpenID Connect provider's word, checked.
        "GET /oauth/{service}/login", "GET /oauth/{service}/signup", "GET /oauth/{service}/mobile_login",
        "GET /signup/{service}/complete", "GET /login/{service}/complete", "GET /oauth/{service}/complete",
        "GET /api/v3/oauth/{service}/complete", "POST /signup/{service}/complete"};
    std::set<std::string> open;
    for (const auto& line : route_table())
        if (line.rule == "anyone") open.insert(line.method + " " + line.path);
    EXPECT_EQ(open, expected);
}

TEST(ApiRoutes, NoneHidesAnother) {
    const auto lines = route_table();
    for (std::size_t i = 0; i < lines.size(); ++i)
        for (std::size_t j = i + 1; j < lines.size(); ++j)
            EXPECT_FALSE(hides(lines[i], lines[j]))
                << lines[i].method << " " << lines[i].path << " comes before " << lines[j].path;
}

TEST(ApiRoutes, EachSaysWhoMayCallIt) {
    for (const auto& line : route_table()) {
        EXPECT_FALSE(line.rule.empty()) << line.path;
        EXPECT_NE(line.rule, "checked inside: ") << line.path << " must say why";
    }
}

}  // namespace
}  // namespace concordat::appliance
