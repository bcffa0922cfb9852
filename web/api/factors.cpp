#include "web/api/factors.hpp"

#include "core/config/live.hpp"
#include "identity/access/gate.hpp"
#include "identity/mfa/factors.hpp"
#include "identity/signin/sign_in.hpp"
#include "storage/database/database.hpp"
#include "web/api/cookies.hpp"
#include "web/api/doorkeeper.hpp"
#include "web/api/replies.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

constexpr Millis fresh = 10 * 60000;  // how long a factor that was shown counts here

struct Change : FactorProof {
    std::optional<bool> activate;
};
BOOST_DESCRIBE_STRUCT(Change, (FactorProof), (activate))

// Whether the rules ask for one, and from when on; told about oneself only.
struct FactorState : identity::FactorStatus {
    std::optional<bool> is_asked;
    std::optional<Millis> asked_from;  // 0: at once
};
BOOST_DESCRIBE_STRUCT(FactorState, (identity::FactorStatus), (is_asked, asked_from))

FactorState state_of(const Call& call, identity::Factors& factors, const Settings& settings) {
    const auto user = call.id<UserId>("user_id");
    FactorState state{factors.status(user), {}, {}};
    if (user == call.actor.user_id) {
        state.is_asked = is_asked_for_factor(call, settings);
        state.asked_from = settings.ConcordatSettings.MfaEnforcedFrom;
    }
    return state;
}

struct RecoveryCodes {
    std::vector<std::string> codes;
};
BOOST_DESCRIBE_STRUCT(RecoveryCodes, (), (codes))

void require_oneself(const Call& call) {
    if (call.id<UserId>("user_id") != call.actor.user_id)
        throw lacks_permission("one's own second factor only");
}

void require_factor_now(const Call& call, const FactorProof& proof, identity::SignIn& sign_in) {
    const auto& head = call.head;
    const bool fits =
        proof.passkey
            ? sign_in.is_passkey_of(call.actor, *proof.passkey, head.request_id, head.remote_address)
            : sign_in.is_code_of(call.actor, proof.code, head.request_id, head.remote_address);
    if (!fits)
        throw Error(Fault::unauthenticated, "api.user.check_user_mfa.bad_code.app_error",
                    "Invalid MFA token.");
}

// One's own authenticator with a fresh proof; all that somebody else has, by right.
void take_away(const Call& call, const Change& change, identity::Factors& factors,
               identity::SignIn& sign_in) {
    const auto user = call.id<UserId>("user_id");
    if (user != call.actor.user_id) return factors.remove_all(call.actor, user, call.head.request_id);
    if (factors.status(user).has_any()) require_proof(call, change, sign_in);
    factors.remove(call.actor, call.head.request_id);
}

Reply step_up(const Call& call, const FactorProof& proof, identity::SignIn& sign_in,
              identity::Sessions& sessions, storage::Database& db, const Settings& settings) {
    require_factor_now(call, proof, sign_in);
    const auto renewed =
        db.transact([&](storage::Tx& tx) { return sessions.renew_token(tx, call.actor.session_id); });
    Reply reply;
    reply.body = R"({"status":"OK"})";
    reply.set("Token", renewed.token);
    if (call.actor.by_cookie)
        for (auto& cookie : session_cookies(settings, call.head, renewed))
            reply.set("Set-Cookie", std::move(cookie));
    return reply;
}

}  // namespace

void require_proof(const Call& call, const FactorProof& proof, identity::SignIn& sign_in) {
    if (proof.is_given()) return require_factor_now(call, proof, sign_in);
    if (call.actor.factor_at == 0 || wall_clock() - call.actor.factor_at > fresh)
        throw Error(Fault::forbidden, "identity.factor.fresh_needed",
                    "Show your second factor once more: sign in again with it, or send a code.");
}

void add_factor_routes(Router& routes, identity::Factors& factors, identity::SignIn& sign_in,
                       identity::Sessions& sessions, identity::Gate& gate, storage::Database& db,
                       const LiveSettings& settings) {
    const auto rule = self_or(Permission::edit_other_users, "user_id");

    routes
        .post("/users/{user_id}/mfa/generate", rule,
              [&](Call& call) {
                  require_oneself(call);
                  return factors.begin(call.actor, call.head.request_id);
              })
        .without_factor()
        .for_people();

    routes
        .put("/users/{user_id}/mfa", rule,
             [&](Call& call, Change body) {
                 if (!body.activate) throw bad_body("activate");
                 if (*body.activate) {
                     require_oneself(call);
                     if (body.code.empty()) throw bad_body("code");
                     factors.activate(call.actor, body.code, call.head.request_id);
                 } else {
                     const auto user = call.id<UserId>("user_id");
                     if (user != call.actor.user_id) gate.require(call.actor, Permission::edit_other_users);
                     take_away(call, body, factors, sign_in);
                 }
             })
        .without_factor()
        .for_people();

    routes
        .get("/concordat/users/{user_id}/mfa", rule,
             [&](Call& call) { return state_of(call, factors, *settings.current()); })
        .without_factor();

    routes
        .post("/concordat/users/{user_id}/mfa/recovery_codes", rule,
              [&](Call& call, FactorProof body) {
                  require_oneself(call);
                  require_proof(call, body, sign_in);
                  return RecoveryCodes{factors.make_recovery_codes(call.actor, call.head.request_id)};
              })
        .for_people();

    routes
        .post("/concordat/sessions/step_up", signed_in(),
              [&](Call& call, FactorProof body) {
                  return step_up(call, body, sign_in, sessions, db, *settings.current());
              })
        .for_people();
}

}  // namespace concordat::web
