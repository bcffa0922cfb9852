#include "web/events/announcer.hpp"

#include "core/base/log.hpp"
#include "core/model/facts.hpp"
#include "core/model/retention.hpp"
#include "identity/account/accounts.hpp"
#include "messaging/conversation/channel_links.hpp"
#include "web/events/telling.hpp"
#include "web/socket/hub.hpp"

namespace concordat::web {
namespace {

std::string one_id(const UserId& user) {
    return "[\"" + user.text() + "\"]";
}

// Extras per recipient: those mentioned, those who follow, and who should acknowledge the event.
std::unordered_map<UserId, RecipientExtra> extras_of(const PostCreated& f) {
    std::unordered_map<UserId, Members> members;
    std::unordered_map<UserId, RecipientExtra> extras;
    for (const auto& user : f.mentions) members[user].text("mentions", one_id(user));
    for (const auto& user : f.followers) members[user].text("followers", one_id(user));
    for (auto& [user, m] : members) extras[user] = {m.bare(), user != f.post.user_id};
    return extras;
}

// Guests see posts without links to channels that they may not know of.
template <class EventOf>
void show(Hub& hub, Post post, EventOf event_of) {
    const bool is_for_some_only = post.props.contains(messaging::channel_links_prop);
    SocketEvent event = event_of(post);
    if (is_for_some_only) event.guests_only_in = std::make_shared<const std::vector<ChannelId>>();
    hub.publish(std::move(event));
    if (!is_for_some_only) return;
    post.props.erase(messaging::channel_links_prop);
    SocketEvent for_guests = event_of(post);
    for_guests.is_for_guests = true;
    hub.publish(std::move(for_guests));
}

SocketEvent about_post(const char* event, const Post& post) {
    return {.event = event,
            .data = Members().nested("post", post).object(),
            .broadcast = to_channel(post.channel_id)};
}

}  // namespace

Announcer::Announcer(Hub& hub, identity::Accounts& accounts, std::string node)
    : hub_(hub), accounts_(accounts), node_(std::move(node)) {
    add_post_handlers();
    add_place_handlers();
    add_people_handlers();
    add_group_handlers();
}

void Announcer::take(const std::vector<storage::Fact>& facts) {
    for (const auto& fact : facts) {
        const auto handler = handlers_.find(fact.kind);
        if (handler == handlers_.end()) continue;
        try {
            handler->second(fact);
        } catch (const Error& e) {
            if (e.fault() == Fault::unavailable) throw;
            // A fact that cannot be told must not stop those behind it.
            log_error("a fact could not be announced",
                      {{"kind", fact.kind}, {"id", e.id()}, {"detail", e.detail()}});
        }
    }
}

void Announcer::add_post_handlers() {
    handlers_[PostCreated::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<PostCreated>();
        if (f.is_history) return;
        Members data;
        data.text("channel_type", f.channel_type)
            .text("channel_display_name", f.channel_type == "D"
                                              ? (f.sender_name.starts_with('@') ? "" : "@") + f.sender_name
                                              : f.channel_display_name);
        data.text("channel_name", f.channel_name)
            .text("sender_name", f.sender_name)
            .id("team_id", f.team_id)
            .value("set_online", f.set_online);
        if (f.post.metadata && f.post.metadata->files && !f.post.metadata->files->empty()) {
            data.text("otherFile", "true");
            for (const auto& file : *f.post.metadata->files)
                if (file.mime_type.starts_with("image/")) {
                    data.text("image", "true");
                    break;
                }
        }
        show(hub_, f.post, [&](const Post& post) -> SocketEvent {
            return {.event = "posted",
                    .data = Members(data).nested("post", post).object(),
                    .broadcast = to_channel(post.channel_id),
                    .extras = extras_of(f)};
        });
    };
    handlers_[PostEdited::kind] = [this](const storage::Fact& fact) {
        show(hub_, fact.as<PostEdited>().post,
             [](const Post& post) { return about_post("post_edited", post); });
    };
    handlers_[PostTouched::kind] = [this](const storage::Fact& fact) {
        show(hub_, fact.as<PostTouched>().post,
             [](const Post& post) { return about_post("post_edited", post); });
    };
    // One event a channel, however many went: clients that know it drop what is older.
    handlers_[PostsDestroyed::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<PostsDestroyed>();
        if (!f.post_ids.empty()) return;
        hub_.publish({.event = "concordat_posts_destroyed",
                      .data = Members().id("channel_id", f.channel_id).value("before", f.before).object(),
                      .broadcast = to_channel(f.channel_id)});
    };
    handlers_[PostDeleted::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<PostDeleted>();
        auto for_all = f.post;
        for_all.props.erase("deleteBy");
        show(hub_, for_all, [](const Post& post) {
            auto event = about_post("post_deleted", post);
            event.broadcast.contains_sanitized_data = true;
            return event;
        });
        auto broadcast = to_channel(f.post.channel_id);
        broadcast.contains_sensitive_data = true;
        hub_.publish({.event = "post_deleted",
                      .data = Members().nested("post", f.post).id("delete_by", f.actor_id).object(),
                      .broadcast = broadcast});
    };
    handlers_[ReactionAdded::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ReactionAdded>();
        hub_.publish({.event = "reaction_added",
                      .data = Members().nested("reaction", f.reaction).object(),
                      .broadcast = to_channel(f.reaction.channel_id)});
    };
    handlers_[ReactionRemoved::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ReactionRemoved>();
        hub_.publish({.event = "reaction_removed",
                      .data = Members().nested("reaction", f.reaction).object(),
                      .broadcast = to_channel(f.reaction.channel_id)});
    };
    handlers_[AcknowledgementAdded::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<AcknowledgementAdded>();
        hub_.publish({.event = "post_acknowledgement_added",
                      .data = Members().nested("acknowledgement", f.acknowledgement).object(),
                      .broadcast = to_channel(f.acknowledgement.channel_id)});
    };
    handlers_[AcknowledgementRemoved::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<AcknowledgementRemoved>();
        hub_.publish({.event = "post_acknowledgement_removed",
                      .data = Members().nested("acknowledgement", f.acknowledgement).object(),
                      .broadcast = to_channel(f.acknowledgement.channel_id)});
    };
    handlers_[PostUnreadSet::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<PostUnreadSet>();
        auto broadcast = to_user(f.unread.user_id);
        broadcast.team_id = f.unread.team_id;
        broadcast.channel_id = f.unread.channel_id;
        const auto& u = f.unread;
        hub_.publish({.event = "post_unread",
                      .data = Members()
                                  .value("msg_count", u.msg_count)
                                  .value("msg_count_root", u.msg_count_root)
                                  .value("mention_count", u.mention_count)
                                  .value("mention_count_root", u.mention_count_root)
                                  .value("urgent_mention_count", u.urgent_mention_count)
                                  .value("last_viewed_at", u.last_viewed_at)
                                  .id("post_id", f.post_id)
                                  .object(),
                      .broadcast = broadcast});
    };
    handlers_[ThreadUpdated::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ThreadUpdated>();
        for (const auto& reader : f.readers) {
            auto thread = f.thread;
            thread.last_viewed_at = reader.last_viewed_at;
            thread.unread_replies = reader.unread_replies;
            thread.unread_mentions = reader.unread_mentions;
            if (thread.post) thread.post.value->is_following = true;
            show(hub_, thread.post ? *thread.post.value : Post(), [&](const Post& root) -> SocketEvent {
                if (thread.post) thread.post = root;
                Members data;
                data.nested("thread", thread);
                if (reader.previous_unread_replies)
                    data.value("previous_unread_replies", *reader.previous_unread_replies);
                if (reader.previous_unread_mentions)
                    data.value("previous_unread_mentions", *reader.previous_unread_mentions);
                auto broadcast = to_user(reader.user_id);
                broadcast.team_id = f.team_id;
                return {.event = "thread_updated", .data = data.object(), .broadcast = broadcast};
            });
        }
    };
    handlers_[ThreadFollowChanged::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ThreadFollowChanged>();
        auto broadcast = to_user(f.user_id);
        broadcast.team_id = f.team_id;
        hub_.publish({.event = "thread_follow_changed",
                      .data = Members()
                                  .id("thread_id", f.thread_id)
                                  .value("state", f.state)
                                  .value("reply_count", f.reply_count)
                                  .object(),
                      .broadcast = broadcast});
    };
    handlers_[ThreadReadChanged::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ThreadReadChanged>();
        auto broadcast = to_user(f.user_id);
        broadcast.team_id = f.team_id;
        Members data;
        if (!f.thread_id.empty()) {
            data.id("thread_id", f.thread_id)
                .value("unread_mentions", f.unread_mentions)
                .value("unread_replies", f.unread_replies);
            data.value("previous_unread_mentions", f.previous_unread_mentions)
                .value("previous_unread_replies", f.previous_unread_replies)
                .id("channel_id", f.channel_id);
            data.value("timestamp", f.timestamp);
        } else if (!f.channel_id.empty()) {
            broadcast.channel_id = f.channel_id;
            data.value("timestamp", f.timestamp);
        }
        hub_.publish({.event = "thread_read_changed", .data = data.object(), .broadcast = broadcast});
    };
    handlers_[ChannelsViewed::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ChannelsViewed>();
        hub_.publish({.event = "multiple_channels_viewed",
                      .data = Members().value("channel_times", f.channel_times).object(),
                      .broadcast = to_user(f.user_id),
                      .is_droppable = true});
    };
    handlers_[DraftSaved::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<DraftSaved>();
        auto broadcast = to_user(f.draft.user_id);
        broadcast.channel_id = f.draft.channel_id;
        broadcast.omit_connection_id = connection_named(f.connection_id);
        hub_.publish({.event = f.is_new ? "draft_created" : "draft_updated",
                      .data = Members().nested("draft", f.draft).object(),
                      .broadcast = broadcast});
    };
    handlers_[DraftDeleted::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<DraftDeleted>();
        auto broadcast = to_user(f.draft.user_id);
        broadcast.channel_id = f.draft.channel_id;
        broadcast.omit_connection_id = connection_named(f.connection_id);
        hub_.publish({.event = "draft_deleted",
                      .data = Members().nested("draft", f.draft).object(),
                      .broadcast = broadcast});
    };
    add_scheduled_post_handlers();
    add_bookmark_handlers();
}

void Announcer::add_place_handlers() {
    handlers_[ChannelCreated::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ChannelCreated>();
        hub_.publish(
            {.event = "channel_created",
             .data = Members().id("channel_id", f.channel.id).id("team_id", f.channel.team_id).object(),
             .broadcast = to_user(f.actor_id)});
    };
    handlers_[DirectCreated::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<DirectCreated>();
        for (const auto& user : f.members) hub_.joined_channel(user, f.channel.id);
        if (f.channel.is_direct()) {
            const auto other = f.members.back() == f.actor_id ? f.members.front() : f.members.back();
            hub_.publish({.event = "direct_added",
                          .data = Members().id("creator_id", f.actor_id).id("teammate_id", other).object(),
                          .broadcast = to_channel(f.channel.id)});
            return;
        }
        for (const auto& user : f.members) {
            auto broadcast = to_user(user);
            broadcast.channel_id = f.channel.id;
            hub_.publish({.event = "group_added",
                          .data = Members().nested("teammate_ids", f.members).object(),
                          .broadcast = broadcast});
        }
    };
    handlers_[ChannelUpdated::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ChannelUpdated>();
        hub_.publish({.event = "channel_updated",
                      .data = Members().nested("channel", f.channel).object(),
                      .broadcast = to_channel(f.channel.id)});
    };
    handlers_[ChannelDeleted::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ChannelDeleted>();
        const auto broadcast = f.channel.type == "O" ? to_team(f.channel.team_id) : to_channel(f.channel.id);
        hub_.publish(
            {.event = "channel_deleted",
             .data =
                 Members().id("channel_id", f.channel.id).value("delete_at", f.channel.delete_at).object(),
             .broadcast = broadcast});
    };
    handlers_[ChannelRestored::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ChannelRestored>();
        const auto broadcast = f.channel.type == "O" ? to_team(f.channel.team_id) : to_channel(f.channel.id);
        hub_.publish({.event = "channel_restored",
                      .data = Members().id("channel_id", f.channel.id).object(),
                      .broadcast = broadcast});
    };
    handlers_[ChannelConverted::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ChannelConverted>();
        hub_.publish({.event = "channel_converted",
                      .data = Members().id("channel_id", f.channel.id).object(),
                      .broadcast = to_team(f.channel.team_id)});
    };
    handlers_[ChannelJoined::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ChannelJoined>();
        hub_.joined_channel(f.user_id, f.channel_id);
        hub_.publish({.event = "user_added",
                      .data = Members().id("user_id", f.user_id).id("team_id", f.team_id).object(),
                      .broadcast = to_channel(f.channel_id)});
    };
    handlers_[ChannelLeft::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ChannelLeft>();
        hub_.left_channel(f.user_id, f.channel_id);
        hub_.publish({.event = "user_removed",
                      .data = Members().id("user_id", f.user_id).id("remover_id", f.actor_id).object(),
                      .broadcast = to_channel(f.channel_id)});
        hub_.publish({.event = "user_removed",
                      .data = Members().id("channel_id", f.channel_id).id("remover_id", f.actor_id).object(),
                      .broadcast = to_user(f.user_id)});
    };
    handlers_[ChannelMemberUpdated::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ChannelMemberUpdated>();
        hub_.publish({.event = "channel_member_updated",
                      .data = Members().nested("channelMember", f.member).object(),
                      .broadcast = to_user(f.member.user_id)});
    };
    auto team_event = [this](const char* event, Team team) {
        team.email.clear();  // told to all members; those with rights fetch the rest
        team.invite_id.clear();
        hub_.publish(
            {.event = event, .data = Members().nested("team", team).object(), .broadcast = to_team(team.id)});
    };
    handlers_[TeamUpdated::kind] = [team_event](const storage::Fact& fact) {
        team_event("update_team", fact.as<TeamUpdated>().team);
    };
    handlers_[TeamSchemeChanged::kind] = [team_event](const storage::Fact& fact) {
        team_event("update_team_scheme", fact.as<TeamSchemeChanged>().team);
    };
    handlers_[TeamDeleted::kind] = [team_event](const storage::Fact& fact) {
        team_event("delete_team", fact.as<TeamDeleted>().team);
    };
    handlers_[TeamRestored::kind] = [team_event](const storage::Fact& fact) {
        team_event("restore_team", fact.as<TeamRestored>().team);
    };
    handlers_[TeamJoined::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<TeamJoined>();
        hub_.joined_team(f.user_id, f.team_id);
        hub_.publish({.event = "added_to_team",
                      .data = Members().id("team_id", f.team_id).id("user_id", f.user_id).object(),
                      .broadcast = to_user(f.user_id)});
    };
    handlers_[TeamLeft::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<TeamLeft>();
        const auto data = Members().id("user_id", f.user_id).id("team_id", f.team_id).object();
        hub_.left_team(f.user_id, f.team_id);
        hub_.publish({.event = "leave_team", .data = data, .broadcast = to_team(f.team_id)});
        hub_.publish({.event = "leave_team", .data = data, .broadcast = to_user(f.user_id)});
    };
    handlers_[TeamMemberUpdated::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<TeamMemberUpdated>();
        hub_.publish({.event = "memberrole_updated",
                      .data = Members().nested("member", f.member).object(),
                      .broadcast = to_user(f.member.user_id)});
    };
    auto category_event = [this](const char* event, const UserId& user, const TeamId& team,
                                 std::string data) {
        auto broadcast = to_user(user);
        broadcast.team_id = team;
        hub_.publish({.event = event, .data = std::move(data), .broadcast = broadcast});
    };
    handlers_[CategoryCreated::kind] = [category_event](const storage::Fact& fact) {
        const auto f = fact.as<CategoryCreated>();
        category_event("sidebar_category_created", f.category.user_id, f.category.team_id,
                       Members().text("category_id", f.category.id).object());
    };
    handlers_[CategoriesUpdated::kind] = [category_event](const storage::Fact& fact) {
        const auto f = fact.as<CategoriesUpdated>();
        category_event("sidebar_category_updated", f.user_id, f.team_id,
                       Members().nested("updatedCategories", f.categories).object());
    };
    handlers_[CategoryDeleted::kind] = [category_event](const storage::Fact& fact) {
        const auto f = fact.as<CategoryDeleted>();
        category_event("sidebar_category_deleted", f.user_id, f.team_id,
                       Members().text("category_id", f.category_id).object());
    };
    handlers_[CategoryOrderUpdated::kind] = [category_event](const storage::Fact& fact) {
        const auto f = fact.as<CategoryOrderUpdated>();
        category_event("sidebar_category_order_updated", f.user_id, f.team_id,
                       Members().value("order", f.order).object());
    };
}

void Announcer::add_people_handlers() {
    handlers_[UserCreated::kind] = [this](const storage::Fact& fact) {
        hub_.publish(
            {.event = "new_user", .data = Members().id("user_id", fact.as<UserCreated>().user.id).object()});
    };
    handlers_[UserUpdated::kind] = [this](const storage::Fact& fact) {
        auto f = fact.as<UserUpdated>();
        f.user.auth_data.clear();
        Broadcast others;
        others.omit_users = {f.user.id};
        others.contains_sensitive_data = true;
        hub_.publish(
            {.event = "user_updated", .data = Members().value("user", f.user).object(), .broadcast = others});
        others.contains_sensitive_data = false;
        others.contains_sanitized_data = true;
        hub_.publish({.event = "user_updated",
                      .data = Members().value("user", accounts_.seen_by_anyone(f.user)).object(),
                      .broadcast = others});
        hub_.publish({.event = "user_updated",
                      .data = Members().value("user", f.user).object(),
                      .broadcast = to_user(f.user.id)});
    };
    handlers_[UserRolesChanged::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<UserRolesChanged>();
        const auto has = [&](const char* role) {
            return (" " + f.roles + " ").find(std::string(" ") + role + " ") != std::string::npos;
        };
        hub_.role_changed(f.user_id, has("system_admin"), has("system_guest"));
        hub_.publish({.event = "user_role_updated",
                      .data = Members().id("user_id", f.user_id).text("roles", f.roles).object(),
                      .broadcast = to_user(f.user_id)});
    };
    handlers_[UserActivated::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<UserActivated>();
        if (!f.is_active) hub_.user_sessions_ended(f.user_id);
        hub_.publish({.event = "user_activation_status_change"});
    };
    handlers_[SessionEnded::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<SessionEnded>();
        hub_.session_ended(f.session_id, f.user_id);
    };
    handlers_[FactorsChanged::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<FactorsChanged>();
        if (f.has_factor)
            hub_.mfa_changed(f.user_id, true);
        else
            hub_.recheck_sessions();
    };
    handlers_[RoleUpdated::kind] = [this](const storage::Fact& fact) {
        hub_.publish({.event = "role_updated",
                      .data = Members().nested("role", fact.as<RoleUpdated>().role).object()});
    };
    handlers_[ProfileFieldSaved::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ProfileFieldSaved>();
        Members data;
        data.value("field", f.field);
        if (!f.is_new) data.value("delete_values", f.drops_values);
        hub_.publish({.event = f.is_new ? "custom_profile_attributes_field_created"
                                        : "custom_profile_attributes_field_updated",
                      .data = data.object()});
    };
    handlers_[ProfileFieldRemoved::kind] = [this](const storage::Fact& fact) {
        hub_.publish({.event = "custom_profile_attributes_field_deleted",
                      .data = Members().id("field_id", fact.as<ProfileFieldRemoved>().field_id).object()});
    };
    handlers_[ProfileValuesChanged::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<ProfileValuesChanged>();
        hub_.publish({.event = "custom_profile_attributes_values_updated",
                      .data = Members().id("user_id", f.user_id).value("values", f.values).object()});
    };
    handlers_[ChannelSchemeChanged::kind] = [this](const storage::Fact& fact) {
        hub_.publish({.event = "channel_scheme_updated",
                      .broadcast = to_channel(fact.as<ChannelSchemeChanged>().channel_id)});
    };
    handlers_[PreferencesChanged::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<PreferencesChanged>();
        hub_.publish({.event = "preferences_changed",
                      .data = Members().nested("preferences", f.preferences).object(),
                      .broadcast = to_user(f.user_id)});
    };
    handlers_[PreferencesDeleted::kind] = [this](const storage::Fact& fact) {
        const auto f = fact.as<PreferencesDeleted>();
        hub_.publish({.event = "preferences_deleted",
                      .data = Members().nested("preferences", f.preferences).object(),
                      .broadcast = to_user(f.user_id)});
    };
    handlers_[EmojiAdded::kind] = [this](const storage::Fact& fact) {
        hub_.publish({.event = "emoji_added",
                      .data = Members().nested("emoji", fact.as<EmojiAdded>().emoji).object()});
    };
}

void Announcer::tell_status(const Status& status) {
    hub_.publish({.event = "status_change",
                  .data = Members().text("status", status.status).id("user_id", status.user_id).object(),
                  .broadcast = to_user(status.user_id),
                  .is_droppable = true});
}

void Announcer::whisper(const UserId& user, const Post& post) {
    auto broadcast = to_user(user);
    broadcast.channel_id = post.channel_id;
    auto shown = post;
    if (shown.id.empty()) shown.id = PostId::fresh();
    if (shown.create_at == 0) shown.create_at = wall_clock();
    if (shown.update_at == 0) shown.update_at = shown.create_at;
    if (shown.type.empty()) shown.type = "system_ephemeral";
    hub_.publish({.event = "ephemeral_message",
                  .data = Members().nested("post", shown).object(),
                  .broadcast = broadcast});
}

void Announcer::open_dialog(const UserId& user, const std::string& dialog) {
    hub_.publish({.event = "open_dialog",
                  .data = Members().text("dialog", dialog).object(),
                  .broadcast = to_user(user)});
}

void Announcer::typing(const UserId& user, const ChannelId& channel, const PostId& parent) {
    auto broadcast = to_channel(channel);
    broadcast.omit_users = {user};
    hub_.publish({.event = "typing",
                  .data = Members().id("parent_id", parent).id("user_id", user).object(),
                  .broadcast = broadcast,
                  .is_droppable = true});
}

void Announcer::delivered(const ChannelId& channel, const std::string& delivery) {
    hub_.publish({.event = "concordat_delivery",
                  .data = Members().value("delivery", RawJson{delivery}).object(),
                  .broadcast = to_channel(channel),
                  .is_droppable = true});
}

void Announcer::config_changed(const std::string& config_json) {
    hub_.publish(
        {.event = "config_changed", .data = Members().value("config", RawJson{config_json}).object()});
}

}  // namespace concordat::web
