#include "identity/token/access_tokens.hpp"

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/access_tokens.hpp"
#include "storage/tables/sessions.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

constexpr const char *missing = "app.user_access_token.get_by_user.app_error",
                     *missing_text = "There is no such access token.";
constexpr std::int64_t most_found = 100;

}  // namespace

User AccessTokens::require_may(const Actor& actor, Permission permission, const UserId& id) {
    const auto user = db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(id); });
    if (!actor.signed_in()) return found(user, "app.user.missing_account.const", "Unable to find the user.");
    gate_.require(actor, permission);
    if (actor.is_bot) throw lacks_permission("a bot has no say about tokens");
    if (actor.user_id != id && !bots_.may_manage(actor, id)) {
        gate_.require(actor, Permission::edit_other_users);
        if (user && !actor.is_admin &&
            holds(gate_.roles().allowed_by(user->roles), Permission::manage_system))
            throw lacks_permission("manage_system");
    }
    return found(user, "app.user.missing_account.const", "Unable to find the user.");
}

void AccessTokens::decide(storage::Tx& tx, const Actor& actor, const AccessToken& token, const char* rule,
                          const std::string& attempt) {
    Trail trail("token", attempt);
    trail.decision.user_id = token.user_id;
    trail.decision.actor_id = actor.user_id;
    trail.decision.session_id = actor.session_id;
    trail.admitted(rule, "The access token " + token.id.text() + ".");
    decisions_.record(tx, trail);
}

AccessToken AccessTokens::need(const AccessTokenId& id) {
    return found(db_.read([&](storage::Tx& tx) { return storage::AccessTokenTable(tx).find(id); }), missing,
                 missing_text);
}

AccessToken AccessTokens::create(const Actor& actor, AccessToken wanted, const std::string& attempt) {
    const auto user = require_may(actor, Permission::create_user_access_token, wanted.user_id);
    const bool is_for_bot = user.is_bot.value_or(false);
    require(is_for_bot || settings_.current()->ServiceSettings.EnableUserAccessTokens, Fault::unsupported,
            "app.user_access_token.disabled", "Personal access tokens are disabled on this server.");
    require(!wanted.description.empty() && rune_count(wanted.description) <= longest_description,
            Fault::invalid, "model.user_access_token.is_valid.description.app_error",
            "A token needs a description of at most 255 characters.");
    const auto secret = new_token();
    db_.transact([&](storage::Tx& tx) {
        if (wanted.expires_at && *wanted.expires_at == 0) wanted.expires_at.reset();
        require(!wanted.expires_at || *wanted.expires_at > tx.now(), Fault::invalid,
                "identity.token.expires_at", "A token has to end in the future.");
        storage::AccessTokenTable table(tx);
        require(table.count(user.id) < most_per_account, Fault::invalid, "identity.token.too_many",
                "An account has at most 200 access tokens; revoke those that are not in use.");
        wanted.id = AccessTokenId::fresh(tx.now());
        wanted.is_active = true;
        wanted.create_at = tx.now();
        table.insert(wanted, storage::text_of(storage::sha256(secret)));
        decide(tx, actor, wanted, "token.created", attempt);
    });
    wanted.token = secret;
    return wanted;
}

AccessToken AccessTokens::get(const Actor& actor, const AccessTokenId& id) {
    gate_.require(actor, Permission::read_user_access_token);
    auto token = need(id);
    require_may(actor, Permission::read_user_access_token, token.user_id);
    return token;
}

std::vector<AccessToken> AccessTokens::of_user(const Actor& actor, const UserId& user, std::int64_t offset,
                                               std::int64_t limit) {
    require_may(actor, Permission::read_user_access_token, user);
    return db_.read(
        [&](storage::Tx& tx) { return storage::AccessTokenTable(tx).of_user(user, offset, limit); });
}

std::vector<AccessToken> AccessTokens::all(std::int64_t offset, std::int64_t limit) {
    return db_.read([&](storage::Tx& tx) { return storage::AccessTokenTable(tx).all(offset, limit); });
}

std::vector<AccessToken> AccessTokens::search(const std::string& term) {
    return db_.read([&](storage::Tx& tx) { return storage::AccessTokenTable(tx).search(term, most_found); });
}

// The token's row is locked: a session that is begun with it at the same time is seen here, or not begun.
void AccessTokens::end_session_of(storage::Tx& tx, const Actor& actor, const AccessToken& token) {
    const auto session = storage::AccessTokenTable(tx).session_of(token.id);
    if (!session.empty() && storage::SessionTable(tx).remove(session))
        tx.emit(SessionEnded{session, token.user_id, actor.user_id, "revoked"});
}

void AccessTokens::set_active(const Actor& actor, const AccessTokenId& id, bool is_active,
                              const std::string& attempt) {
    const auto permission =
        is_active ? Permission::create_user_access_token : Permission::revoke_user_access_token;
    if (actor.signed_in()) gate_.require(actor, permission);
    require_may(actor, permission, need(id).user_id);
    db_.transact([&](storage::Tx& tx) {
        storage::AccessTokenTable table(tx);
        const auto token = found(table.lock(id), missing, missing_text);
        if (!table.set_active(id, is_active)) return;
        // Where the token was looked up in vain, that is remembered; a renewed session makes it forgotten.
        if (is_active)
            tx.emit(SessionRenewed{SessionId(), token.user_id});
        else
            end_session_of(tx, actor, token);
        decide(tx, actor, token, is_active ? "token.enabled" : "token.disabled", attempt);
    });
}

void AccessTokens::revoke(const Actor& actor, const AccessTokenId& id, const std::string& attempt) {
    if (actor.signed_in()) gate_.require(actor, Permission::revoke_user_access_token);
    require_may(actor, Permission::revoke_user_access_token, need(id).user_id);
    db_.transact([&](storage::Tx& tx) {
        storage::AccessTokenTable table(tx);
        const auto token = found(table.lock(id), missing, missing_text);
        end_session_of(tx, actor, token);
        table.remove(id);
        decide(tx, actor, token, "token.revoked", attempt);
    });
}

}  // namespace concordat::identity
