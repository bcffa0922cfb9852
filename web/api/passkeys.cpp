#include "web/api/passkeys.hpp"

#include <algorithm>

#include "core/config/live.hpp"
#include "identity/mfa/passkeys.hpp"
#include "identity/session/sessions.hpp"
#include "identity/signin/sign_in.hpp"
#include "web/api/factors.hpp"
#include "web/api/login.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

struct PasskeyProof : FactorProof {
    std::string password;
};
BOOST_DESCRIBE_STRUCT(PasskeyProof, (FactorProof), (password))

struct NewPasskey {
    std::string name;
    identity::RegistrationAnswer answer;
};
BOOST_DESCRIBE_STRUCT(NewPasskey, (), (name, answer))

struct PasskeyName {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(PasskeyName, (), (name))

struct PasskeyAnswer {
    identity::AssertionAnswer answer;
};
BOOST_DESCRIBE_STRUCT(PasskeyAnswer, (), (answer))

void require_own(const Call& call) {
    if (call.id<UserId>("user_id") != call.actor.user_id) throw lacks_permission("one's own passkeys only");
}

bool is_session_young(const Call& call, identity::Sessions& sessions) {
    const auto all = sessions.of_user(call.actor.user_id);
    return std::any_of(all.begin(), all.end(), [&](const Session& session) {
        return session.id == call.actor.session_id &&
               wall_clock() - session.create_at <= identity::SignIn::fresh_session;
    });
}

// A passkey may open the account without a password, so a session that somebody left open is not enough.
void require_proof_to_add(const Call& call, const PasskeyProof& proof, identity::SignIn& sign_in,
                          identity::Sessions& sessions) {
    if (call.actor.has_factor) return require_proof(call, proof, sign_in);
    if (proof.password.empty()) {
        if (is_session_young(call, sessions)) return;
        throw Error(Fault::forbidden, "identity.factor.fresh_needed",
                    "Your sign-in is too long ago. Send your password along, or sign in again.");
    }
    if (!sign_in.is_password_of(call.actor.user_id, proof.password, call.head.request_id,
                                call.head.remote_address))
        throw Error(Fault::unauthenticated, "api.user.check_user_password.invalid.app_error",
                    "The password is wrong.");
}

identity::RequestOptions step_up_options(const Call& call, identity::Passkeys& passkeys) {
    const auto options =
        passkeys.ask(call.actor.user_id, identity::PasskeyPurpose::step_up, call.head.remote_address);
    if (!options)
        throw Error(Fault::not_found, "identity.passkey.not_found", "You have no passkey that works here.");
    return *options;
}

Reply sign_in_with(const Call& call, const PasskeyAnswer& body, identity::SignIn& sign_in,
                   identity::Accounts& accounts, const Settings& settings) {
    identity::SignInAttempt attempt;
    attempt.id = call.head.request_id;
    attempt.device = device_of(call, {});
    return signed_in_reply(call, sign_in.with_passkey(body.answer, attempt), accounts, settings);
}

}  // namespace

void add_passkey_routes(Router& routes, identity::Passkeys& passkeys, identity::SignIn& sign_in,
                        identity::Sessions& sessions, identity::Accounts& accounts,
                        const LiveSettings& settings) {
    routes.post("/concordat/passkeys/sign_in/begin", anyone(),
                [&](Call& call) { return passkeys.ask_anybody(call.head.remote_address); });
    routes.post("/concordat/passkeys/sign_in", anyone(), [&](Call& call, PasskeyAnswer body) {
        return sign_in_with(call, body, sign_in, accounts, *settings.current());
    });
    routes
        .post("/concordat/passkeys/step_up", signed_in(),
              [&](Call& call) { return step_up_options(call, passkeys); })
        .for_people();

    const auto rule = self_or(Permission::edit_other_users, "user_id");
    routes
        .get("/concordat/users/{user_id}/passkeys", rule,
             [&](Call& call) {
                 require_own(call);
                 return passkeys.of(call.actor.user_id);
             })
        .without_factor();
    routes
        .post("/concordat/users/{user_id}/passkeys/begin", rule,
              [&](Call& call, PasskeyProof body) {
                  require_own(call);
                  require_proof_to_add(call, body, sign_in, sessions);
                  return passkeys.begin(call.actor);
              })
        .on(Lane::password)
        .without_factor()
        .for_people();
    routes
        .post("/concordat/users/{user_id}/passkeys", rule,
              [&](Call& call, NewPasskey body) {
                  require_own(call);
                  return Created<identity::Passkey>{passkeys.add(
                      call.actor, body.name, body.answer, call.head.request_id, call.head.remote_address)};
              })
        .without_factor()
        .for_people();
    routes
        .put("/concordat/users/{user_id}/passkeys/{passkey_id}", rule,
             [&](Call& call, PasskeyName body) {
                 require_own(call);
                 return passkeys.rename(call.actor, call.id<PasskeyId>("passkey_id"), body.name,
                                        call.head.request_id);
             })
        .for_people();
    routes
        .post("/concordat/users/{user_id}/passkeys/{passkey_id}/remove", rule,
              [&](Call& call, FactorProof body) {
                  require_own(call);
                  require_proof(call, body, sign_in);
                  passkeys.remove(call.actor, call.id<PasskeyId>("passkey_id"), call.head.request_id);
              })
        .for_people();
}

}  // namespace concordat::web
