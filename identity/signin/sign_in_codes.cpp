#include "identity/signin/sign_in_codes.hpp"

#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/sign_in_codes.hpp"

namespace concordat::identity {
namespace {

constexpr std::size_t longest_proof = 256;  // bytes; of a verifier and a state, too
constexpr std::int64_t sweep_batch = 500;

bool fits(const storage::SignInCode& code, const std::string& verifier, const std::string& state) {
    if (code.kind != "mobile") return true;
    const auto challenge = storage::base64_url(storage::token_hash(verifier));
    return storage::constant_time_equal(challenge, code.challenge) &&
           storage::constant_time_equal(state, code.state);
}

}  // namespace

std::string SignInCodes::issue(const std::string& kind, const Admitted& admitted,
                               const std::string& challenge, const std::string& state) {
    const auto code = new_token() + new_token();
    db_.transact([&](storage::Tx& tx) {
        storage::SignInCodeTable(tx).insert(
            storage::token_hash(code),
            {kind, admitted.session.session.id, admitted.user.id, challenge, state, tx.now() + lifetime});
    });
    return code;
}

std::string SignInCodes::for_desktop(const Admitted& admitted) {
    return issue("desktop", admitted, {}, {});
}

std::string SignInCodes::for_mobile(const Admitted& admitted, const std::string& challenge,
                                    const std::string& state) {
    require(!challenge.empty() && challenge.size() <= longest_proof && state.size() <= longest_proof,
            Fault::invalid, "api.user.login_sso.code_exchange.app_error",
            "The challenge is missing or too long.");
    return issue("mobile", admitted, challenge, state);
}

std::optional<Admitted> SignInCodes::redeem(const std::string& code, const Proof& proof,
                                            const SignInAttempt& attempt) {
    Trail trail("session", attempt.id, attempt.device.address);
    auto entry = trail;  // written anew when the transaction is tried again
    std::optional<NewSession> renewed;
    if (code.size() <= longest_proof && proof.verifier.size() <= longest_proof &&
        proof.state.size() <= longest_proof)
        db_.transact([&](storage::Tx& tx) {
            entry = trail;
            renewed.reset();
            const auto found =
                storage::SignInCodeTable(tx).take(storage::token_hash(code), proof.kind, tx.now());
            if (found) {
                entry.decision.user_id = found->user_id;
                entry.decision.session_id = found->session_id;
            }
            if (!found)
                entry.refused("code.known",
                              "The code is unknown, was used before, or is older than three minutes.");
            else if (!fits(*found, proof.verifier, proof.state))
                entry.refused("code.proof", "Another application than the one that began has the code.");
            else
                renewed = sessions_.renew_token(tx, found->session_id);
            if (renewed) entry.admitted("code.redeemed");
            decisions_.record(tx, entry);
        });
    if (!renewed) return std::nullopt;
    sessions_.attach_device(renewed->session.id, attempt.device.device_id, attempt.device.props);
    auto user = accounts_.get(renewed->session.user_id);
    if (user.delete_at > 0) return std::nullopt;
    return Admitted{std::move(user), *std::move(renewed)};
}

Admitted SignInCodes::redeem_desktop(const std::string& code, const SignInAttempt& attempt) {
    auto admitted = redeem(code, {"desktop", {}, {}}, attempt);
    if (admitted) return *std::move(admitted);
    throw Error(Fault::unauthenticated, "api.user.login.desktop_token.app_error",
                "The sign-in of the desktop application is not valid any more. Begin again.");
}

Admitted SignInCodes::redeem_mobile(const std::string& code, const std::string& verifier,
                                    const std::string& state, const SignInAttempt& attempt) {
    auto admitted = redeem(code, {"mobile", verifier, state}, attempt);
    if (admitted) return *std::move(admitted);
    throw Error(Fault::unauthenticated, "api.user.login_sso.code_exchange.app_error",
                "The sign-in of the application is not valid any more. Begin again.");
}

std::size_t SignInCodes::sweep() {
    const auto expired = db_.transact(
        [&](storage::Tx& tx) { return storage::SignInCodeTable(tx).take_expired(tx.now(), sweep_batch); });
    for (const auto& code : expired) {
        try {  // one that ended by itself is as good
            sessions_.end(code.user_id, code.session_id, code.user_id, "not_redeemed");
        } catch (const Error& e) {
            if (e.fault() != Fault::not_found) throw;
        }
    }
    return expired.size();
}

}  // namespace concordat::identity
