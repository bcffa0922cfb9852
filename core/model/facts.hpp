// Everything that happened and that anyone may care about, in the past tense.
//
// A fact is written with the change it describes and feeds every sink: sockets, and later search,
// federation, compliance, webhooks, push. It carries what later edits would change. `kind` is stored:
// renaming one is a migration. scope() says which data key seals it.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/model/channel.hpp"
#include "core/model/identity.hpp"
#include "core/model/post.hpp"
#include "core/model/profile_field.hpp"
#include "core/model/role.hpp"
#include "core/model/scheme.hpp"
#include "core/model/scope.hpp"
#include "core/model/team.hpp"
#include "core/model/user.hpp"
#include "core/model/user_group.hpp"

#define CONCORDAT_FACT(Name, word, scope_bytes, ...) \
    static constexpr const char* kind = word;        \
    IdBytes scope() const {                          \
        return scope_bytes;                          \
    }                                                \
    BOOST_DESCRIBE_CLASS(Name, (), (__VA_ARGS__), (), ())

namespace concordat {

// -- posts ------------------------------------------------------------------------------------------

struct PostCreated {
    Post post;
    std::string channel_type, channel_name, channel_display_name;
    TeamId team_id;
    std::string sender_name;
    std::vector<UserId> mentions;   // who is told, the author excepted
    std::vector<UserId> followers;  // of the thread, when it is a reply
    bool set_online = true;
    bool is_history = false;  // said elsewhere before it came here: nobody is told of it
    CONCORDAT_FACT(PostCreated, "post_created", post.channel_id.bytes(), post, channel_type, channel_name,
                   channel_display_name, team_id, sender_name, mentions, followers, set_online, is_history)
};
// The text, files or props changed. `previous` is the post before.
struct PostEdited {
    Post post, previous;
    UserId actor_id;
    CONCORDAT_FACT(PostEdited, "post_edited", post.channel_id.bytes(), post, previous, actor_id)
};
// Pinned, unpinned, restored, acknowledged, got_file: what clients see changed, the text did not.
struct PostTouched {
    Post post;
    UserId actor_id;
    std::string what;
    CONCORDAT_FACT(PostTouched, "post_touched", post.channel_id.bytes(), post, actor_id, what)
};
struct PostDeleted {
    Post post;  // as it was, with delete_at
    UserId actor_id;
    CONCORDAT_FACT(PostDeleted, "post_deleted", post.channel_id.bytes(), post, actor_id)
};
struct ReactionAdded {
    Reaction reaction;
    CONCORDAT_FACT(ReactionAdded, "reaction_added", reaction.channel_id.bytes(), reaction)
};
struct ReactionRemoved {
    Reaction reaction;
    CONCORDAT_FACT(ReactionRemoved, "reaction_removed", reaction.channel_id.bytes(), reaction)
};
struct AcknowledgementAdded {
    PostAcknowledgement acknowledgement;
    CONCORDAT_FACT(AcknowledgementAdded, "acknowledgement_added", acknowledgement.channel_id.bytes(),
                   acknowledgement)
};
struct AcknowledgementRemoved {
    PostAcknowledgement acknowledgement;
    CONCORDAT_FACT(AcknowledgementRemoved, "acknowledgement_removed", acknowledgement.channel_id.bytes(),
                   acknowledgement)
};
struct FileAdded {
    FileInfo file;
    CONCORDAT_FACT(FileAdded, "file_added", file.channel_id.bytes(), file)
};
// The words inside are known from here on; they are not part of the fact.
struct FileTextRead {
    FileInfo file;
    CONCORDAT_FACT(FileTextRead, "file_text_read", file.channel_id.bytes(), file)
};

// -- reading ----------------------------------------------------------------------------------------

struct ChannelsViewed {
    UserId user_id;
    std::map<std::string, Millis> channel_times;
    CONCORDAT_FACT(ChannelsViewed, "channels_viewed", scopes::accounts, user_id, channel_times)
};
struct PostUnreadSet {
    PostId post_id;
    ChannelUnreadAt unread;
    CONCORDAT_FACT(PostUnreadSet, "post_unread_set", unread.channel_id.bytes(), post_id, unread)
};
// A thread changed, and what is unread in it for each of these followers. `thread` is without their part.
struct ThreadReader {
    UserId user_id;
    Millis last_viewed_at = 0;
    std::int64_t unread_replies = 0, unread_mentions = 0;
    std::optional<std::int64_t> previous_unread_replies, previous_unread_mentions;
};
BOOST_DESCRIBE_STRUCT(ThreadReader, (),
                      (user_id, last_viewed_at, unread_replies, unread_mentions, previous_unread_replies,
                       previous_unread_mentions))
struct ThreadUpdated {
    TeamId team_id;
    ChannelId channel_id;
    ThreadResponse thread;
    std::vector<ThreadReader> readers;
    CONCORDAT_FACT(ThreadUpdated, "thread_updated", channel_id.bytes(), team_id, channel_id, thread, readers)
};
struct ThreadFollowChanged {
    UserId user_id;
    TeamId team_id;
    PostId thread_id;
    bool state = false;
    std::int64_t reply_count = 0;
    CONCORDAT_FACT(ThreadFollowChanged, "thread_follow_changed", scopes::accounts, user_id, team_id,
                   thread_id, state, reply_count)
};
// An empty thread_id means all threads of the team, or of the channel when channel_id is there.
struct ThreadReadChanged {
    UserId user_id;
    TeamId team_id;
    ChannelId channel_id;
    PostId thread_id;
    Millis timestamp = 0;
    std::int64_t unread_mentions = 0, unread_replies = 0, previous_unread_mentions = 0,
                 previous_unread_replies = 0;
    CONCORDAT_FACT(ThreadReadChanged, "thread_read_changed", scopes::accounts, user_id, team_id, channel_id,
                   thread_id, timestamp, unread_mentions, unread_replies, previous_unread_mentions,
                   previous_unread_replies)
};

// -- channels ---------------------------------------------------------------------------------------

struct ChannelCreated {
    Channel channel;
    UserId actor_id;
    CONCORDAT_FACT(ChannelCreated, "channel_created", channel.id.bytes(), channel, actor_id)
};
struct DirectCreated {
    Channel channel;
    UserId actor_id;
    std::vector<UserId> members;  // two of a direct channel (or one), three to eight of a group
    CONCORDAT_FACT(DirectCreated, "direct_created", channel.id.bytes(), channel, actor_id, members)
};
struct ChannelUpdated {
    Channel channel, previous;
    UserId actor_id;
    CONCORDAT_FACT(ChannelUpdated, "channel_updated", channel.id.bytes(), channel, previous, actor_id)
};
struct ChannelDeleted {
    Channel channel;
    UserId actor_id;
    CONCORDAT_FACT(ChannelDeleted, "channel_deleted", channel.id.bytes(), channel, actor_id)
};
struct ChannelRestored {
    Channel channel;
    UserId actor_id;
    CONCORDAT_FACT(ChannelRestored, "channel_restored", channel.id.bytes(), channel, actor_id)
};
struct ChannelConverted {
    Channel channel;
    UserId actor_id;
    CONCORDAT_FACT(ChannelConverted, "channel_converted", channel.id.bytes(), channel, actor_id)
};
struct ChannelJoined {
    ChannelId channel_id;
    TeamId team_id;
    UserId user_id, actor_id;
    CONCORDAT_FACT(ChannelJoined, "channel_joined", channel_id.bytes(), channel_id, team_id, user_id,
                   actor_id)
};
struct ChannelLeft {
    ChannelId channel_id;
    TeamId team_id;
    UserId user_id, actor_id;
    CONCORDAT_FACT(ChannelLeft, "channel_left", channel_id.bytes(), channel_id, team_id, user_id, actor_id)
};
struct ChannelMemberUpdated {
    ChannelMember member;
    UserId actor_id;
    CONCORDAT_FACT(ChannelMemberUpdated, "channel_member_updated", member.channel_id.bytes(), member,
                   actor_id)
};

// -- teams ------------------------------------------------------------------------------------------

struct TeamCreated {
    Team team;
    UserId actor_id;
    CONCORDAT_FACT(TeamCreated, "team_created", scopes::places, team, actor_id)
};
struct TeamUpdated {
    Team team, previous;
    UserId actor_id;
    CONCORDAT_FACT(TeamUpdated, "team_updated", scopes::places, team, previous, actor_id)
};
struct TeamDeleted {
    Team team;
    UserId actor_id;
    CONCORDAT_FACT(TeamDeleted, "team_deleted", scopes::places, team, actor_id)
};
struct TeamRestored {
    Team team;
    UserId actor_id;
    CONCORDAT_FACT(TeamRestored, "team_restored", scopes::places, team, actor_id)
};
struct TeamJoined {
    TeamId team_id;
    UserId user_id, actor_id;
    CONCORDAT_FACT(TeamJoined, "team_joined", scopes::places, team_id, user_id, actor_id)
};
struct TeamLeft {
    TeamId team_id;
    UserId user_id, actor_id;
    CONCORDAT_FACT(TeamLeft, "team_left", scopes::places, team_id, user_id, actor_id)
};
struct TeamMemberUpdated {
    TeamMember member;
    UserId actor_id;
    CONCORDAT_FACT(TeamMemberUpdated, "team_member_updated", scopes::places, member, actor_id)
};

// -- people -----------------------------------------------------------------------------------------

struct UserCreated {
    User user;
    UserId actor_id;
    CONCORDAT_FACT(UserCreated, "user_created", scopes::accounts, user, actor_id)
};
struct UserUpdated {
    User user, previous;
    UserId actor_id;
    CONCORDAT_FACT(UserUpdated, "user_updated", scopes::accounts, user, previous, actor_id)
};
struct ProfileFieldSaved {
    ProfileField field;
    bool is_new = false, drops_values = false;  // its kind is another: what people had is gone
    UserId actor_id;
    CONCORDAT_FACT(ProfileFieldSaved, "profile_field_saved", scopes::accounts, field, is_new, drops_values,
                   actor_id)
};
struct ProfileFieldRemoved {
    ProfileFieldId field_id;
    UserId actor_id;
    CONCORDAT_FACT(ProfileFieldRemoved, "profile_field_removed", scopes::accounts, field_id, actor_id)
};
struct ProfileValuesChanged {
    UserId user_id, actor_id;
    ProfileValues values;  // those that changed, and may be told to all
    CONCORDAT_FACT(ProfileValuesChanged, "profile_values_changed", scopes::accounts, user_id, actor_id,
                   values)
};
struct UserRolesChanged {
    UserId user_id;
    std::string roles, previous;
    UserId actor_id;
    CONCORDAT_FACT(UserRolesChanged, "user_roles_changed", scopes::accounts, user_id, roles, previous,
                   actor_id)
};
struct UserActivated {
    UserId user_id;
    bool is_active = true;
    UserId actor_id;
    CONCORDAT_FACT(UserActivated, "user_activated", scopes::accounts, user_id, is_active, actor_id)
};
struct PasswordChanged {
    UserId user_id, actor_id;
    CONCORDAT_FACT(PasswordChanged, "password_changed", scopes::accounts, user_id, actor_id)
};
struct SessionStarted {
    SessionId session_id;
    UserId user_id;
    std::string address;
    CONCORDAT_FACT(SessionStarted, "session_started", scopes::accounts, session_id, user_id, address)
};
struct SessionEnded {
    SessionId session_id;
    UserId user_id, actor_id;
    std::string why;  // logged_out, revoked, deactivated, password_changed, expired, replaced
    CONCORDAT_FACT(SessionEnded, "session_ended", scopes::accounts, session_id, user_id, actor_id, why)
};
struct SessionRenewed {  // its token or what is known of it changed
    SessionId session_id;
    UserId user_id;
    CONCORDAT_FACT(SessionRenewed, "session_renewed", scopes::accounts, session_id, user_id)
};
struct IdentityDecided {
    IdentityDecision decision;
    CONCORDAT_FACT(IdentityDecided, "identity_decided", scopes::accounts, decision)
};
struct FactorsChanged {
    UserId user_id, actor_id;
    bool has_factor = false;  // whether a second factor is in force now
    std::string what;  // totp_added, totp_removed, codes_made, code_used, passkey_added, passkey_removed
    CONCORDAT_FACT(FactorsChanged, "factors_changed", scopes::accounts, user_id, actor_id, has_factor, what)
};
struct RoleUpdated {
    Role role;
    UserId actor_id;
    CONCORDAT_FACT(RoleUpdated, "role_updated", scopes::configuration, role, actor_id)
};
struct SchemeChanged {  // made, renamed or deleted
    Scheme scheme;
    UserId actor_id;
    CONCORDAT_FACT(SchemeChanged, "scheme_changed", scopes::configuration, scheme, actor_id)
};
// A team or channel has other roles for its members now.
struct TeamSchemeChanged {
    Team team;
    UserId actor_id;
    CONCORDAT_FACT(TeamSchemeChanged, "team_scheme_changed", scopes::places, team, actor_id)
};
struct ChannelSchemeChanged {
    ChannelId channel_id;
    std::string scheme_id;  // "" for none
    UserId actor_id;
    CONCORDAT_FACT(ChannelSchemeChanged, "channel_scheme_changed", scopes::configuration, channel_id,
                   scheme_id, actor_id)
};

// -- groups -----------------------------------------------------------------------------------------

struct GroupSaved {  // made, renamed, deleted (delete_at) or restored
    UserGroup group;
    UserId actor_id;
    CONCORDAT_FACT(GroupSaved, "group_saved", scopes::accounts, group, actor_id)
};
struct GroupMembersChanged {
    GroupId group_id;
    std::vector<UserId> added, removed;
    UserId actor_id;
    CONCORDAT_FACT(GroupMembersChanged, "group_members_changed", scopes::accounts, group_id, added, removed,
                   actor_id)
};
struct GroupLinkChanged {  // to a team or a channel
    GroupId group_id;
    AnyId place_id;
    bool is_channel = false, is_linked = false;
    UserId actor_id;
    CONCORDAT_FACT(GroupLinkChanged, "group_link_changed", scopes::accounts, group_id, place_id, is_channel,
                   is_linked, actor_id)
};

// -- what people set up for themselves --------------------------------------------------------------

struct PreferencesChanged {
    UserId user_id;
    std::vector<Preference> preferences;
    CONCORDAT_FACT(PreferencesChanged, "preferences_changed", scopes::accounts, user_id, preferences)
};
struct PreferencesDeleted {
    UserId user_id;
    std::vector<Preference> preferences;
    CONCORDAT_FACT(PreferencesDeleted, "preferences_deleted", scopes::accounts, user_id, preferences)
};
struct StatusChanged {
    Status status;
    CONCORDAT_FACT(StatusChanged, "status_changed", scopes::accounts, status)
};
struct CategoryCreated {
    SidebarCategory category;
    CONCORDAT_FACT(CategoryCreated, "category_created", scopes::places, category)
};
struct CategoriesUpdated {
    UserId user_id;
    TeamId team_id;
    std::vector<SidebarCategory> categories;
    CONCORDAT_FACT(CategoriesUpdated, "categories_updated", scopes::places, user_id, team_id, categories)
};
struct CategoryDeleted {
    UserId user_id;
    TeamId team_id;
    std::string category_id;
    CONCORDAT_FACT(CategoryDeleted, "category_deleted", scopes::places, user_id, team_id, category_id)
};
struct CategoryOrderUpdated {
    UserId user_id;
    TeamId team_id;
    std::vector<std::string> order;
    CONCORDAT_FACT(CategoryOrderUpdated, "category_order_updated", scopes::places, user_id, team_id, order)
};
// `connection_id` is the socket that saved it and need not be told.
struct DraftSaved {
    Draft draft;
    bool is_new = false;
    std::string connection_id;
    CONCORDAT_FACT(DraftSaved, "draft_saved", scopes::drafts, draft, is_new, connection_id)
};
struct DraftDeleted {
    Draft draft;
    std::string connection_id;
    CONCORDAT_FACT(DraftDeleted, "draft_deleted", scopes::drafts, draft, connection_id)
};
struct EmojiAdded {
    Emoji emoji;
    CONCORDAT_FACT(EmojiAdded, "emoji_added", scopes::pictures, emoji)
};
struct EmojiRemoved {
    Emoji emoji;
    UserId actor_id;
    CONCORDAT_FACT(EmojiRemoved, "emoji_removed", scopes::pictures, emoji, actor_id)
};

}  // namespace concordat
