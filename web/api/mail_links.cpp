#include "web/api/mail_links.hpp"

#include "identity/account/mail_links.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

struct Address {
    std::string email;
};
BOOST_DESCRIBE_STRUCT(Address, (), (email))

// The specification calls it "code", clients send "token".
struct Reset {
    std::string token, code, new_password;
};
BOOST_DESCRIBE_STRUCT(Reset, (), (token, code, new_password))

struct Proof {
    std::string token;
};
BOOST_DESCRIBE_STRUCT(Proof, (), (token))

}  // namespace

void add_mail_link_routes(Router& routes, identity::MailLinks& links) {
    routes.post("/users/password/reset/send", anyone(),
                [&](Call&, Address body) { links.ask_for_reset(body.email); });
    routes
        .post("/users/password/reset", anyone(),
              [&](Call& call, Reset body) {
                  links.reset(body.token.empty() ? body.code : body.token, body.new_password,
                              call.head.request_id, call.head.remote_address);
              })
        .on(Lane::password);
    routes.post("/users/email/verify/send", anyone(),
                [&](Call&, Address body) { links.ask_for_verification(body.email); });
    routes.post("/users/email/verify", anyone(), [&](Call& call, Proof body) {
        links.verify(body.token, call.head.request_id, call.head.remote_address);
    });
    routes.post("/users/{user_id}/email/verify/member", on_system(Permission::manage_system),
                [&](Call& call) {
                    return links.verify_by(call.actor, call.id<UserId>("user_id"), call.head.request_id);
                });
    // On the bulk lane: a mail server may take its time.
    routes
        .post("/email/test", on_system(Permission::test_email),
              [&](Call& call, json::object) { links.send_test(call.actor); })
        .on(Lane::bulk);
}

}  // namespace concordat::web
