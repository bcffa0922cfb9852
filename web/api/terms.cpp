#include "web/api/terms.hpp"

#include "identity/account/terms.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

struct NewTerms {
    std::string text;
};
BOOST_DESCRIBE_STRUCT(NewTerms, (), (text))

// The keys are those of official clients.
struct TermsAnswer {
    TermsId termsOfServiceId;
    std::optional<bool> accepted;
};
BOOST_DESCRIBE_STRUCT(TermsAnswer, (), (termsOfServiceId, accepted))

void require_own_terms(const Call& call) {
    if (call.id<UserId>("user_id") != call.actor.user_id) throw lacks_permission("one's own answer only");
}

}  // namespace

void add_terms_routes(Router& routes, identity::Terms& terms) {
    routes.get("/terms_of_service", signed_in(), [&](Call&) { return terms.newest(); });
    routes.post("/terms_of_service", on_system(Permission::manage_system), [&](Call& call, NewTerms body) {
        return terms.publish(call.actor, body.text, call.head.request_id);
    });
    routes.get("/users/{user_id}/terms_of_service", signed_in(), [&](Call& call) {
        require_own_terms(call);
        return terms.accepted_by(call.actor.user_id);
    });
    routes
        .post("/users/{user_id}/terms_of_service", signed_in(),
              [&](Call& call, TermsAnswer body) {
                  require_own_terms(call);
                  if (body.termsOfServiceId.empty()) throw bad_body("termsOfServiceId");
                  if (!body.accepted) throw bad_body("accepted");
                  terms.answer(call.actor, body.termsOfServiceId, *body.accepted, call.head.request_id);
              })
        .for_people();
}

}  // namespace concordat::web
