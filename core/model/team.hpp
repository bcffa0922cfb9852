// Teams and who belongs to them.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

struct Team {
    TeamId id;
    Millis create_at = 0;
    Millis update_at = 0;
    Millis delete_at = 0;
    std::string display_name;
    std::string name;
    std::string description;
    std::string email;
    std::string type;  // O open, I by invitation
    std::string company_name;
    std::string allowed_domains;
    std::string invite_id;
    bool allow_open_invite = false;
    std::optional<Millis> last_team_icon_update;
    Nullable<std::string> scheme_id;
    Nullable<bool> group_constrained;
    Nullable<std::string> policy_id;
    bool cloud_limits_archived = false;
};
BOOST_DESCRIBE_STRUCT(Team, (),
                      (id, create_at, update_at, delete_at, display_name, name, description, email, type,
                       company_name, allowed_domains, invite_id, allow_open_invite, last_team_icon_update,
                       scheme_id, group_constrained, policy_id, cloud_limits_archived))

struct TeamPatch {
    std::optional<std::string> display_name;
    std::optional<std::string> description;
    std::optional<std::string> company_name;
    std::optional<std::string> allowed_domains;
    std::optional<bool> allow_open_invite;
};
BOOST_DESCRIBE_STRUCT(TeamPatch, (),
                      (display_name, description, company_name, allowed_domains, allow_open_invite))

struct TeamMember {
    TeamId team_id;
    UserId user_id;
    std::string roles;  // effective: explicit_roles and those of the scheme flags
    Millis delete_at = 0;
    bool scheme_guest = false;
    bool scheme_user = true;
    bool scheme_admin = false;
    std::string explicit_roles;
};
BOOST_DESCRIBE_STRUCT(TeamMember, (),
                      (team_id, user_id, roles, delete_at, scheme_guest, scheme_user, scheme_admin,
                       explicit_roles))

struct TeamUnread {
    TeamId team_id;
    std::int64_t msg_count = 0;
    std::int64_t mention_count = 0;
    std::int64_t mention_count_root = 0;
    std::int64_t msg_count_root = 0;
    std::int64_t thread_count = 0;
    std::int64_t thread_mention_count = 0;
    std::int64_t thread_urgent_mention_count = 0;
};
BOOST_DESCRIBE_STRUCT(TeamUnread, (),
                      (team_id, msg_count, mention_count, mention_count_root, msg_count_root, thread_count,
                       thread_mention_count, thread_urgent_mention_count))

}  // namespace concordat
