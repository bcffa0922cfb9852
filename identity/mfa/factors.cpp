#include "identity/mfa/factors.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "identity/mfa/factor_changes.hpp"
#include "identity/mfa/qr.hpp"
#include "identity/mfa/totp.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/identity_factors.hpp"
#include "storage/tables/passkeys.hpp"

namespace concordat::identity {
namespace {

constexpr std::size_t recovery_bytes = 10;  // 16 letters, 80 bits: a plain digest of one cannot be searched

// "ABCD-EFGH-IJKL-MNOP"
std::string fresh_recovery_code() {
    const auto letters = base32(storage::random_bytes(recovery_bytes));
    std::string code;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (i > 0 && i % 4 == 0) code += '-';
        code += letters[i];
    }
    return code;
}

// However it was typed: in any case, with or without what separates it.
std::string digest_of_code(std::string_view code) {
    std::string letters;
    for (const char c : code)
        if (c != '-' && c != ' ') letters += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return storage::base64(storage::text_of(storage::sha256(letters)));
}

bool has_passkeys(storage::Tx& tx, const UserId& user) {
    return !storage::PasskeyTable(tx).of_user(user).empty();
}

// Whether codes stand for something: an authenticator, or passkeys.
bool are_codes_good(storage::Tx& tx, const std::optional<storage::Factor>& factor) {
    return factor && (factor->is_active || has_passkeys(tx, factor->user_id));
}

std::string issuer_of(const Settings& settings) {
    const auto& name = settings.TeamSettings.SiteName;
    return name.empty() ? "Concordat" : name;
}

}  // namespace

bool Factors::is_needed(storage::Tx& tx, const User& user) {
    const auto factor = storage::IdentityFactorTable(tx).find(user.id);
    return (factor && factor->is_active) || has_passkeys(tx, user.id);
}

bool Factors::accept(storage::Tx& tx, const User& user, const std::string& code, Trail& trail) {
    storage::IdentityFactorTable table(tx);
    auto factor = table.lock(user.id);
    if (!are_codes_good(tx, factor)) return false;
    const auto typed = std::string(trimmed(code));
    if (factor->is_active) {
        if (const auto step = matching_step(factor->secret, typed, tx.now(), factor->last_step)) {
            factor->last_step = *step;
            table.put(*factor);
            trail.passed("factor.totp");
            return true;
        }
        if (matching_step(factor->secret, typed, tx.now(), 0)) {
            trail.noted("factor.totp", "The code is right, and was used before.");
            return false;
        }
    }
    const auto wanted = digest_of_code(typed);
    auto& codes = factor->recovery_codes;
    const auto at = std::find_if(codes.begin(), codes.end(), [&](const std::string& digest) {
        return storage::constant_time_equal(digest, wanted);
    });
    if (at == codes.end()) return false;
    codes.erase(at);
    table.put(*factor);
    trail.passed("factor.recovery_code", std::to_string(codes.size()) + " are left.");
    tx.emit(FactorsChanged{user.id, user.id, true, "code_used"});
    return true;
}

bool Factors::accept_passkey(storage::Tx& tx, const UserId& user, const AssertionAnswer& answer,
                             PasskeyPurpose purpose, Trail& trail) {
    return passkeys_.accept(tx, user, answer, purpose, trail);
}

std::optional<UserId> Factors::owner_of(storage::Tx& tx, const AssertionAnswer& answer) {
    return passkeys_.owner_of(tx, answer);
}

Enrolment Factors::begin(const Actor& actor, const std::string& attempt) {
    const auto settings = settings_.current();
    require(settings->ServiceSettings.EnableMultifactorAuthentication, Fault::unsupported,
            "mfa.mfa_disabled.app_error", "Multi-factor authentication has been disabled on this server.");
    storage::Factor factor;
    factor.user_id = actor.user_id;
    factor.secret = storage::random_bytes(totp_secret_bytes);
    db_.transact([&](storage::Tx& tx) {
        storage::IdentityFactorTable table(tx);
        const auto before = table.lock(actor.user_id);
        require(!before || !before->is_active, Fault::conflict, "identity.factor.active",
                "A second factor is in force. Remove it first.");
        if (before) factor.recovery_codes = before->recovery_codes;  // they stand for passkeys, too
        factor.create_at = tx.now();
        table.put(factor);
        Trail trail("factor", attempt);
        trail.decision.user_id = trail.decision.actor_id = actor.user_id;
        trail.admitted("factor.enrolment_begun");
        decisions_.record(tx, trail);
    });
    const auto address = otpauth_address(factor.secret, issuer_of(*settings), actor.username);
    return {base32(factor.secret), storage::base64(qr_png(address))};
}

void Factors::activate(const Actor& actor, const std::string& code, const std::string& attempt) {
    require(settings_.current()->ServiceSettings.EnableMultifactorAuthentication, Fault::unsupported,
            "mfa.mfa_disabled.app_error", "Multi-factor authentication has been disabled on this server.");
    db_.transact([&](storage::Tx& tx) {
        storage::IdentityFactorTable table(tx);
        auto factor = table.lock(actor.user_id);
        require(factor && !factor->is_active && !factor->secret.empty(), Fault::invalid,
                "mfa.activate.app_error", "There is no second factor that waits for its first code.");
        const auto step = matching_step(factor->secret, trimmed(code), tx.now(), factor->last_step);
        require(step.has_value(), Fault::unauthenticated, "mfa.activate.bad_token.app_error",
                "Invalid MFA token.");
        FactorChange change(tx, decisions_, actor, actor.user_id);
        factor->is_active = true;
        factor->last_step = *step;
        table.put(*factor);
        sessions_.end_all(tx, actor.user_id, actor.user_id, "factor_added", actor.session_id);
        sessions_.mark_factor(tx, actor.session_id);
        change.tell("totp_added", attempt);
    });
}

std::vector<std::string> Factors::make_recovery_codes(const Actor& actor, const std::string& attempt) {
    std::vector<std::string> codes, digests;
    for (std::size_t i = 0; i < recovery_code_count; ++i) {
        codes.push_back(fresh_recovery_code());
        digests.push_back(digest_of_code(codes.back()));
    }
    db_.transact([&](storage::Tx& tx) {
        storage::IdentityFactorTable table(tx);
        FactorChange change(tx, decisions_, actor, actor.user_id);
        auto factor = table.lock(actor.user_id);
        if (!factor && has_passkeys(tx, actor.user_id)) {  // a row for the codes, without an authenticator
            factor.emplace();
            factor->user_id = actor.user_id;
            factor->create_at = tx.now();
        }
        require(are_codes_good(tx, factor), Fault::conflict, "identity.factor.none",
                "There is no second factor that recovery codes could stand for.");
        factor->recovery_codes = digests;
        table.put(*factor);
        change.tell("codes_made", attempt);
    });
    return codes;
}

void Factors::remove(const Actor& actor, const std::string& attempt) {
    db_.transact([&](storage::Tx& tx) {
        FactorChange change(tx, decisions_, actor, actor.user_id);
        storage::IdentityFactorTable table(tx);
        auto factor = table.lock(actor.user_id);
        const bool is_all = !has_passkeys(tx, actor.user_id);
        require(is_all || (factor && !factor->secret.empty()), Fault::conflict, "identity.factor.passkeys",
                "Your second factors are passkeys. Take them away one by one, in Concordat's own client.");
        if (!factor) return;
        if (is_all) {
            table.remove(actor.user_id);
        } else {
            factor->is_active = false;
            factor->secret.clear();
            table.put(*factor);
        }
        change.tell("totp_removed", attempt);
    });
}

void Factors::remove_all(const Actor& actor, const UserId& user, const std::string& attempt) {
    db_.transact([&](storage::Tx& tx) {
        FactorChange of_app(tx, decisions_, actor, user);
        storage::IdentityFactorTable table(tx);
        const auto factor = table.lock(user);  // may be there for recovery codes only
        if (table.remove(user) && !factor->secret.empty()) of_app.tell("totp_removed", attempt);
        FactorChange of_passkeys(tx, decisions_, actor, user);
        if (storage::PasskeyTable(tx).remove_all(user) > 0) of_passkeys.tell("passkey_removed", attempt);
    });
}

FactorStatus Factors::status(const UserId& user) {
    FactorStatus status;
    db_.read([&](storage::Tx& tx) {
        status.passkeys = std::ssize(storage::PasskeyTable(tx).of_user(user));
        const auto factor = storage::IdentityFactorTable(tx).find(user);
        if (!factor) return;
        status.is_active = factor->is_active;
        status.create_at = factor->secret.empty() ? 0 : factor->create_at;
        status.recovery_codes_left = std::ssize(factor->recovery_codes);
    });
    return status;
}

}  // namespace concordat::identity
