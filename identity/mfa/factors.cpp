#include "identity/mfa/factors.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "identity/mfa/qr.hpp"
#include "identity/mfa/totp.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/identity_factors.hpp"
#include "storage/tables/users.hpp"

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

std::string issuer_of(const Settings& settings) {
    const auto& name = settings.TeamSettings.SiteName;
    return name.empty() ? "Concordat" : name;
}

}  // namespace

bool Factors::is_needed(storage::Tx& tx, const User& user) {
    const auto factor = storage::IdentityFactorTable(tx).find(user.id);
    return factor && factor->is_active;
}

bool Factors::accept(storage::Tx& tx, const User& user, const std::string& code, Trail& trail) {
    storage::IdentityFactorTable table(tx);
    auto factor = table.lock(user.id);
    if (!factor || !factor->is_active) return false;
    const auto typed = std::string(trimmed(code));
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
        require(factor && !factor->is_active, Fault::invalid, "mfa.activate.app_error",
                "There is no second factor that waits for its first code.");
        const auto step = matching_step(factor->secret, trimmed(code), tx.now(), factor->last_step);
        require(step.has_value(), Fault::unauthenticated, "mfa.activate.bad_token.app_error",
                "Invalid MFA token.");
        factor->is_active = true;
        factor->last_step = *step;
        table.put(*factor);
        sessions_.end_all(tx, actor.user_id, actor.user_id, "factor_added", actor.session_id);
        sessions_.mark_factor(tx, actor.session_id);
        tell(tx, actor, actor.user_id, "totp_added", attempt, true);
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
        auto factor = table.lock(actor.user_id);
        require(factor && factor->is_active, Fault::conflict, "identity.factor.none",
                "There is no second factor that recovery codes could stand for.");
        factor->recovery_codes = digests;
        table.put(*factor);
        tell(tx, actor, actor.user_id, "codes_made", attempt, true);
    });
    return codes;
}

void Factors::remove(const Actor& actor, const UserId& user, const std::string& attempt) {
    db_.transact([&](storage::Tx& tx) {
        if (storage::IdentityFactorTable(tx).remove(user))
            tell(tx, actor, user, "totp_removed", attempt, false);
    });
}

FactorStatus Factors::status(const UserId& user) {
    const auto factor =
        db_.read([&](storage::Tx& tx) { return storage::IdentityFactorTable(tx).find(user); });
    if (!factor) return {};
    return {factor->is_active, factor->create_at, static_cast<std::int64_t>(factor->recovery_codes.size())};
}

void Factors::tell(storage::Tx& tx, const Actor& actor, const UserId& id, const std::string& what,
                   const std::string& attempt, bool has_factor) {
    storage::UserTable users(tx);
    auto user = found(users.find(id), "app.user.missing_account.const", "Unable to find the user.");
    auto before = user;
    before.mfa_active = has_factor ? std::nullopt : std::optional(true);
    user.update_at = std::max(tx.now(), user.update_at + 1);
    users.update(user);
    tx.emit(UserUpdated{user, before, actor.user_id});
    tx.emit(FactorsChanged{id, actor.user_id, has_factor, what});
    Trail trail("factor", attempt);
    trail.decision.user_id = id;
    trail.decision.actor_id = actor.user_id;
    trail.admitted("factor." + what);
    decisions_.record(tx, trail);
}

}  // namespace concordat::identity
