// Routes of personal access tokens, below /users/{user_id}/tokens and /users/tokens.
#pragma once

namespace concordat::identity {
class AccessTokens;
}

namespace concordat::web {

class Router;
void add_access_token_routes(Router& routes, identity::AccessTokens& tokens);

}  // namespace concordat::web
