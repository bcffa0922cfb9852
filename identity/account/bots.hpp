// Bots: accounts for programs. Nobody signs in to one; programs use its access tokens (identity/token). A bot
// belongs to a person, its owner, and does not outlast them: it is disabled when its owner is deactivated,
// whoever does that, unless ServiceSettings.DisableBotsWhenOwnerIsDeactivated is false.
//
// Who may see or change a bot: its owner with read_bots or manage_bots, others with read_others_bots or
// manage_others_bots. Whoever may not see one is told that there is none.
//
// Thread-safe; calls block. Every change is a decision (act "account").
// Errors: api.bot.create_disabled (forbidden), store.sql_bot.get.missing.app_error (not_found),
// model.bot.is_valid.FIELD.app_error (invalid), those of Accounts for a user name that is taken or none, and
// lacks_permission().
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/bot.hpp"
#include "core/model/user.hpp"
#include "identity/access/gate.hpp"
#include "identity/decision/decisions.hpp"

namespace concordat::storage {
class Database;
class Tx;
struct BotRow;
}  // namespace concordat::storage

namespace concordat::identity {

class Sessions;

struct BotList {
    bool with_disabled = false, only_orphaned = false;
    std::int64_t offset = 0, limit = 60;
};

// In the caller's transaction: disables the bots of an owner who was just deactivated in it.
void disable_bots_of(storage::Tx& tx, const UserId& owner, const UserId& actor, Sessions& sessions,
                     const Settings& settings);

class Bots {
public:
    static constexpr std::size_t longest_description = 1024, longest_display_name = 64;

    // All must outlive this object.
    Bots(storage::Database& db, Gate& gate, Sessions& sessions, Decisions& decisions,
         const LiveSettings& settings)
        : db_(db), gate_(gate), sessions_(sessions), decisions_(decisions), settings_(settings) {}

    // `attempt` is the request's id. The owner is the actor, or `owner` for the operator, who needs no
    // permission: Actor() with a named owner.
    Bot create(const Actor& actor, const BotPatch& wanted, const std::string& attempt,
               const UserId& owner = {});
    Bot get(const Actor& actor, const UserId& id, bool with_disabled);
    std::vector<Bot> list(const Actor& actor, const BotList& wanted);
    Bot patch(const Actor& actor, const UserId& id, const BotPatch& patch);
    Bot set_active(const Actor& actor, const UserId& id, bool is_active, const std::string& attempt);
    Bot assign(const Actor& actor, const UserId& id, const UserId& owner, const std::string& attempt);

    // By an administrator (the route's rule). The account loses its password, second factor and link to a
    // directory, its sessions end; it becomes the actor's.
    Bot from_user(const Actor& actor, const UserId& user, const std::string& attempt);
    // And back: a person signs in with `password` from now on; the tokens stay, by the rules for people.
    User to_user(const Actor& actor, const UserId& bot, const UserPatch& profile, bool as_admin,
                 const std::string& attempt);

    // For other rooms: whether the actor may change this account because it is a bot of theirs, or of
    // others'.
    bool may_manage(const Actor& actor, const UserId& bot);

private:
    struct Found {
        Bot bot;
        User user;
    };
    Found need(storage::Tx& tx, const UserId& id);
    void require_read(const Actor& actor, const Bot& bot) const;
    void require_manage(const Actor& actor, const Bot& bot) const;
    void decide(storage::Tx& tx, const Actor& actor, const UserId& bot, const char* rule,
                const std::string& attempt);

    storage::Database& db_;
    Gate& gate_;
    Sessions& sessions_;
    Decisions& decisions_;
    const LiveSettings& settings_;
};

}  // namespace concordat::identity
