#include "identity/mfa/passkeys.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "identity/mfa/factor_changes.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/identity_factors.hpp"
#include "storage/tables/passkeys.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

constexpr std::size_t handle_bytes = 32, longest_transport = 32, most_transports = 8;
constexpr std::int64_t challenge_sweep = 1000;

std::string word_of(PasskeyPurpose purpose) {
    switch (purpose) {
        case PasskeyPurpose::registration:
            return "registration";
        case PasskeyPurpose::sign_in:
            return "sign_in";
        case PasskeyPurpose::second_factor:
            return "second_factor";
        case PasskeyPurpose::step_up:
            return "step_up";
    }
    throw Error(Fault::internal, "identity.passkey.purpose");
}

Passkey passkey_of(const storage::PasskeyRow& row) {
    return {row.id, row.name, row.create_at, row.last_used_at, row.is_synced, row.is_verified};
}

std::vector<PasskeyDescriptor> descriptors_of(const std::vector<storage::PasskeyRow>& rows) {
    std::vector<PasskeyDescriptor> out;
    for (const auto& row : rows)
        out.push_back({"public-key", storage::base64_url(row.credential_id), row.transports});
    return out;
}

std::string checked_name(const std::string& given) {
    const std::string name(trimmed(given));
    const bool is_plain =
        std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    require(!name.empty() && is_utf8(name) && is_plain && rune_count(name) <= Passkeys::longest_name,
            Fault::invalid, "identity.passkey.name", "A passkey has a name of 1 to 64 characters.");
    return name;
}

// What the browser says of how the authenticator is reached; a hint that it is given back.
std::vector<std::string> hints_in(const std::vector<std::string>& transports) {
    std::vector<std::string> out;
    for (const auto& hint : transports)
        if (out.size() < most_transports && !hint.empty() && hint.size() <= longest_transport &&
            hint.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string::npos)
            out.push_back(hint);
    return out;
}

Error no_such_passkey() {
    return {Fault::not_found, "identity.passkey.not_found", "There is no such passkey."};
}

}  // namespace

std::optional<RelyingParty> Passkeys::party() const {
    const auto settings = settings_.current();
    if (!settings->ConcordatSettings.EnablePasskeys) return std::nullopt;
    return relying_party(settings->ServiceSettings.SiteURL);
}

RelyingParty Passkeys::need_party() const {
    const auto known = party();
    if (!known)
        throw Error(Fault::unsupported, "identity.passkey.off",
                    "Passkeys are switched off, or the address of this server is none they work on.");
    return *known;
}

std::string Passkeys::challenge(storage::Tx& tx, PasskeyPurpose purpose, const UserId& user,
                                const std::string& address) {
    auto made = storage::random_bytes(challenge_bytes);
    storage::PasskeyChallengeTable table(tx);
    table.insert(made, {word_of(purpose), user, address, tx.now() + lifetime});
    if (!user.empty()) table.keep_newest(user, newest_of_person);
    return storage::base64_url(made);
}

CreationOptions Passkeys::begin(const Actor& actor) {
    const auto site = need_party();
    CreationOptions out;
    out.rp.id = site.id;
    const auto settings = settings_.current();
    out.rp.name = settings->TeamSettings.SiteName.empty() ? "Concordat" : settings->TeamSettings.SiteName;
    out.timeout = lifetime;
    for (const int algorithm : passkey_algorithms) out.pubKeyCredParams.push_back({"public-key", algorithm});
    db_.transact([&](storage::Tx& tx) {
        storage::PasskeyTable table(tx);
        const auto user = found(storage::UserTable(tx).find(actor.user_id), "app.user.missing_account.const",
                                "Unable to find the user.");
        out.user.id =
            storage::base64_url(table.lock_handle(actor.user_id, storage::random_bytes(handle_bytes)));
        out.user.name = out.user.displayName = user.username;
        out.excludeCredentials = descriptors_of(table.of_user(actor.user_id));
        require(out.excludeCredentials.size() < most_of_person, Fault::conflict, "identity.passkey.too_many",
                "You have 20 passkeys. Take one away first.");
        out.challenge = challenge(tx, PasskeyPurpose::registration, actor.user_id, "");
    });
    return out;
}

Passkey Passkeys::add(const Actor& actor, const std::string& given_name, const RegistrationAnswer& answer,
                      const std::string& attempt, const std::string& address) {
    const auto site = need_party();
    const auto name = checked_name(given_name);
    std::optional<Error> refusal;
    storage::PasskeyRow row;
    db_.transact([&](storage::Tx& tx) {
        refusal.reset();
        Trail trail("factor", attempt, address);
        trail.decision.user_id = trail.decision.actor_id = actor.user_id;
        trail.decision.session_id = actor.session_id;
        const auto refuse = [&](const PasskeyFinding& finding) {
            if (!trail.is_refused()) trail.refused(finding.rule, finding.detail);
            decisions_.record(tx, trail);
            refusal = Error(Fault::invalid, "identity.passkey.refused", trail.decision.steps.back().detail);
        };
        take_challenge(tx, challenge_of(answer), actor.user_id, PasskeyPurpose::registration, trail);
        if (trail.is_refused()) return refuse({});
        NewCredential made;
        if (const auto finding = check_registration(answer, site, false, made)) return refuse(*finding);
        FactorChange change(tx, decisions_, actor, actor.user_id);
        storage::PasskeyTable table(tx);
        table.lock_handle(actor.user_id, storage::random_bytes(handle_bytes));
        require(table.of_user(actor.user_id).size() < most_of_person, Fault::conflict,
                "identity.passkey.too_many", "You have 20 passkeys. Take one away first.");
        if (table.by_credential(made.id)) {
            refuse({"passkey.new", "The credential belongs to an account already."});
            refusal = Error(Fault::conflict, "identity.passkey.taken", "This passkey is in use already.");
            return;
        }
        row.id = PasskeyId::fresh(tx.now());
        row.user_id = actor.user_id;
        row.create_at = tx.now();
        row.sign_count = made.sign_count;
        row.is_synced = made.is_synced;
        row.name = name;
        row.credential_id = made.id;
        row.public_key = made.public_key;
        row.model = made.model;
        row.algorithm = made.algorithm;
        row.may_sync = made.may_sync;
        row.is_verified = made.is_verified;
        row.transports = hints_in(answer.response.transports);
        table.insert(row);
        sessions_.end_all(tx, actor.user_id, actor.user_id, "factor_added", actor.session_id);
        sessions_.mark_factor(tx, actor.session_id);
        change.tell("passkey_added", attempt);
    });
    if (refusal) throw *refusal;
    return passkey_of(row);
}

std::vector<Passkey> Passkeys::of(const UserId& user) {
    std::vector<Passkey> out;
    for (const auto& row : db_.read([&](storage::Tx& tx) { return storage::PasskeyTable(tx).of_user(user); }))
        out.push_back(passkey_of(row));
    return out;
}

Passkey Passkeys::rename(const Actor& actor, const PasskeyId& id, const std::string& given_name,
                         const std::string& attempt) {
    const auto name = checked_name(given_name);
    return db_.transact([&](storage::Tx& tx) {
        storage::PasskeyTable table(tx);
        auto row = table.find(actor.user_id, id);
        if (!row) throw no_such_passkey();
        table.set_name(*row, name);
        row->name = name;
        Trail trail("factor", attempt);
        trail.decision.user_id = trail.decision.actor_id = actor.user_id;
        trail.admitted("factor.passkey_renamed");
        decisions_.record(tx, trail);
        return passkey_of(*row);
    });
}

void Passkeys::remove(const Actor& actor, const PasskeyId& id, const std::string& attempt) {
    db_.transact([&](storage::Tx& tx) {
        FactorChange change(tx, decisions_, actor, actor.user_id);
        storage::PasskeyTable table(tx);
        if (!table.remove(actor.user_id, id)) throw no_such_passkey();
        storage::IdentityFactorTable factors(tx);
        const auto factor = factors.lock(actor.user_id);  // recovery codes of nothing are worth nothing
        if (factor && !factor->is_active && table.of_user(actor.user_id).empty())
            factors.remove(actor.user_id);
        change.tell("passkey_removed", attempt);
    });
}

RequestOptions Passkeys::ask_anybody(const std::string& address) {
    RequestOptions out;
    out.rpId = need_party().id;
    require(!settings_.current()->ConcordatSettings.PasskeySignInForServices.empty(), Fault::unsupported,
            "identity.passkey.off", "Nobody signs in with a passkey alone on this server.");
    out.userVerification = "required";
    out.timeout = lifetime;
    const storage::Database::Relaxed relaxed;  // after a crash the person begins again
    db_.transact([&](storage::Tx& tx) {
        const auto open = storage::PasskeyChallengeTable(tx).open(address, tx.now());
        require(open.all < most_open && open.of_address < most_open_of_address, Fault::rate_limited,
                "identity.passkey.busy", "Too many sign-ins with passkeys wait. Try again in a few minutes.");
        out.challenge = challenge(tx, PasskeyPurpose::sign_in, {}, address);
    });
    return out;
}

std::optional<RequestOptions> Passkeys::ask(const UserId& user, PasskeyPurpose purpose,
                                            const std::string& address) {
    const auto site = party();
    if (!site) return std::nullopt;
    return db_.transact([&](storage::Tx& tx) -> std::optional<RequestOptions> {
        RequestOptions out;
        out.allowCredentials = descriptors_of(storage::PasskeyTable(tx).of_user(user));
        if (out.allowCredentials.empty()) return std::nullopt;
        out.rpId = site->id;
        out.userVerification = "preferred";
        out.timeout = lifetime;
        out.challenge = challenge(tx, purpose, user, address);
        return out;
    });
}

void Passkeys::take_challenge(storage::Tx& tx, const std::optional<std::string>& challenge,
                              const UserId& user, PasskeyPurpose purpose, Trail& trail) {
    const auto given = challenge
                           ? storage::PasskeyChallengeTable(tx).take(*challenge, word_of(purpose), tx.now())
                           : std::nullopt;
    const auto wanted = purpose == PasskeyPurpose::sign_in ? UserId() : user;
    if (!given)
        trail.refused(
            "passkey.challenge",
            "The challenge was not given out for this, is older than five minutes, or was answered.");
    else if (given->user_id != wanted)
        trail.refused("passkey.challenge", "The challenge was given to somebody else.");
    else
        trail.passed("passkey.challenge");
}

bool Passkeys::accept(storage::Tx& tx, const UserId& user, const AssertionAnswer& answer,
                      PasskeyPurpose purpose, Trail& trail) {
    const auto site = party();
    if (!site) {
        trail.refused("passkey.enabled", "Passkeys are switched off, or SiteURL is none they work on.");
        return false;
    }
    take_challenge(tx, challenge_of(answer), user, purpose, trail);
    storage::PasskeyTable table(tx);
    const auto id = credential_id_of(answer);
    const auto row = id ? table.lock_by_credential(*id) : std::nullopt;
    if (!row || row->user_id != user) {
        check_nothing(answer, *site);
        trail.refused("passkey.known", "The person has no such passkey.");
        return false;
    }
    Assertion seen;
    const auto finding = check_assertion(answer, *site, row->public_key, static_cast<int>(row->algorithm),
                                         purpose == PasskeyPurpose::sign_in, seen);
    if (finding) trail.refused(finding->rule, finding->detail);
    const auto handle = user_handle_of(answer);
    const auto own = table.handle_of(user);
    const bool must_say = purpose == PasskeyPurpose::sign_in;
    if (!handle || !own || (handle->empty() ? must_say : !storage::constant_time_equal(*handle, *own)))
        trail.refused("passkey.owner", "The authenticator means another account.");
    if (trail.is_refused()) return false;
    if ((seen.sign_count != 0 || row->sign_count != 0) && seen.sign_count <= row->sign_count) {
        trail.refused("passkey.counter", "The counter of passkey " + row->id.text() + " went from " +
                                             std::to_string(row->sign_count) + " to " +
                                             std::to_string(seen.sign_count) +
                                             ": somebody may have a copy of its key. Take it away.");
        return false;
    }
    table.set_used(row->id, tx.now(), seen.sign_count, seen.is_synced);
    trail.passed("passkey.signature", "Passkey " + row->id.text() + ".");
    return true;
}

std::optional<UserId> Passkeys::owner_of(storage::Tx& tx, const AssertionAnswer& answer) {
    const auto id = credential_id_of(answer);
    const auto row = id ? storage::PasskeyTable(tx).by_credential(*id) : std::nullopt;
    if (!row) return std::nullopt;
    return row->user_id;
}

std::size_t Passkeys::sweep() {
    return db_.transact([&](storage::Tx& tx) {
        return storage::PasskeyChallengeTable(tx).remove_expired(tx.now(), challenge_sweep);
    });
}

}  // namespace concordat::identity
