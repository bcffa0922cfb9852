#include "identity/signin/sign_in_codes.hpp"
#include "core/config/live.hpp"
#include "identity/account/accounts.hpp"
#include "web/api/login.hpp"
#include "web/api/saml.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

using Fields = std::map<std::string, std::string>;

struct CodeExchange {
    std::string login_code, code_verifier, state;
};
BOOST_DESCRIBE_STRUCT(CodeExchange, (), (login_code, code_verifier, state))

struct ExchangedSession {
    std::string token, csrf;
};
BOOST_DESCRIBE_STRUCT(ExchangedSession, (), (token, csrf))

identity::SignInAttempt attempt_of(const Call& call, std::string device_id) {
    identity::SignInAttempt attempt;
    attempt.id = call.head.request_id;
    attempt.device = device_of(call, std::move(device_id));
    return attempt;
}

Reply redeem_desktop(const Call& call, Fields fields, const SamlRooms& rooms) {
    if (fields["token"].empty()) throw bad_body("token");
    const auto admitted = rooms.codes.redeem_desktop(fields["token"], attempt_of(call, fields["deviceId"]));
    return signed_in_reply(call, admitted, rooms.accounts, *rooms.settings.current());
}

ExchangedSession redeem_mobile(const Call& call, const CodeExchange& body, const SamlRooms& rooms) {
    if (body.login_code.empty()) throw bad_body("login_code");
    if (body.code_verifier.empty()) throw bad_body("code_verifier");
    const auto admitted =
        rooms.codes.redeem_mobile(body.login_code, body.code_verifier, body.state, attempt_of(call, {}));
    return {admitted.session.token, admitted.session.session.props.at("csrf")};
}

}  // namespace

void add_sign_in_code_routes(Router& routes, const SamlRooms& rooms) {
    routes
        .post("/users/login/desktop_token", anyone(),
              [rooms](Call& call, Fields body) { return redeem_desktop(call, std::move(body), rooms); })
        .on(Lane::password);
    routes
        .post("/users/login/sso/code-exchange", anyone(),
              [rooms](Call& call, CodeExchange body) { return redeem_mobile(call, body, rooms); })
        .on(Lane::password);
}

}  // namespace concordat::web
