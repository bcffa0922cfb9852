#include "identity/account/admissions.hpp"

#include <algorithm>
#include <map>

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "identity/account/bots.hpp"
#include "identity/account/profile.hpp"
#include "identity/session/sessions.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/identity_links.hpp"
#include "storage/tables/memberships.hpp"
#include "storage/tables/user_groups.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

constexpr std::size_t longest_subject = 512;  // bytes
constexpr const char *user_role = "system_user", *guest_role = "system_guest", *admin_role = "system_admin";

std::string source_name(const std::string& service, const std::string& provider) {
    return provider.empty() ? service : service + " \"" + provider + "\"";
}

AdmissionPlan refusal(AdmissionPlan plan, std::string rule, std::string detail) {
    plan.action = "refuse";
    plan.rule = std::move(rule);
    plan.detail = std::move(detail);
    return plan;
}

// The name before the @ when the source gives none.
std::string username_of(const ExternalIdentity& identity) {
    const auto& given = identity.username.empty() ? identity.email : identity.username;
    return lower_ascii(trimmed(given.substr(0, given.find('@'))));
}

void write_profile(User& user, const ExternalIdentity& identity) {
    auto take = [](std::string& field, const std::string& said) {
        if (!said.empty()) field = trimmed(said);
    };
    if (const auto name = username_of(identity); !name.empty()) user.username = name;
    if (!identity.email.empty()) {
        user.email = lower_ascii(trimmed(identity.email));
        user.email_verified = true;
    }
    take(user.nickname, identity.nickname);
    take(user.first_name, identity.first_name);
    take(user.last_name, identity.last_name);
    take(user.position, identity.position);
    take(user.locale, identity.locale);
    user.auth_service = identity.service;
    user.auth_data = identity.subject;
}

bool may_give(const Settings& settings, const std::string& role) {
    const auto& roles = settings.ConcordatSettings.RolesFromProviders;
    return std::find(roles.begin(), roles.end(), role) != roles.end();
}

// Which roles belong to groups of the person's directory, and whether one of the person's gives them.
std::map<std::string, bool> roles_of_groups(storage::Tx& tx, const ExternalIdentity& identity) {
    std::map<std::string, bool> out;
    if (identity.service != "ldap") return out;
    for (const auto& group : storage::UserGroupTable(tx).with_roles(identity.provider)) {
        const bool is_in = group.delete_at == 0 && std::find(identity.groups.begin(), identity.groups.end(),
                                                             *group.remote_id) != identity.groups.end();
        for (const auto& word : split_words(group.roles)) {
            const bool was_given = word.starts_with('-');
            auto& gives = out[was_given ? word.substr(1) : word];
            gives = gives || (is_in && !was_given);
        }
    }
    return out;
}

void write_group_roles(storage::Tx& tx, AdmissionPlan& plan, const ExternalIdentity& identity,
                       const Settings& settings) {
    const bool is_guest = has_role(plan.after, guest_role);
    for (const auto& [role, gives] : roles_of_groups(tx, identity)) {
        if (!may_give(settings, role)) {
            if (gives)
                plan.notes.push_back("A group gives the role " + role +
                                     ", which ConcordatSettings.RolesFromProviders does not allow.");
            continue;
        }
        const bool is_said_otherwise = role == admin_role && identity.is_admin.value_or(false);
        const bool shall_have = (gives || is_said_otherwise) && !is_guest;
        if (has_role(plan.after, role) != shall_have)
            plan.after.roles = with_role(plan.after.roles, role, shall_have);
        if (gives && is_guest) plan.notes.push_back("A group gives the role " + role + "; a guest has none.");
    }
}

// Never more than RolesFromProviders allows; a guest stays one until an administrator decides otherwise.
void write_roles(AdmissionPlan& plan, const ExternalIdentity& identity, const Settings& settings) {
    auto& roles = plan.after.roles;
    if (!plan.before) roles = identity.is_guest.value_or(false) ? guest_role : user_role;
    const bool was_guest = plan.before && has_role(*plan.before, guest_role);
    if (plan.before && identity.is_guest.value_or(false) && !was_guest) roles = guest_role;
    if (was_guest && identity.is_guest == false)
        plan.notes.push_back(
            "The source says that this guest is a member now; an administrator has to promote them.");
    if (!identity.is_admin.has_value()) return;
    if (!may_give(settings, admin_role)) {
        if (*identity.is_admin)
            plan.notes.push_back(
                "The source says that this is an administrator, which "
                "ConcordatSettings.RolesFromProviders does not allow it to give.");
        return;
    }
    const bool is_guest = has_role(plan.after, guest_role);
    roles = with_role(roles, admin_role, *identity.is_admin && !is_guest);
    if (*identity.is_admin && is_guest) plan.notes.push_back("A guest is never made an administrator.");
}

void note_changes(AdmissionPlan& plan) {
    const User none;
    const auto& a = plan.before ? *plan.before : none;
    const auto& b = plan.after;
    auto compare = [&](const char* field, const std::string& before, const std::string& after) {
        if (before != after) plan.changes.push_back({field, before, after});
    };
    compare("username", a.username, b.username);
    compare("email", a.email, b.email);
    compare("nickname", a.nickname, b.nickname);
    compare("first_name", a.first_name, b.first_name);
    compare("last_name", a.last_name, b.last_name);
    compare("position", a.position, b.position);
    compare("locale", a.locale, b.locale);
    compare("roles", a.roles, b.roles);
    if (plan.before)
        compare("active", a.delete_at == 0 ? "true" : "false", b.delete_at == 0 ? "true" : "false");
}

// Whose name or address it is already; nobody when it is free or their own.
bool is_taken(const std::optional<User>& holder, const AdmissionPlan& plan) {
    return holder && !(plan.before && holder->id == plan.before->id);
}

// A name that is taken is kept as it was for an account that exists.
AdmissionPlan without_conflicts(storage::Tx& tx, AdmissionPlan plan) {
    storage::UserTable users(tx);
    auto& after = plan.after;
    const bool name_taken = is_taken(users.by_username(after.username), plan);
    const bool email_taken = is_taken(users.by_email(after.email), plan);
    if (!plan.before && (name_taken || email_taken))
        return refusal(
            std::move(plan), name_taken ? "account.username_taken" : "account.email_taken",
            std::string(name_taken ? "The user name" : "The e-mail address") +
                " belongs to an account that is not linked to this person. If it is theirs, link the two "
                "(concordatctl identity link).");
    if (name_taken) {
        plan.notes.push_back("The new user name belongs to another account; the old one stays.");
        after.username = plan.before->username;
    }
    if (email_taken) {
        plan.notes.push_back("The new e-mail address belongs to another account; the old one stays.");
        after.email = plan.before->email;
    }
    return plan;
}

}  // namespace

AdmissionPlan Admissions::plan(storage::Tx& tx, const ExternalIdentity& identity) {
    const auto settings = settings_.current();
    AdmissionPlan plan;
    if (identity.service.empty() || identity.subject.empty() || identity.subject.size() > longest_subject ||
        identity.subject.find('\0') != std::string::npos)
        return refusal(std::move(plan), "account.subject",
                       "The source gives no immutable id of 1 to 512 bytes for this person.");
    const auto link =
        storage::IdentityLinkTable(tx).of_subject(identity.service, identity.provider, identity.subject);
    plan.action = "create";
    if (link) {
        plan.before = storage::UserTable(tx).find(link->user_id);
        require(plan.before.has_value(), Fault::internal, "identity.link.dangling");
        plan.after = *plan.before;
        plan.action = "update";
    }
    if (plan.before && plan.before->delete_at > 0) {
        if (!link->is_off)
            return refusal(std::move(plan), "account.deactivated",
                           "The account was deactivated here; only an administrator here can activate it.");
        plan.after.delete_at = 0;
        plan.action = "reactivate";
    }
    if (identity.is_guest.value_or(false) && !settings->GuestAccountsSettings.Enable)
        return refusal(std::move(plan), "account.guests_disabled",
                       "The source says that this is a guest, and GuestAccountsSettings.Enable is false.");
    write_profile(plan.after, identity);
    write_roles(plan, identity, *settings);
    write_group_roles(tx, plan, identity, *settings);
    if (plan.before)
        for (const auto& role : split_words(plan.before->roles))
            plan.loses_role = plan.loses_role || !has_role(plan.after, role);
    if (!plan.before) fill_in(plan.after, *settings);
    try {
        check_profile(plan.after);
    } catch (const Error& e) {
        return refusal(std::move(plan), "account.profile",
                       "What the source says cannot be an account: " + e.text());
    }
    plan = without_conflicts(tx, std::move(plan));
    if (plan.action != "refuse") note_changes(plan);
    return plan;
}

std::optional<Admission> Admissions::admit(storage::Tx& tx, const ExternalIdentity& identity, Trail& trail) {
    auto plan = this->plan(tx, identity);
    for (const auto& note : plan.notes) trail.noted("account.source", note);
    if (plan.before) trail.decision.user_id = plan.before->id;
    if (plan.action == "refuse") {
        trail.refused(plan.rule, plan.detail);
        return std::nullopt;
    }
    auto& user = plan.after;
    user.update_at = tx.now();
    if (!plan.before) {
        user.id = UserId::fresh(tx.now());
        user.create_at = tx.now();
        trail.decision.user_id = user.id;
        storage::UserTable(tx).insert(user, {});
        storage::IdentityLinkTable(tx).put(
            {user.id, identity.service, identity.provider, identity.subject, tx.now(), false});
        tx.emit(UserCreated{user, user.id});
        trail.passed("account.created", "For " + source_name(identity.service, identity.provider) + ".");
        return Admission{user, true};
    }
    const auto& before = *plan.before;
    if (plan.changes.empty()) {
        trail.passed("account.linked", "Nothing of the profile changed.");
        return Admission{before, false};
    }
    user.update_at = std::max(tx.now(), before.update_at + 1);
    storage::UserTable(tx).update(user);
    tx.emit(UserUpdated{user, before, user.id});
    if (user.roles != before.roles) {
        if (has_role(user, guest_role) && !has_role(before, guest_role))
            storage::MembershipTable(tx).make_guest(user.id);
        tx.emit(UserRolesChanged{user.id, user.roles, before.roles, user.id});
    }
    if (plan.action == "reactivate") {
        storage::IdentityLinkTable(tx).set_off(user.id, false);
        tx.emit(UserActivated{user.id, true, user.id});
    }
    std::string fields;
    for (const auto& change : plan.changes) fields += (fields.empty() ? "" : ", ") + change.field;
    trail.passed("account.linked", "The source changed: " + fields + ".");
    return Admission{user, false};
}

bool Admissions::deactivate(storage::Tx& tx, const IdentityLink& link, Trail& trail) {
    trail.decision.user_id = link.user_id;
    const auto before = found(storage::UserTable(tx).find(link.user_id), "app.user.missing_account.const");
    if (before.delete_at > 0) return false;
    auto after = before;
    after.delete_at = tx.now();
    after.update_at = std::max(tx.now(), before.update_at + 1);
    storage::UserTable(tx).update(after);
    storage::IdentityLinkTable(tx).set_off(link.user_id, true);
    tx.emit(UserUpdated{after, before, UserId()});
    tx.emit(UserActivated{link.user_id, false, UserId()});
    sessions_.end_all(tx, link.user_id, UserId(), "deactivated");
    disable_bots_of(tx, link.user_id, UserId(), sessions_, *settings_.current());
    return true;
}

std::optional<IdentityLink> Admissions::link_of(storage::Tx& tx, const UserId& user) {
    return storage::IdentityLinkTable(tx).of_user(user);
}

std::optional<UserId> Admissions::linked(storage::Tx& tx, const std::string& service,
                                         const std::string& provider, const std::string& subject) {
    const auto link = storage::IdentityLinkTable(tx).of_subject(service, provider, subject);
    return link ? std::optional(link->user_id) : std::nullopt;
}

std::vector<IdentityLink> Admissions::links(storage::Tx& tx, const std::string& service,
                                            const std::string& provider, const std::string& after,
                                            std::int64_t limit) {
    return storage::IdentityLinkTable(tx).of_source(service, provider, after, limit);
}

void Admissions::link(const Actor& actor, const UserId& id, const std::string& service,
                      const std::string& provider, const std::string& subject, const std::string& attempt) {
    require(!service.empty() && !subject.empty() && subject.size() <= longest_subject, Fault::invalid,
            "identity.link.subject", "A service and the person's immutable id there are needed.");
    try {
        db_.transact([&](storage::Tx& tx) {
            storage::UserTable users(tx);
            const auto before =
                found(users.find(id), "app.user.missing_account.const", "Unable to find the user.");
            require(!before.is_bot.value_or(false), Fault::invalid, "identity.link.bot",
                    "A bot signs in nowhere.");
            require(!before.remote_id, Fault::invalid, "identity.link.partner",
                    "People of other organisations do not sign in here.");
            auto after = before;
            after.auth_service = service;
            after.auth_data = subject;
            after.update_at = std::max(tx.now(), before.update_at + 1);
            storage::IdentityLinkTable(tx).put({id, service, provider, subject, tx.now(), false});
            users.update(after);
            users.set_credential(id, {});
            tx.emit(UserUpdated{after, before, actor.user_id});
            sessions_.end_all(tx, id, actor.user_id, "sign_in_changed");
            Trail trail("account", attempt);
            trail.decision.user_id = id;
            trail.decision.actor_id = actor.user_id;
            trail.decision.service = service;
            trail.decision.provider = provider;
            trail.admitted("account.linked", "From now on by " + source_name(service, provider) + ".");
            decisions_.record(tx, trail);
        });
    } catch (const Error& e) {
        if (e.id() == "storage.unique")
            throw Error(Fault::conflict, "identity.link.taken",
                        "This person is linked to another account already; unlink that one first.");
        throw;
    }
}

void Admissions::unlink(const Actor& actor, const UserId& id, const std::string& attempt,
                        const std::string& password_hash) {
    db_.transact([&](storage::Tx& tx) {
        storage::UserTable users(tx);
        const auto before =
            found(users.find(id), "app.user.missing_account.const", "Unable to find the user.");
        require(storage::IdentityLinkTable(tx).remove(id), Fault::not_found, "identity.link.none",
                "This account is not linked to a directory or identity provider.");
        auto after = before;
        after.auth_service.clear();
        after.auth_data.clear();
        after.update_at = std::max(tx.now(), before.update_at + 1);
        if (!password_hash.empty()) {
            storage::Credential credential;
            credential.password_hash = password_hash;
            after.last_password_update = tx.now();
            users.set_credential(id, credential);
        }
        users.update(after);
        tx.emit(UserUpdated{after, before, actor.user_id});
        sessions_.end_all(tx, id, actor.user_id, "sign_in_changed");
        Trail trail("account", attempt);
        trail.decision.user_id = id;
        trail.decision.actor_id = actor.user_id;
        trail.decision.service = before.auth_service;
        trail.admitted("account.unlinked", password_hash.empty()
                                               ? "From now on by a password, once one is set."
                                               : "From now on by the password that was given.");
        decisions_.record(tx, trail);
    });
}

}  // namespace concordat::identity
