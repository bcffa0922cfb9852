// Events about groups: that one was made, changed or deleted, who came and went, what it is linked to.
//
// A group that may be mentioned is everybody's to know; of others administrators hear. Whoever comes to or
// leaves a group hears of that alone; the members of a team or channel hear what is linked to it.
#include "core/model/facts.hpp"
#include "web/events/announcer.hpp"
#include "web/events/telling.hpp"
#include "web/socket/hub.hpp"

namespace concordat::web {
namespace {

struct GroupMemberShown {
    GroupId group_id;
    UserId user_id;
    Millis create_at = 0, delete_at = 0;
};
BOOST_DESCRIBE_STRUCT(GroupMemberShown, (), (group_id, user_id, create_at, delete_at))

}  // namespace

void Announcer::add_group_handlers() {
    handlers_[GroupSaved::kind] = [this](const storage::Fact& fact) {
        auto f = fact.as<GroupSaved>();
        Broadcast broadcast;
        broadcast.contains_sensitive_data = !f.group.allow_reference;
        hub_.publish({.event = "received_group",
                      .data = Members().nested("group", f.group).object(),
                      .broadcast = broadcast});
    };
    handlers_[GroupMembersChanged::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<GroupMembersChanged>();
        const auto tell = [&](const char* event, const UserId& user, bool is_gone) {
            const GroupMemberShown member{f.group_id, user, fact.create_at, is_gone ? fact.create_at : 0};
            hub_.publish({.event = event,
                          .data = Members().nested("group_member", member).object(),
                          .broadcast = to_user(user)});
        };
        for (const auto& user : f.added) tell("group_member_add", user, false);
        for (const auto& user : f.removed) tell("group_member_deleted", user, true);
    };
    handlers_[GroupLinkChanged::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<GroupLinkChanged>();
        const std::string event =
            std::string(f.is_linked ? "received_group_associated_to_" : "received_group_not_associated_to_") +
            (f.is_channel ? "channel" : "team");
        hub_.publish({.event = event,
                      .data = Members().id("group_id", f.group_id).object(),
                      .broadcast = f.is_channel ? to_channel(id_as<ChannelId>(f.place_id))
                                                : to_team(id_as<TeamId>(f.place_id))});
    };
}

}  // namespace concordat::web
