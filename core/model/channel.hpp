// Channels, who belongs to them, and how far each has read.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

struct Channel {
    ChannelId id;
    Millis create_at = 0;
    Millis update_at = 0;
    Millis delete_at = 0;  // archived then
    TeamId team_id;        // empty for direct and group channels
    std::string type;      // O open, P private, D direct, G group
    std::string display_name;
    std::string name;
    std::string header;
    std::string purpose;
    Millis last_post_at = 0;
    std::int64_t total_msg_count = 0;
    Millis extra_update_at = 0;
    UserId creator_id;
    Nullable<std::string> scheme_id;
    Nullable<json::object> props;
    Nullable<bool> group_constrained;
    bool autotranslation = false;
    Nullable<bool> shared;
    std::int64_t total_msg_count_root = 0;
    Nullable<std::string> policy_id;
    Millis last_root_post_at = 0;
    Nullable<json::object> banner_info;
    bool policy_enforced = false;
    bool policy_is_active = false;
    std::string default_category_name;

    bool is_direct() const { return type == "D"; }
    bool is_group() const { return type == "G"; }
    bool is_between_people() const { return is_direct() || is_group(); }
};
BOOST_DESCRIBE_STRUCT(Channel, (),
                      (id, create_at, update_at, delete_at, team_id, type, display_name, name, header,
                       purpose, last_post_at, total_msg_count, extra_update_at, creator_id, scheme_id, props,
                       group_constrained, autotranslation, shared, total_msg_count_root, policy_id,
                       last_root_post_at, banner_info, policy_enforced, policy_is_active,
                       default_category_name))

struct ChannelPatch {
    std::optional<std::string> display_name;
    std::optional<std::string> name;
    std::optional<std::string> header;
    std::optional<std::string> purpose;
};
BOOST_DESCRIBE_STRUCT(ChannelPatch, (), (display_name, name, header, purpose))

struct ChannelMember {
    ChannelId channel_id;
    UserId user_id;
    std::string roles;  // effective
    Millis last_viewed_at = 0;
    std::int64_t msg_count = 0;  // the channel's totals when last viewed
    std::int64_t mention_count = 0;
    std::int64_t mention_count_root = 0;
    std::int64_t urgent_mention_count = 0;
    std::int64_t msg_count_root = 0;
    std::map<std::string, std::string> notify_props;
    Millis last_update_at = 0;
    bool scheme_guest = false;
    bool scheme_user = true;
    bool scheme_admin = false;
    std::string explicit_roles;
    bool autotranslation_disabled = false;
};
BOOST_DESCRIBE_STRUCT(ChannelMember, (),
                      (channel_id, user_id, roles, last_viewed_at, msg_count, mention_count,
                       mention_count_root, urgent_mention_count, msg_count_root, notify_props, last_update_at,
                       scheme_guest, scheme_user, scheme_admin, explicit_roles, autotranslation_disabled))

struct ChannelMemberWithTeamData : ChannelMember {
    std::string team_display_name;
    std::string team_name;
    Millis team_update_at = 0;
};
BOOST_DESCRIBE_STRUCT(ChannelMemberWithTeamData, (ChannelMember),
                      (team_display_name, team_name, team_update_at))

// What is unread now (differences, not snapshots).
struct ChannelUnread {
    TeamId team_id;
    ChannelId channel_id;
    std::int64_t msg_count = 0;
    std::int64_t mention_count = 0;
    std::int64_t mention_count_root = 0;
    std::int64_t urgent_mention_count = 0;
    std::int64_t msg_count_root = 0;
};
BOOST_DESCRIBE_STRUCT(ChannelUnread, (),
                      (team_id, channel_id, msg_count, mention_count, mention_count_root,
                       urgent_mention_count, msg_count_root))

// The reply to "mark unread from here" (snapshots, as in a member).
struct ChannelUnreadAt {
    TeamId team_id;
    UserId user_id;
    ChannelId channel_id;
    std::int64_t msg_count = 0;
    std::int64_t mention_count = 0;
    std::int64_t mention_count_root = 0;
    std::int64_t urgent_mention_count = 0;
    std::int64_t msg_count_root = 0;
    Millis last_viewed_at = 0;
};
BOOST_DESCRIBE_STRUCT(ChannelUnreadAt, (),
                      (team_id, user_id, channel_id, msg_count, mention_count, mention_count_root,
                       urgent_mention_count, msg_count_root, last_viewed_at))

struct ChannelStats {
    ChannelId channel_id;
    std::int64_t member_count = 0;
    std::int64_t guest_count = 0;
    std::int64_t pinnedpost_count = 0;
    std::int64_t files_count = 0;  // -1 when not asked for
};
BOOST_DESCRIBE_STRUCT(ChannelStats, (),
                      (channel_id, member_count, guest_count, pinnedpost_count, files_count))

struct SidebarCategory {
    std::string id;  // 26 characters, or "favorites_<user>_<team>" and the like for the three built in
    UserId user_id;
    TeamId team_id;
    std::int64_t sort_order = 0;
    std::string sorting;  // "", manual, recent, alpha
    std::string type;     // favorites, channels, direct_messages, custom
    std::string display_name;
    bool muted = false;
    bool collapsed = false;
    std::vector<ChannelId> channel_ids;
};
BOOST_DESCRIBE_STRUCT(SidebarCategory, (),
                      (id, user_id, team_id, sort_order, sorting, type, display_name, muted, collapsed,
                       channel_ids))

struct SidebarCategories {
    std::vector<SidebarCategory> categories;
    std::vector<std::string> order;
};
BOOST_DESCRIBE_STRUCT(SidebarCategories, (), (categories, order))

}  // namespace concordat
