// Accounts: making them, and changing what is known of a person. Who comes in is the business of SignIn.
//
// Thread-safe; calls block, and those that take a password are slow by design (password lane).
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/user.hpp"
#include "identity/access/gate.hpp"
#include "identity/session/sessions.hpp"

namespace concordat::storage {
class Database;
class Tx;
struct UserQuery;
}  // namespace concordat::storage

namespace concordat::identity {

struct NewAccount {
    User user;  // what the person filled in
    std::string password;
    bool is_invited = false;         // holds a valid invitation
    bool is_address_proved = false;  // it was sent to the account's address
    bool as_guest = false;           // that is what the invitation says
    bool may_be_first = false;       // from loopback, or with the set-up code
    bool by_operator = false;        // from concordatctl: no rule about who may sign up applies
    bool as_admin = false;           // operator only
};

// What is left of a user for anybody.
User seen_by_anyone(User user, const Settings& settings);

class Accounts {
public:
    Accounts(storage::Database& db, Gate& gate, Sessions& sessions, const LiveSettings& settings)
        : db_(db), gate_(gate), sessions_(sessions), settings_(settings) {}

    // The first account becomes system administrator. Errors as clients know them:
    // app.user.save.username_exists.app_error, app.user.save.email_exists.app_error, model.user.is_valid.*,
    // api.user.create_user.signup_email_disabled.app_error, api.user.create_user.no_open_server,
    // api.user.create_user.setup_code.app_error when the first account is made from afar.
    User create(NewAccount account, const Actor& actor);
    bool has_none();

    std::optional<User> find(const UserId& id);
    User get(const UserId& id);  // or 404
    std::optional<User> by_username(const std::string& username);
    std::optional<User> by_email(const std::string& email);
    std::vector<User> find(const std::vector<UserId>& ids, Millis changed_since = 0);
    std::vector<User> by_usernames(const std::vector<std::string>& usernames);
    std::vector<User> select(const storage::UserQuery& query);
    std::vector<UserId> known_to(const UserId& user);
    // Members of each of these channels, the asking person excepted.
    std::vector<std::pair<ChannelId, User>> others_in(const std::vector<ChannelId>& channels,
                                                      const UserId& asking);
    std::int64_t count();
    std::int64_t count(const storage::UserQuery& query);

    // The whole profile, or what is present of it. Changing one's own e-mail needs the password. What the
    // person's directory or provider owns is refused: conflict,
    // api.user.patch_user.login_provider_attribute_set.app_error.
    User update(const Actor& actor, User user);
    User patch(const Actor& actor, const UserId& id, const UserPatch& patch);
    // Sets one of the user's props (custom status), leaving the others.
    User set_props(const Actor& actor, const UserId& id, const std::function<void(StringMap&)>& change);
    // `current` is checked unless the actor is an administrator acting on somebody else.
    void change_password(const Actor& actor, const UserId& id, const std::string& current,
                         const std::string& next);
    // Ends the sessions; their sockets follow.
    void set_active(const Actor& actor, const UserId& id, bool is_active);
    void set_roles(const Actor& actor, const UserId& id, const std::string& roles);

    // As `viewer` may see `user`: everything for oneself, less for others (section "Sanitising" of the API).
    User seen_by(const Actor& viewer, User user) const;
    std::vector<User> seen_by(const Actor& viewer, std::vector<User> users) const;
    // What is left of a user for anybody: the view in events for all.
    User seen_by_anyone(User user) const;

private:
    User save(storage::Tx& tx, const Actor& actor, const User& before, User after);

    storage::Database& db_;
    Gate& gate_;
    Sessions& sessions_;
    const LiveSettings& settings_;
};

}  // namespace concordat::identity
