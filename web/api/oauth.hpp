// Routes of applications that people let act for them (OAuth 2.0).
//
//   GET  /oauth/authorize       where an application sends a browser: asks the person, or goes back at once
//                               where they, or an administrator, have answered; signed out: to the sign-in
//                               page
//   POST /oauth/authorize       the answer. A form of that page (an answering page leads the browser back),
//   or
//                               JSON as official clients send it, answered by {"redirect"}
//   POST /oauth/deauthorize     {"client_id"}: what was allowed is so no more
//   POST /oauth/access_token    where an application redeems a code or a refresh token: a form. The
//   application
//                               says who it is there, or by HTTP Basic. Failures have the members of RFC
//                               6749, section 5.2, beside those of this API
//   GET  /.well-known/oauth-authorization-server   RFC 8414
//   /oauth/apps…                what oauth_apps.hpp offers; /oauth/apps/register is RFC 7591
#pragma once

namespace concordat {
class LiveSettings;
namespace identity {
class OAuthApps;
class OAuthGrants;
}  // namespace identity
}  // namespace concordat

namespace concordat::web {

class Router;
void add_oauth_routes(Router& routes, identity::OAuthApps& apps, identity::OAuthGrants& grants,
                      const LiveSettings& settings);

}  // namespace concordat::web
