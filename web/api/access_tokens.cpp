#include "web/api/access_tokens.hpp"

#include "identity/token/access_tokens.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

struct NewToken {
    std::string description;
    std::optional<Millis> expires_at;
};
BOOST_DESCRIBE_STRUCT(NewToken, (), (description, expires_at))

struct TokenNamed {
    AccessTokenId token_id;
};
BOOST_DESCRIBE_STRUCT(TokenNamed, (), (token_id))

struct TokenSearch {
    std::string term;
};
BOOST_DESCRIBE_STRUCT(TokenSearch, (), (term))

const char* const why = "one's own, those of bots one manages, or with edit_other_users";

AccessTokenId named(const TokenNamed& body) {
    if (body.token_id.empty()) throw bad_body("token_id");
    return body.token_id;
}

}  // namespace

void add_access_token_routes(Router& routes, identity::AccessTokens& tokens) {
    routes
        .post("/users/{user_id}/tokens", checked_inside(why),
              [&](Call& call, NewToken body) {
                  if (body.description.empty()) throw bad_body("description");
                  AccessToken wanted;
                  wanted.user_id = call.id<UserId>("user_id");
                  wanted.description = std::move(body.description);
                  wanted.expires_at = body.expires_at;
                  return Created{tokens.create(call.actor, std::move(wanted), call.head.request_id)};
              })
        .for_people();
    routes.get("/users/{user_id}/tokens", checked_inside(why), [&](Call& call) {
        const auto paging = paging_of(call);
        return tokens.of_user(call.actor, call.id<UserId>("user_id"), paging.offset(), paging.per_page);
    });
    routes.get("/users/tokens", on_system(Permission::manage_system), [&](Call& call) {
        const auto paging = paging_of(call);
        return tokens.all(paging.offset(), paging.per_page);
    });
    routes.post("/users/tokens/search", on_system(Permission::manage_system), [&](Call&, TokenSearch body) {
        if (body.term.empty()) throw bad_body("term");
        return tokens.search(body.term);
    });
    routes.get("/users/tokens/{token_id}", checked_inside(why),
               [&](Call& call) { return tokens.get(call.actor, call.id<AccessTokenId>("token_id")); });

    routes
        .post("/users/tokens/revoke", checked_inside(why),
              [&](Call& call, TokenNamed body) {
                  tokens.revoke(call.actor, named(body), call.head.request_id);
              })
        .for_people();
    routes
        .post("/users/tokens/disable", checked_inside(why),
              [&](Call& call, TokenNamed body) {
                  tokens.set_active(call.actor, named(body), false, call.head.request_id);
              })
        .for_people();
    routes
        .post("/users/tokens/enable", checked_inside(why),
              [&](Call& call, TokenNamed body) {
                  tokens.set_active(call.actor, named(body), true, call.head.request_id);
              })
        .for_people();
}

}  // namespace concordat::web
