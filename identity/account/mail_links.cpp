#include "identity/account/mail_links.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "identity/account/passwords.hpp"
#include "identity/account/profile.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/letters.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

constexpr const char *reset_password = "reset_password", *reset_elsewhere = "reset_elsewhere",
                     *verify_email = "verify_email", *ask_reset = "ask_reset_password",
                     *ask_verify = "ask_verify_email";
constexpr Millis hour = 3600 * 1000;

Error bad_reset_link() {
    return {Fault::invalid, "api.user.reset_password.invalid_link.app_error",
            "The link to choose a new password is not valid. Ask for another."};
}
Error bad_verify_link() {
    return {Fault::invalid, "api.user.verify_email.bad_link.app_error",
            "The link to confirm the address is not valid. Ask for another."};
}

bool has_own_password(const User& user) {
    return user.auth_service.empty() && !user.is_bot.value_or(false) && user.remote_id.value_or("").empty();
}

std::string encoded(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) ||
            std::string_view("-._~").find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return out;
}

}  // namespace

void mark_verified(storage::Tx& tx, const User& before, const UserId& actor) {
    if (before.email_verified.value_or(false)) return;
    auto after = before;
    after.email_verified = true;
    after.update_at = std::max(tx.now(), before.update_at + 1);
    storage::UserTable(tx).update(after);
    tx.emit(UserUpdated{after, before, actor});
}

MailLinks::MailLinks(storage::Database& db, PostOffice& office, Sessions& sessions, Decisions& decisions,
                     const LiveSettings& settings)
    : db_(db), office_(office), sessions_(sessions), decisions_(decisions), settings_(settings) {
    office.on_request(ask_reset, [this](storage::Tx& tx, const Letter& request) { send_reset(tx, request); });
    office.on_request(ask_verify,
                      [this](storage::Tx& tx, const Letter& request) { send_verification(tx, request); });
}

void MailLinks::ask(const char* kind, const std::string& typed) {
    const auto email = lower_ascii(trimmed(typed));
    if (email.empty() || email.size() > longest_email) throw bad_body("email");
    require(office_.is_open(), Fault::unsupported, "api.user.send_password_reset.send.app_error",
            "This server sends no mail. Ask your administrator.");
    require(office_.request(kind, email), Fault::rate_limited, "identity.mail.too_many_requests",
            "Too many letters are asked for at the moment. Please try again in a few minutes.");
}

void MailLinks::ask_for_reset(const std::string& email) {
    ask(ask_reset, email);
}

void MailLinks::ask_for_verification(const std::string& email) {
    ask(ask_verify, email);
}

// Its token; "" when the account has had its share of this hour.
std::string MailLinks::new_link(storage::Tx& tx, const User& user, const char* kind) {
    storage::MailLinkTable links(tx);
    if (links.count_since(user.id, kind, tx.now() - hour) >= most_an_hour) {
        log_warn("an account was sent as many letters as it may be in an hour",
                 {{"user", user.id.text()}, {"kind", kind}});
        return {};
    }
    auto token = new_token() + new_token();
    MailLink link;
    link.id = MailLinkId::fresh(tx.now());
    link.kind = kind;
    link.user_id = user.id;
    link.email = user.email;
    link.create_at = tx.now();
    link.expires_at = tx.now() + good_for;
    links.insert(link, storage::token_hash(token));
    return token;
}

void MailLinks::send(storage::Tx& tx, const User& user, const char* kind, StringMap values) {
    Letter letter;
    letter.kind = kind;
    letter.to = user.email;
    letter.locale = user.locale;
    letter.values = std::move(values);
    office_.hand_in(tx, std::move(letter));
}

void MailLinks::send_reset(storage::Tx& tx, const Letter& request) {
    const auto user = storage::UserTable(tx).by_email(request.to);
    if (!user || user->delete_at > 0 || user->is_bot.value_or(false) || !user->remote_id.value_or("").empty())
        return;
    const bool is_ours = has_own_password(*user);
    // The link of the other letter is told to nobody: its row only counts.
    const auto token = new_link(tx, *user, is_ours ? reset_password : reset_elsewhere);
    if (token.empty()) return;
    const auto& site = settings_.current()->ServiceSettings.SiteURL;
    if (is_ours)
        send(tx, *user, reset_password, {{"link", site + "/reset_password_complete?token=" + token}});
    else
        send(tx, *user, reset_elsewhere, {{"service", user->auth_service}});
}

void MailLinks::send_verification(storage::Tx& tx, const Letter& request) {
    const auto user = storage::UserTable(tx).by_email(request.to);
    if (!user || user->delete_at > 0 || !has_own_password(*user) || user->email_verified.value_or(false))
        return;
    const auto token = new_link(tx, *user, verify_email);
    if (token.empty()) return;
    send(tx, *user, verify_email,
         {{"link", settings_.current()->ServiceSettings.SiteURL + "/do_verify_email?token=" + token +
                       "&email=" + encoded(user->email)}});
}

void MailLinks::reset(const std::string& token, const std::string& password, const std::string& attempt,
                      const std::string& address) {
    const auto settings = settings_.current();
    const auto hash = storage::token_hash(token);
    // A password is hashed for those only who hold a link.
    const auto known = db_.read([&](storage::Tx& tx) { return storage::MailLinkTable(tx).by_hash(hash); });
    if (!known || known->kind != reset_password) {
        Trail trail("account", attempt, address);
        trail.refused("reset_link.known", "The link is not known: it was used, replaced, or never made.");
        decisions_.record(trail);
        throw bad_reset_link();
    }
    check_new_password(password, *settings);
    storage::Credential credential;
    credential.password_hash = hash_password(password, *settings);
    std::optional<Error> refusal;
    db_.transact([&](storage::Tx& tx) {
        refusal.reset();
        Trail trail("account", attempt, address);
        trail.decision.user_id = known->user_id;
        storage::MailLinkTable links(tx);
        storage::UserTable users(tx);
        const auto link = links.lock_by_hash(hash);
        const auto user = users.find(known->user_id);
        if (!link) {
            trail.refused("reset_link.known", "The link was used by somebody else at the same time.");
            refusal = bad_reset_link();
        } else if (link->expires_at < tx.now()) {
            trail.refused("reset_link.in_time", "The link was good for 24 hours.");
            refusal = Error(Fault::invalid, "api.user.reset_password.link_expired.app_error",
                            "The link to choose a new password has expired. Ask for another.");
        } else if (!user || user->delete_at > 0) {
            trail.refused("account.active", "The account is deactivated.");
            refusal = bad_reset_link();
        } else if (!has_own_password(*user)) {
            trail.refused("account.password", "The account signs in by " + user->auth_service + ".");
            refusal = Error(Fault::invalid, "api.user.reset_password.sso.app_error",
                            "The password of this account is kept elsewhere.");
        } else if (lower_ascii(user->email) != lower_ascii(link->email)) {
            trail.refused("reset_link.address", "The account has another address now.");
            refusal = bad_reset_link();
        }
        if (!refusal) {
            auto after = *user;
            after.email_verified = true;  // whoever holds the link reads this mailbox
            after.last_password_update = after.update_at = std::max(tx.now(), user->update_at + 1);
            users.set_credential(user->id, credential);
            users.update(after);
            links.remove_of(user->id, reset_password);
            tx.emit(PasswordChanged{user->id, user->id});
            if (!user->email_verified.value_or(false)) tx.emit(UserUpdated{after, *user, user->id});
            sessions_.end_all(tx, user->id, user->id, "password_changed");
            trail.admitted("reset_link.used",
                           "A new password was chosen by a link sent to the account's address.");
        }
        decisions_.record(tx, trail);
    });
    if (refusal) throw *refusal;
}

void MailLinks::verify(const std::string& token, const std::string& attempt, const std::string& address) {
    const auto hash = storage::token_hash(token);
    bool is_verified = false;
    db_.transact([&](storage::Tx& tx) {
        is_verified = false;
        Trail trail("account", attempt, address);
        storage::MailLinkTable links(tx);
        const auto link = links.lock_by_hash(hash);
        const auto user =
            link && link->kind == verify_email ? storage::UserTable(tx).find(link->user_id) : std::nullopt;
        if (user) trail.decision.user_id = user->id;
        if (!user)
            trail.refused("verify_link.known",
                          "The link is not known: it was used, replaced, or never made.");
        else if (link->expires_at < tx.now())
            trail.refused("verify_link.in_time", "The link was good for 24 hours.");
        else if (lower_ascii(user->email) != lower_ascii(link->email))
            trail.refused("verify_link.address", "The account has another address now.");
        else {
            mark_verified(tx, *user, user->id);
            links.remove_of(user->id, verify_email);
            trail.admitted("verify_link.used", "The address was proved by a link sent to it.");
            is_verified = true;
        }
        decisions_.record(tx, trail);
    });
    if (!is_verified) throw bad_verify_link();
}

User MailLinks::verify_by(const Actor& actor, const UserId& id, const std::string& attempt) {
    return db_.transact([&](storage::Tx& tx) {
        const auto user = found(storage::UserTable(tx).find(id), "app.user.missing_account.const",
                                "Unable to find the user.");
        Trail trail("account", attempt);
        trail.decision.user_id = id;
        trail.decision.actor_id = actor.user_id;
        mark_verified(tx, user, actor.user_id);
        trail.admitted("account.verified", "An administrator vouches for the address.");
        decisions_.record(tx, trail);
        return found(storage::UserTable(tx).find(id), "app.user.missing_account.const");
    });
}

void MailLinks::send_test(const Actor& actor) {
    const auto user =
        found(db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(actor.user_id); }),
              "app.user.missing_account.const", "Unable to find the user.");
    office_.send_test(user.email, user.locale);
}

std::int64_t MailLinks::sweep() {
    return db_.transact([](storage::Tx& tx) { return storage::MailLinkTable(tx).remove_expired(tx.now()); });
}

}  // namespace concordat::identity
