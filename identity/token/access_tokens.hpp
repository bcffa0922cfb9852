// Personal access tokens: how programs sign in as a person or a bot. Sessions turns a good token into a
// session when it is used; here they are made, listed, switched off and destroyed.
//
// Who may: the person for themselves, those who manage a bot for the bot, and holders of edit_other_users for
// others (for administrators only administrators); always with create_, read_ or revoke_user_access_token as
// well. A bot makes no tokens. The secret is 26 characters of 130 random bits, shown once and kept as a
// digest. A token that is switched off or destroyed is refused from the commit on, and its sockets close.
//
// Thread-safe; calls block. Every change is a decision (act "token").
// Errors: app.user_access_token.disabled (unsupported) for a person's token while
// ServiceSettings.EnableUserAccessTokens is false; model.user_access_token.is_valid.description.app_error,
// identity.token.expires_at, identity.token.too_many (invalid);
// app.user_access_token.get_by_user.app_error (not_found); lacks_permission().
#pragma once
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/access_token.hpp"
#include "core/model/actor.hpp"
#include "core/model/user.hpp"
#include "identity/access/gate.hpp"
#include "identity/account/bots.hpp"
#include "identity/decision/decisions.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::identity {

class AccessTokens {
public:
    static constexpr std::size_t longest_description = 255;
    static constexpr std::int64_t most_per_account = 200;

    // All must outlive this object.
    AccessTokens(storage::Database& db, Gate& gate, Bots& bots, Decisions& decisions,
                 const LiveSettings& settings)
        : db_(db), gate_(gate), bots_(bots), decisions_(decisions), settings_(settings) {}

    // `wanted` has user_id, description and perhaps expires_at (in the future). The result has the secret.
    // An actor who is nobody is the operator, who may all of this.
    AccessToken create(const Actor& actor, AccessToken wanted, const std::string& attempt);
    AccessToken get(const Actor& actor, const AccessTokenId& id);
    std::vector<AccessToken> of_user(const Actor& actor, const UserId& user, std::int64_t offset,
                                     std::int64_t limit);
    // Everybody's; the route asks for the permission.
    std::vector<AccessToken> all(std::int64_t offset, std::int64_t limit);
    std::vector<AccessToken> search(const std::string& term);
    void set_active(const Actor& actor, const AccessTokenId& id, bool is_active, const std::string& attempt);
    void revoke(const Actor& actor, const AccessTokenId& id, const std::string& attempt);

private:
    User require_may(const Actor& actor, Permission permission, const UserId& user);
    void decide(storage::Tx& tx, const Actor& actor, const AccessToken& token, const char* rule,
                const std::string& attempt);
    void end_session_of(storage::Tx& tx, const Actor& actor, const AccessToken& token);
    AccessToken need(const AccessTokenId& id);

    storage::Database& db_;
    Gate& gate_;
    Bots& bots_;
    Decisions& decisions_;
    const LiveSettings& settings_;
};

}  // namespace concordat::identity
