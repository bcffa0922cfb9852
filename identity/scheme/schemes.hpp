// Schemes: roles of their own for the members of some teams and channels, and what roles allow is changed.
//
// A scheme of teams has six roles, for guests, members and administrators of the team and of its channels; a
// scheme of channels has the last three. They begin as copies of the built-in ones. What a role of a channel
// scheme allows never goes beyond the role above it (Roles says how), so a channel can be made stricter than
// its team and not laxer.
//
// `attempt` is the id of the call. Every change is recorded as a decision and told as a fact in its
// transaction; the Gate and all sessions follow within the time that facts take. Thread-safe; calls block.
// Errors:
//   forbidden  api.context.permissions.app_error
//   not_found  app.scheme.get.app_error, app.role.get.app_error
//   invalid    app.scheme.save.invalid_scheme.app_error     a name, text or scope that cannot be
//              api.role.patch_roles.not_allowed_permission  a permission that this role may not have
//              api.channel.update_channel_scheme.scheme_scope.error,
//              api.team.update_team_scheme.scheme_scope.error api.channel.patch_channel_moderations.channel
//              not for channels between people
//   conflict   app.scheme.save.app_error                    the name is taken
//   unsupported app.scheme.too_many                         most_schemes of an organisation's own
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include "core/model/actor.hpp"
#include "core/model/channel.hpp"
#include "core/model/role.hpp"
#include "core/model/scheme.hpp"
#include "core/model/team.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::identity {

class Decisions;
class Gate;

class Schemes {
public:
    static constexpr std::size_t longest_name = 64, longest_display_name = 128, longest_description = 1024;
    static constexpr std::int64_t most_schemes = 1000;  // besides those that moderation makes

    // All must outlive this object.
    Schemes(storage::Database& db, Gate& gate, Decisions& decisions)
        : db_(db), gate_(gate), decisions_(decisions) {}

    // Names, texts and scope are taken from `wanted`; an empty name is made up.
    Scheme create(const Actor& actor, const Scheme& wanted, const std::string& attempt);
    Scheme get(const SchemeId& id);
    // Of a scope, or of both when it is empty.
    std::vector<Scheme> page(const std::string& scope, std::int64_t offset, std::int64_t limit);
    Scheme patch(const Actor& actor, const SchemeId& id, const SchemePatch& patch,
                 const std::string& attempt);
    // Teams and channels that have it go back to the roles above it.
    void remove(const Actor& actor, const SchemeId& id, const std::string& attempt);
    std::vector<Team> teams(const SchemeId& id, std::int64_t offset, std::int64_t limit);
    std::vector<Channel> channels(const SchemeId& id, std::int64_t offset, std::int64_t limit);
    // An empty id takes the scheme away.
    void give_team(const Actor& actor, const TeamId& team, const SchemeId& scheme,
                   const std::string& attempt);
    void give_channel(const Actor& actor, const ChannelId& channel, const SchemeId& scheme,
                      const std::string& attempt);

    // The role as it is afterwards. A role of teams or channels holds no permission of a wider scope; roles
    // of the system are for who holds manage_system, and system_admin is for nobody.
    Role set_permissions(const Actor& actor, const RoleId& id, const std::vector<std::string>& permissions,
                         const std::string& attempt);

    // What members and guests of an open or private channel may do. Not for channels between people.
    std::vector<ChannelModeration> moderations(const ChannelId& channel);
    // Gives the channel a scheme when it has none and needs one.
    std::vector<ChannelModeration> moderate(const Actor& actor, const ChannelId& channel,
                                            const std::vector<ChannelModerationPatch>& patches,
                                            const std::string& attempt);

private:
    // The roles of a channel, guests first: its scheme's, or null, and those above.
    struct Place {
        Channel channel;
        std::optional<Scheme> scheme;
        Role guest_above, user_above;
        std::optional<Role> guest, user;
    };
    Place place(storage::Tx& tx, const ChannelId& id);
    static std::vector<ChannelModeration> moderations_of(const Place& place);
    // Roles, and which of the scheme they are.
    using SchemeRoles = std::vector<std::pair<std::string Scheme::*, Role>>;
    Scheme insert(storage::Tx& tx, const Actor& actor, Scheme scheme, const SchemeRoles& roles);
    Scheme known(storage::Tx& tx, const SchemeId& id);
    void erase(storage::Tx& tx, const Actor& actor, Scheme scheme);
    Role save(storage::Tx& tx, const Actor& actor, Role role, const std::vector<std::string>& permissions);
    void record(storage::Tx& tx, const Actor& actor, const std::string& attempt, const char* rule,
                const std::string& detail);

    storage::Database& db_;
    Gate& gate_;
    Decisions& decisions_;
};

}  // namespace concordat::identity
