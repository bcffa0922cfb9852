#include "identity/account/accounts.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "identity/account/bots.hpp"
#include "identity/account/passwords.hpp"
#include "identity/account/profile.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/identity_links.hpp"
#include "storage/tables/memberships.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
bool Accounts::has_none() {
    return db_.read([](storage::Tx& tx) { return storage::UserTable(tx).is_empty(); });
}

User Accounts::create(NewAccount account, const Actor& actor) {
    const auto settings = settings_.current();
    auto& u = account.user;
    u.username = lower_ascii(trimmed(u.username));
    u.email = lower_ascii(trimmed(u.email));
    const bool is_first = has_none();
    const bool by_admin =
        actor.signed_in() && gate_.may(actor, Permission::sysconsole_write_user_management_users);
    if (!account.by_operator && !by_admin) {
        if (is_first && !account.may_be_first)
            throw Error(Fault::forbidden, "api.user.create_user.setup_code.app_error",
                        "The first account can be made on the server itself, or with the set-up code that "
                        "the server printed.");
        if (!is_first &&
            (!settings->TeamSettings.EnableUserCreation || !settings->EmailSettings.EnableSignUpWithEmail))
            throw Error(Fault::unsupported, "api.user.create_user.signup_email_disabled.app_error",
                        "User sign-up with email is disabled.");
        if (!is_first && !account.is_invited && !settings->TeamSettings.EnableOpenServer)
            throw Error(Fault::forbidden, "api.user.create_user.no_open_server",
                        "This server does not allow open signups. Please speak with your Administrator to "
                        "receive an invitation.");
        const auto& domains = account.as_guest ? settings->GuestAccountsSettings.RestrictCreationToDomains
                                               : settings->TeamSettings.RestrictCreationToDomains;
        if (!is_first && !domain_is_allowed(u.email, domains))
            throw Error(Fault::invalid, "api.user.create_user.accepted_domain.app_error",
                        "The email you provided does not belong to an accepted domain.");
    }
    u.id = UserId::fresh(db_.now());
    u.create_at = u.update_at = db_.now();
    u.delete_at = 0;
    u.last_password_update = u.create_at;
    u.roles = is_first || account.as_admin ? "system_admin system_user"
              : account.as_guest           ? "system_guest"
                                           : "system_user";
    u.auth_service.clear();
    u.auth_data.clear();
    u.email_verified.reset();
    if (account.by_operator || account.is_address_proved) u.email_verified = true;
    fill_in(u, *settings);
    check_profile(u);
    check_new_password(account.password, *settings);
    storage::Credential credential;
    credential.password_hash = hash_password(account.password, *settings);
    try {
        db_.transact([&](storage::Tx& tx) {
            storage::UserTable table(tx);
            if (is_first && !account.by_operator) {  // of two who come first at once, one is
                table.lock_first_account();
                require(table.is_empty(), Fault::conflict, "api.user.create_user.not_first.app_error",
                        "Somebody else made the first account meanwhile. Ask them for an invitation.");
            }
            table.insert(u, credential);
            tx.emit(UserCreated{u, actor.signed_in() ? actor.user_id : u.id});
        });
    } catch (const Error& e) {
        if (e.id() == "storage.unique") explain_conflict(e);  // names the field that is taken
        throw;
    }
    return u;
}

std::optional<User> Accounts::find(const UserId& id) {
    return db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(id); });
}

User Accounts::get(const UserId& id) {
    return found(find(id), "app.user.missing_account.const", "Unable to find the user.");
}

std::optional<User> Accounts::by_username(const std::string& username) {
    return db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).by_username(username); });
}

std::optional<User> Accounts::by_email(const std::string& email) {
    return db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).by_email(email); });
}

std::vector<User> Accounts::find(const std::vector<UserId>& ids, Millis changed_since) {
    if (ids.empty()) return {};
    return db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(ids, changed_since); });
}

std::vector<User> Accounts::by_usernames(const std::vector<std::string>& usernames) {
    if (usernames.empty()) return {};
    std::vector<std::string> lower;
    for (const auto& name : usernames) lower.push_back(lower_ascii(name));
    return db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).by_usernames(lower); });
}

std::vector<User> Accounts::select(const storage::UserQuery& query) {
    return db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).select(query); });
}

std::vector<UserId> Accounts::known_to(const UserId& user) {
    return db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).known_to(user); });
}

std::vector<std::pair<ChannelId, User>> Accounts::others_in(const std::vector<ChannelId>& channels,
                                                            const UserId& asking) {
    if (channels.empty()) return {};
    return db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).in_channels(channels, asking); });
}

std::int64_t Accounts::count() {
    return db_.read([](storage::Tx& tx) { return storage::UserTable(tx).count(false, false); });
}

std::int64_t Accounts::count(const storage::UserQuery& query) {
    return db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).count(query); });
}

User Accounts::save(storage::Tx& tx, const Actor& actor, const User& before, User after) {
    after.username = lower_ascii(trimmed(after.username));
    after.email = lower_ascii(trimmed(after.email));
    check_profile(after);
    if (after.email != before.email) after.email_verified.reset();
    after.update_at = std::max(tx.now(), before.update_at + 1);
    storage::UserTable(tx).update(after);
    tx.emit(UserUpdated{after, before, actor.user_id});
    return after;
}

// What a directory or provider says of somebody is changed there.
static void require_not_owned(const User& before, const User& after, const Settings& settings) {
    const auto owned = owned_by_source(before, settings);
    const char* field = nullptr;
    if (owned.username && after.username != before.username) field = "username";
    if (owned.email && after.email != before.email) field = "email";
    if (owned.nickname && after.nickname != before.nickname) field = "nickname";
    if (owned.first_name && after.first_name != before.first_name) field = "first name";
    if (owned.last_name && after.last_name != before.last_name) field = "last name";
    if (owned.position && after.position != before.position) field = "position";
    if (field)
        throw Error(Fault::conflict, "api.user.patch_user.login_provider_attribute_set.app_error",
                    std::string("Field '") + field + "' must be set through the user's login provider.");
}

User Accounts::patch(const Actor& actor, const UserId& id, const UserPatch& patch) {
    try {
        const auto changed = db_.transact([&](storage::Tx& tx) {
            const auto before = found(storage::UserTable(tx).find(id), "app.user.missing_account.const",
                                      "Unable to find the user.");
            auto after = before;
            if (patch.username) after.username = *patch.username;
            if (patch.nickname) after.nickname = *patch.nickname;
            if (patch.first_name) after.first_name = *patch.first_name;
            if (patch.last_name) after.last_name = *patch.last_name;
            if (patch.position) after.position = *patch.position;
            if (patch.email) after.email = *patch.email;
            if (patch.props) after.props = *patch.props;
            if (patch.notify_props) after.notify_props = *patch.notify_props;
            if (patch.locale) after.locale = *patch.locale;
            if (patch.timezone) after.timezone = *patch.timezone;
            require_not_owned(before, after, *settings_.current());
            if (after.email != before.email && actor.user_id == id && !actor.is_admin) {
                const auto credential = storage::UserTable(tx).credential(id);
                if (!patch.password || !credential ||
                    !verify_password(*patch.password, credential->password_hash, *settings_.current()))
                    throw Error(Fault::invalid, "api.user.check_user_password.invalid.app_error",
                                "Your password is needed to change the e-mail address.");
            }
            return save(tx, actor, before, std::move(after));
        });
        return changed;
    } catch (const Error& e) {
        if (e.id() == "storage.unique") explain_conflict(e);  // names the field that is taken
        throw;
    }
}

User Accounts::update(const Actor& actor, User user) {
    UserPatch all;
    all.username = user.username;
    all.nickname = user.nickname;
    all.first_name = user.first_name;
    all.last_name = user.last_name;
    all.position = user.position;
    all.email = user.email;
    if (user.props) all.props = user.props;
    if (user.notify_props) all.notify_props = user.notify_props;
    all.locale = user.locale;
    if (!user.timezone.empty()) all.timezone = user.timezone;
    return patch(actor, user.id, all);
}

User Accounts::set_props(const Actor& actor, const UserId& id,
                         const std::function<void(StringMap&)>& change) {
    return db_.transact([&](storage::Tx& tx) {
        const auto before = found(storage::UserTable(tx).find(id), "app.user.missing_account.const",
                                  "Unable to find the user.");
        auto after = before;
        if (!after.props) after.props = StringMap();
        change(*after.props);
        return save(tx, actor, before, std::move(after));
    });
}

void Accounts::change_password(const Actor& actor, const UserId& id, const std::string& current,
                               const std::string& next) {
    const auto settings = settings_.current();
    const auto user = get(id);
    if (!user.auth_service.empty())
        throw Error(Fault::invalid, "api.user.update_password.oauth.app_error",
                    "This account does not sign in with a password.");
    if (actor.user_id == id) {
        const auto credential =
            db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).credential(id); });
        if (!credential || !verify_password(current, credential->password_hash, *settings))
            throw Error(Fault::invalid, "api.user.update_password.incorrect.app_error",
                        "The current password is not correct.");
    }
    check_new_password(next, *settings);
    storage::Credential credential;
    credential.password_hash = hash_password(next, *settings);
    db_.transact([&](storage::Tx& tx) {
        storage::UserTable table(tx);
        auto after = found(table.find(id), "app.user.missing_account.const", "Unable to find the user.");
        after.last_password_update = after.update_at = tx.now();
        table.set_credential(id, credential);
        table.update(after);
        tx.emit(PasswordChanged{id, actor.user_id});
    });
    if (settings->ServiceSettings.TerminateSessionsOnPasswordChange)
        sessions_.end_all(id, actor.user_id, "password_changed",
                          actor.user_id == id ? actor.session_id : SessionId());
}

void Accounts::set_active(const Actor& actor, const UserId& id, bool is_active) {
    db_.transact([&](storage::Tx& tx) {
        const auto before = found(storage::UserTable(tx).find(id), "app.user.missing_account.const",
                                  "Unable to find the user.");
        if ((before.delete_at == 0) == is_active) return;
        auto after = before;
        after.delete_at = is_active ? 0 : tx.now();
        save(tx, actor, before, std::move(after));
        tx.emit(UserActivated{id, is_active, actor.user_id});
        storage::IdentityLinkTable(tx).set_off(id, false);  // decided here: no source undoes it
        if (is_active) return;
        sessions_.end_all(tx, id, actor.user_id, "deactivated");
        disable_bots_of(tx, id, actor.user_id, sessions_, *settings_.current());
    });
}

void Accounts::set_roles(const Actor& actor, const UserId& id, const std::string& roles) {
    for (const auto& name : split_words(roles)) {
        const auto role = gate_.roles().named(name);
        if (!role || role->is_of_places()) throw bad_body("roles");
    }
    db_.transact([&](storage::Tx& tx) {
        const auto before = found(storage::UserTable(tx).find(id), "app.user.missing_account.const",
                                  "Unable to find the user.");
        auto after = before;
        after.roles = roles;
        if (has_role(after, "system_guest") != has_role(before, "system_guest")) {
            storage::MembershipTable memberships(tx);
            has_role(after, "system_guest") ? memberships.make_guest(id) : memberships.make_member(id);
        }
        save(tx, actor, before, std::move(after));
        tx.emit(UserRolesChanged{id, roles, before.roles, actor.user_id});
        if (roles == before.roles) return;
        Trail trail("account", new_token());
        trail.decision.user_id = id;
        trail.decision.actor_id = actor.user_id;
        trail.decision.session_id = actor.session_id;
        trail.admitted("account.roles",
                       "Roles are now \"" + roles + "\"; they were \"" + before.roles + "\".");
        Decisions(db_).record(tx, trail);
    });
}

User seen_by_anyone(User user, const Settings& settings) {
    user.auth_data.clear();
    user.auth_service.clear();
    user.notify_props.reset();
    user.email_verified.reset();
    user.last_password_update.reset();
    user.failed_attempts.reset();
    user.mfa_active.reset();
    if (!settings.PrivacySettings.ShowEmailAddress) user.email.clear();
    if (!settings.PrivacySettings.ShowFullName) user.first_name = user.last_name = "";
    return user;
}

User Accounts::seen_by_anyone(User user) const {
    return identity::seen_by_anyone(std::move(user), *settings_.current());
}

User Accounts::seen_by(const Actor& viewer, User user) const {
    if (viewer.is_admin || viewer.user_id == user.id) {
        user.auth_data.clear();
        return user;
    }
    return seen_by_anyone(std::move(user));
}

std::vector<User> Accounts::seen_by(const Actor& viewer, std::vector<User> users) const {
    for (auto& user : users) user = seen_by(viewer, std::move(user));
    return users;
}

}  // namespace concordat::identity
