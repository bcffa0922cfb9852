#include "identity/account/bots.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "identity/account/passwords.hpp"
#include "identity/account/profile.hpp"
#include "identity/session/sessions.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/bots.hpp"
#include "storage/tables/identity_factors.hpp"
#include "storage/tables/identity_links.hpp"
#include "storage/tables/passkeys.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

constexpr const char* missing = "store.sql_bot.get.missing.app_error";

Error no_bot() {
    return {Fault::not_found, missing, "There is no such bot."};
}

bool is_operator(const Actor& actor) {
    return !actor.signed_in();
}

Bot bot_of(const User& user, const storage::BotRow& row) {
    Bot bot;
    bot.user_id = user.id;
    bot.username = user.username;
    if (!user.first_name.empty()) bot.display_name = user.first_name;
    if (user.bot_description && !user.bot_description->empty()) bot.description = user.bot_description;
    bot.owner_id = row.owner_id;
    if (const auto at = user.last_picture_update.value_or(0); at > 0) bot.last_icon_update = at;
    bot.create_at = row.create_at;
    bot.update_at = user.update_at;
    bot.delete_at = user.delete_at;
    return bot;
}

void apply(const BotPatch& patch, User& user) {
    if (patch.username) user.username = lower_ascii(trimmed(*patch.username));
    if (patch.display_name) user.first_name = *patch.display_name;
    if (patch.description) user.bot_description = *patch.description;
    user.email = user.username + "@localhost";
    require(rune_count(user.first_name) <= Bots::longest_display_name, Fault::invalid,
            "model.bot.is_valid.display_name.app_error", "A bot's display name has at most 64 characters.");
    require(rune_count(user.bot_description.value_or("")) <= Bots::longest_description, Fault::invalid,
            "model.bot.is_valid.description.app_error", "A bot's description has at most 1,024 characters.");
    check_profile(user);
}

// Saves, and tells. `after` gets its time.
void save(storage::Tx& tx, const UserId& actor, const User& before, User& after) {
    after.update_at = std::max(tx.now(), before.update_at + 1);
    storage::UserTable(tx).update(after);
    tx.emit(UserUpdated{after, before, actor});
}

void switch_account(storage::Tx& tx, const UserId& actor, const User& before, User& after, bool is_active,
                    Sessions& sessions) {
    after.delete_at = is_active ? 0 : tx.now();
    save(tx, actor, before, after);
    tx.emit(UserActivated{after.id, is_active, actor});
    if (!is_active) sessions.end_all(tx, after.id, actor, "deactivated");
}

template <class Body>
auto explained(Body body) {
    try {
        return body();
    } catch (const Error& e) {
        if (e.id() == "storage.unique") explain_conflict(e);  // names the field that is taken
        throw;
    }
}

}  // namespace

void disable_bots_of(storage::Tx& tx, const UserId& owner, const UserId& actor, Sessions& sessions,
                     const Settings& settings) {
    if (!settings.ServiceSettings.DisableBotsWhenOwnerIsDeactivated) return;
    storage::BotQuery query;
    query.owner = owner;
    query.limit = 1000;
    storage::BotTable table(tx);
    for (auto rows = table.select(query); !rows.empty(); rows = table.select(query)) {
        for (const auto& row : rows) {
            const auto before = found(storage::UserTable(tx).find(row.user_id), missing);
            auto after = before;
            switch_account(tx, actor, before, after, false, sessions);
        }
    }
}

Bots::Found Bots::need(storage::Tx& tx, const UserId& id) {
    const auto row = storage::BotTable(tx).find(id);
    const auto user = row ? storage::UserTable(tx).find(id) : std::nullopt;
    if (!user) throw no_bot();
    return {bot_of(*user, *row), *user};
}

void Bots::require_read(const Actor& actor, const Bot& bot) const {
    if (is_operator(actor)) return;
    if (gate_.may(actor,
                  actor.user_id == bot.owner_id ? Permission::read_bots : Permission::read_others_bots))
        return;
    throw no_bot();
}

void Bots::require_manage(const Actor& actor, const Bot& bot) const {
    require_read(actor, bot);
    if (!is_operator(actor))
        gate_.require(
            actor, actor.user_id == bot.owner_id ? Permission::manage_bots : Permission::manage_others_bots);
}

void Bots::decide(storage::Tx& tx, const Actor& actor, const UserId& bot, const char* rule,
                  const std::string& attempt) {
    Trail trail("account", attempt);
    trail.decision.user_id = bot;
    trail.decision.actor_id = actor.user_id;
    trail.decision.session_id = actor.session_id;
    trail.admitted(rule);
    decisions_.record(tx, trail);
}

Bot Bots::create(const Actor& actor, const BotPatch& wanted, const std::string& attempt,
                 const UserId& owner) {
    const auto settings = settings_.current();
    if (!is_operator(actor)) {
        gate_.require(actor, Permission::create_bot);
        if (actor.is_bot) throw lacks_permission("a bot makes no bots");
        require(settings->ServiceSettings.EnableBotAccountCreation, Fault::forbidden,
                "api.bot.create_disabled", "Bot accounts cannot be made on this server.");
    }
    if (!wanted.username) throw bad_body("username");
    User user;
    user.is_bot = true;
    user.roles = "system_user";
    user.email_verified = true;
    fill_in(user, *settings);
    apply(wanted, user);
    return explained([&] {
        return db_.transact([&](storage::Tx& tx) {
            user.id = UserId::fresh(tx.now());
            user.create_at = user.update_at = tx.now();
            const storage::BotRow row{user.id, is_operator(actor) ? owner : actor.user_id, tx.now()};
            storage::UserTable(tx).insert(user, {});
            storage::BotTable(tx).insert(row);
            tx.emit(UserCreated{user, actor.signed_in() ? actor.user_id : row.owner_id});
            decide(tx, actor, user.id, "bot.created", attempt);
            return bot_of(user, row);
        });
    });
}

Bot Bots::get(const Actor& actor, const UserId& id, bool with_disabled) {
    const auto bot = db_.read([&](storage::Tx& tx) { return need(tx, id).bot; });
    require_read(actor, bot);
    if (bot.delete_at > 0 && !with_disabled) throw no_bot();
    return bot;
}

std::vector<Bot> Bots::list(const Actor& actor, const BotList& wanted) {
    storage::BotQuery query;
    query.with_disabled = wanted.with_disabled;
    query.only_orphaned = wanted.only_orphaned;
    query.offset = wanted.offset;
    query.limit = wanted.limit;
    if (!is_operator(actor) && !gate_.may(actor, Permission::read_others_bots)) {
        gate_.require(actor, Permission::read_bots);
        query.owner = actor.user_id;
    }
    return db_.read([&](storage::Tx& tx) {
        std::vector<Bot> out;
        const auto rows = storage::BotTable(tx).select(query);
        std::vector<UserId> ids;
        for (const auto& row : rows) ids.push_back(row.user_id);
        const auto users = ids.empty() ? std::vector<User>() : storage::UserTable(tx).find(ids);
        for (const auto& row : rows)
            for (const auto& user : users)
                if (user.id == row.user_id) out.push_back(bot_of(user, row));
        return out;
    });
}

Bot Bots::patch(const Actor& actor, const UserId& id, const BotPatch& patch) {
    return explained([&] {
        return db_.transact([&](storage::Tx& tx) {
            const auto before = need(tx, id);
            require_manage(actor, before.bot);
            auto after = before.user;
            apply(patch, after);
            save(tx, actor.user_id, before.user, after);
            return need(tx, id).bot;
        });
    });
}

Bot Bots::set_active(const Actor& actor, const UserId& id, bool is_active, const std::string& attempt) {
    return db_.transact([&](storage::Tx& tx) {
        const auto before = need(tx, id);
        require_manage(actor, before.bot);
        if ((before.user.delete_at == 0) == is_active) return before.bot;
        auto after = before.user;
        switch_account(tx, actor.user_id, before.user, after, is_active, sessions_);
        decide(tx, actor, id, is_active ? "bot.enabled" : "bot.disabled", attempt);
        return need(tx, id).bot;
    });
}

Bot Bots::assign(const Actor& actor, const UserId& id, const UserId& owner, const std::string& attempt) {
    return db_.transact([&](storage::Tx& tx) {
        const auto before = need(tx, id);
        require_manage(actor, before.bot);
        const auto user = found(storage::UserTable(tx).find(owner), "app.user.missing_account.const",
                                "Unable to find the user.");
        if (user.is_bot.value_or(false)) throw lacks_permission("a bot owns no bots");
        storage::BotTable(tx).set_owner(id, owner);
        auto after = before.user;
        save(tx, actor.user_id, before.user, after);
        decide(tx, actor, id, "bot.assigned", attempt);
        return need(tx, id).bot;
    });
}

Bot Bots::from_user(const Actor& actor, const UserId& id, const std::string& attempt) {
    return db_.transact([&](storage::Tx& tx) {
        storage::UserTable users(tx);
        const auto before =
            found(users.find(id), "app.user.missing_account.const", "Unable to find the user.");
        require(!before.is_bot.value_or(false), Fault::invalid, "api.user.convert_user_to_bot.is_bot",
                "This account is a bot already.");
        require(!before.remote_id, Fault::invalid, "api.user.convert_user_to_bot.partner",
                "People of other organisations are theirs.");
        require(before.id != actor.user_id, Fault::invalid, "api.user.convert_user_to_bot.oneself",
                "Nobody makes a bot of their own account.");
        auto after = before;
        after.is_bot = true;
        after.auth_service.clear();
        after.auth_data.clear();
        after.mfa_active.reset();
        users.set_credential(id, {});
        storage::IdentityLinkTable(tx).remove(id);
        storage::IdentityFactorTable(tx).remove(id);
        storage::PasskeyTable(tx).remove_all(id);
        storage::BotTable table(tx);
        table.insert({id, actor.user_id, tx.now()});
        table.mark(id, true);
        save(tx, actor.user_id, before, after);
        sessions_.end_all(tx, id, actor.user_id, "sign_in_changed");
        decide(tx, actor, id, "bot.from_user", attempt);
        return need(tx, id).bot;
    });
}

User Bots::to_user(const Actor& actor, const UserId& id, const UserPatch& profile, bool as_admin,
                   const std::string& attempt) {
    if (!profile.password || profile.password->empty()) throw bad_body("userPatch");
    const auto settings = settings_.current();
    check_new_password(*profile.password, *settings);
    storage::Credential credential;
    credential.password_hash = hash_password(*profile.password, *settings);
    return explained([&] {
        return db_.transact([&](storage::Tx& tx) {
            const auto before = need(tx, id).user;
            auto after = before;
            after.is_bot.reset();
            after.bot_description.reset();
            if (profile.username) after.username = lower_ascii(trimmed(*profile.username));
            if (profile.email) after.email = lower_ascii(trimmed(*profile.email));
            if (profile.nickname) after.nickname = *profile.nickname;
            if (profile.first_name) after.first_name = *profile.first_name;
            if (profile.last_name) after.last_name = *profile.last_name;
            if (profile.position) after.position = *profile.position;
            if (profile.locale) after.locale = *profile.locale;
            if (as_admin) after.roles = with_role(after.roles, "system_admin", true);
            after.last_password_update = tx.now();
            check_profile(after);
            storage::BotTable table(tx);
            table.remove(id);
            table.mark(id, false);
            storage::UserTable(tx).set_credential(id, credential);
            save(tx, actor.user_id, before, after);
            if (as_admin) tx.emit(UserRolesChanged{id, after.roles, before.roles, actor.user_id});
            sessions_.end_all(tx, id, actor.user_id, "sign_in_changed");
            decide(tx, actor, id, "bot.to_user", attempt);
            return after;
        });
    });
}

bool Bots::may_manage(const Actor& actor, const UserId& id) {
    const auto row = db_.read([&](storage::Tx& tx) { return storage::BotTable(tx).find(id); });
    return row && gate_.may(actor, row->owner_id == actor.user_id ? Permission::manage_bots
                                                                  : Permission::manage_others_bots);
}

}  // namespace concordat::identity
