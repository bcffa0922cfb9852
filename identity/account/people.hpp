// People: who finds whom, and what one person may do to the account of another.
//
// Thread-safe; calls block. Everything that is returned is as the actor may see it. Guests find only
// themselves and those they share a channel with. An administrator's account is changed by
// administrators and by its owner only.
//
// Errors: app.user.missing_account.const, app.user.get_by_username.app_error (not_found);
// api.context.invalid_url_param.app_error, api.context.invalid_body_param.app_error (invalid);
// api.user.update_active.not_enable.app_error (forbidden);
// api.team.demote_user_to_guest.disabled.error, api.user.demote_user_to_guest.already_guest.app_error,
// api.user.promote_guest_to_user.no_guest.app_error (unsupported); lacks_permission(); and those of Accounts.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/user.hpp"
#include "identity/access/gate.hpp"
#include "identity/account/accounts.hpp"

namespace concordat::identity {

// Which people to list. What is empty does not narrow.
struct PeopleList {
    TeamId in_team, not_in_team;
    ChannelId in_channel, not_in_channel;
    bool without_team = false, active = false, inactive = false;
    std::vector<std::string> roles;
    std::string sort;  // "", create_at, last_activity_at (both of a team), status, admin (both of a channel)
    std::int64_t offset = 0, limit = 60;
};

// As it stands in the body of a search.
struct PeopleSearch {
    std::string term;  // start of a name; "@" before it is ignored
    TeamId team_id, not_in_team_id;
    ChannelId in_channel_id, not_in_channel_id;
    bool allow_inactive = false, without_team = false;
    std::string role;
    std::vector<std::string> roles;
    std::int64_t limit = 100;  // at most 1000
};
BOOST_DESCRIBE_STRUCT(PeopleSearch, (),
                      (term, team_id, not_in_team_id, in_channel_id, not_in_channel_id, allow_inactive,
                       without_team, role, roles, limit))

// Who may be meant by what is typed: those in the channel, then others of the team.
struct Completion {
    std::vector<User> users;
    std::optional<std::vector<User>> out_of_channel;  // only when a channel was named
};
BOOST_DESCRIBE_STRUCT(Completion, (), (users, out_of_channel))

class People {
public:
    // All must outlive this object.
    People(storage::Database& db, Gate& gate, Accounts& accounts, const LiveSettings& settings)
        : db_(db), gate_(gate), accounts_(accounts), settings_(settings) {}

    User get(const Actor& actor, const UserId& id);
    User by_username(const Actor& actor, const std::string& username);
    // Only where addresses are shown, or for administrators.
    User by_email(const Actor& actor, const std::string& email);
    // In any order; unknown ones are left out.
    std::vector<User> among(const Actor& actor, const std::vector<UserId>& ids, Millis changed_since);
    std::vector<User> by_usernames(const Actor& actor, const std::vector<std::string>& usernames);
    std::vector<User> list(const Actor& actor, const PeopleList& wanted);
    std::vector<User> search(const Actor& actor, const PeopleSearch& wanted);
    Completion complete(const Actor& actor, const TeamId& team, const ChannelId& channel,
                        const std::string& name, std::int64_t limit);
    // The others in group channels of which the actor is a member, by channel.
    std::map<std::string, std::vector<User>> in_group_channels(const Actor& actor,
                                                               const std::vector<ChannelId>& channels);
    std::int64_t count(const Actor& actor);
    // How many a list would have, whatever its bounds; with bots or without. The route decides who may ask.
    std::int64_t count(const Actor& actor, const PeopleList& wanted, bool with_bots);

    // Active people whose address RestrictCreationToDomains (of TeamSettings, or for guests of
    // GuestAccountsSettings) would no longer admit; bots and other organisations' people have none. Reads all
    // accounts: bulk lane. The route decides who may ask. Throws Error invalid,
    // api.users.invalid_emails.enable_open_server.app_error, where anybody may make an account.
    std::vector<User> with_refused_addresses(const Actor& actor, std::int64_t offset, std::int64_t limit);

    // Whether an invitation to a team opens the door to an account.
    bool is_invitation(const std::string& invite_id);

    // The actor is the person, or holds edit_other_users: the route's rule.
    User patch(const Actor& actor, const UserId& id, const UserPatch& patch);
    void set_active(const Actor& actor, const UserId& id, bool is_active);
    void set_roles(const Actor& actor, const UserId& id, const std::string& roles);
    // Into a guest, in the teams and channels they are in and with no other role; or out of one.
    void demote(const Actor& actor, const UserId& id);
    void promote(const Actor& actor, const UserId& id);
    // `current` is needed for oneself. Slow: password lane.
    void change_password(const Actor& actor, const UserId& id, const std::string& current,
                         const std::string& next);

private:
    storage::UserQuery query_of(const Actor& actor, const PeopleList& wanted);
    bool sees_everybody(const Actor& actor) const;
    std::vector<User> only_seen(const Actor& actor, std::vector<User> users);
    void require_not_above(const Actor& actor, const UserId& id);
    void require_member_rights(const Actor& actor, const TeamId& in_team, const TeamId& not_in_team,
                               const ChannelId& in_channel, const ChannelId& not_in_channel,
                               bool without_team);
    void check_roles(const std::vector<std::string>& roles, const Error& otherwise) const;

    storage::Database& db_;
    Gate& gate_;
    Accounts& accounts_;
    const LiveSettings& settings_;
};

}  // namespace concordat::identity
