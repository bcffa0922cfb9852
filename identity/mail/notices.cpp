#include "identity/mail/notices.hpp"

#include <algorithm>

#include "core/model/facts.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

bool gets_mail(const User& user) {
    return !user.is_bot.value_or(false) && user.remote_id.value_or("").empty() && !user.email.empty();
}

Letter letter_to(const User& user, std::string kind, const storage::Fact& fact) {
    Letter letter;
    const auto digest = storage::sha256(fact.kind + std::to_string(fact.create_at) + fact.body);
    IdBytes id;
    std::copy_n(digest.begin(), id.size(), id.begin());
    letter.id = LetterId(id);
    letter.kind = std::move(kind);
    letter.to = user.email;
    letter.locale = user.locale;
    return letter;
}

std::optional<Letter> letter_about(storage::Tx& tx, const storage::Fact& fact) {
    const auto to_person = [&](const UserId& id, const char* kind) -> std::optional<Letter> {
        const auto user = storage::UserTable(tx).find(id);
        if (!user || !gets_mail(*user)) return std::nullopt;
        return letter_to(*user, kind, fact);
    };
    if (fact.is<PasswordChanged>()) return to_person(fact.as<PasswordChanged>().user_id, "password_changed");
    if (fact.is<UserActivated>()) {
        const auto f = fact.as<UserActivated>();
        return f.is_active ? std::nullopt : to_person(f.user_id, "account_off");
    }
    if (fact.is<FactorsChanged>()) {
        const auto f = fact.as<FactorsChanged>();
        if (f.what == "totp_added") return to_person(f.user_id, "factor_added");
        if (f.what == "passkey_added") return to_person(f.user_id, "passkey_added");
        if (!f.has_factor && (f.what == "totp_removed" || f.what == "passkey_removed"))
            return to_person(f.user_id, "factor_removed");
        if (f.what == "totp_removed") return to_person(f.user_id, "authenticator_removed");
        if (f.what == "passkey_removed") return to_person(f.user_id, "passkey_removed");
        return std::nullopt;
    }
    return std::nullopt;
}

bool is_told(const storage::Fact& fact) {
    return fact.is<PasswordChanged>() || fact.is<UserActivated>() || fact.is<FactorsChanged>();
}

}  // namespace

// An address that nobody has proved yet.
void Notices::ask_for_proof(const User& user) {
    if (settings_.current()->EmailSettings.RequireEmailVerification && gets_mail(user) &&
        user.auth_service.empty() && !user.email_verified.value_or(false))
        office_.request("ask_verify_email", user.email);
}

void Notices::take(const std::vector<storage::Fact>& facts) {
    if (!office_.is_open()) return;
    for (const auto& fact : facts) {
        if (fact.is<UserCreated>()) {
            ask_for_proof(fact.as<UserCreated>().user);
        } else if (fact.is<UserUpdated>()) {
            const auto f = fact.as<UserUpdated>();
            if (f.user.email == f.previous.email || !gets_mail(f.previous)) continue;
            auto letter = letter_to(f.previous, "email_changed", fact);
            letter.values["email"] = f.user.email;
            db_.transact([&](storage::Tx& tx) { office_.hand_in(tx, letter); });
            ask_for_proof(f.user);
        } else if (is_told(fact)) {
            db_.transact([&](storage::Tx& tx) {
                if (const auto letter = letter_about(tx, fact)) office_.hand_in(tx, *letter);
            });
        }
    }
}

}  // namespace concordat::identity
