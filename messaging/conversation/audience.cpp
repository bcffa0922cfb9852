#include "messaging/conversation/audience.hpp"

#include <algorithm>

#include "messaging/conversation/preferences.hpp"
#include "messaging/notify/mentions.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/threads.hpp"
#include "storage/tables/user_groups.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

// The two (or one) people a direct channel is named for.
std::vector<UserId> people_of_direct(const std::string& name) {
    const auto cut = name.find("__");
    if (cut == std::string::npos) return {};
    return {UserId::from_text(name.substr(0, cut)), UserId::from_text(name.substr(cut + 2))};
}

std::vector<std::string> attachment_texts(const Post& post) {
    std::vector<std::string> texts;
    const auto* attachments = post.props.if_contains("attachments");
    if (!attachments || !attachments->is_array()) return texts;
    auto take = [&](const json::value* value) {
        if (value && value->is_string()) texts.emplace_back(value->get_string());
    };
    for (const auto& attachment : attachments->get_array()) {
        if (!attachment.is_object()) continue;
        take(attachment.get_object().if_contains("pretext"));
        take(attachment.get_object().if_contains("text"));
        const auto* fields = attachment.get_object().if_contains("fields");
        if (!fields || !fields->is_array()) continue;
        for (const auto& field : fields->get_array())
            if (field.is_object()) take(field.get_object().if_contains("value"));
    }
    return texts;
}

}  // namespace

Told Audience::of(const Post& post, const identity::ChannelPlace& channel, const Actor& author) {
    Told told;
    if (post.type.starts_with("system_")) return told;
    if (channel.type == "D") {
        told.mentions = people_of_direct(channel.name);
    } else if (channel.type == "G") {
        told.mentions =
            db_.read([&](storage::Tx& tx) { return storage::ChannelMemberTable(tx).user_ids(channel.id); });
    } else {
        const auto texts = attachment_texts(post);
        const bool may_call = post.message.find('@') != std::string::npos || !texts.empty();
        if (may_call || !book_.is_empty()) {
            const auto scan = scan_mentions(post.message, texts);
            if (!scan.names.empty()) add_named(scan, channel, author, told);
            for (const auto& user : book_.called(scan))
                if (gate_.is_member(user, channel.id)) told.mentions.push_back(user);
            if (scan.is_channel_wide() && !post.props.contains("mentionHighlightDisabled") &&
                gate_.may_in_channel(author, Permission::use_channel_mentions, channel.id))
                add_channel_wide(scan, channel, told);
        }
        if (!post.root_id.empty() && settings_.current()->ServiceSettings.CollapsedThreads != "always_on")
            add_watchers(post, channel, told);
    }
    std::sort(told.mentions.begin(), told.mentions.end());
    told.mentions.erase(std::unique(told.mentions.begin(), told.mentions.end()), told.mentions.end());
    if (!post.props.contains("from_webhook")) std::erase(told.mentions, post.user_id);
    return told;
}

bool Audience::tells(const Post& post, const identity::ChannelPlace& channel, const UserId& user) {
    Actor author;
    author.user_id = post.user_id;
    const auto told = of(post, channel, author).mentions;
    return std::binary_search(told.begin(), told.end(), user);
}

// Those of the thread whose notify_props say `comments`, and who see replies among the other posts.
void Audience::add_watchers(const Post& reply, const identity::ChannelPlace& channel, Told& told) {
    db_.read([&](storage::Tx& tx) {
        const auto root = storage::PostTable(tx).find(reply.root_id);
        if (!root) return;
        std::vector<UserId> people{root->user_id};
        if (const auto thread = storage::ThreadTable(tx).find(reply.root_id))
            people.insert(people.end(), thread->participants.begin(), thread->participants.end());
        for (const auto& user : storage::UserTable(tx).find(people)) {
            const auto props = user.notify_props.value_or(StringMap());
            const auto at = props.find("comments");
            if (at == props.end() || user.delete_at > 0 || user.id == reply.user_id) continue;
            if (at->second != "any" && !(at->second == "root" && user.id == root->user_id)) continue;
            if (gate_.is_member(user.id, channel.id) && !collapses_threads(tx, *settings_.current(), user.id))
                told.mentions.push_back(user.id);
        }
    });
}

void Audience::add_named(const MentionScan& scan, const identity::ChannelPlace& channel, const Actor& author,
                         Told& told) {
    auto users = db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).by_usernames(scan.names); });
    auto named = [&](std::string_view name) {
        return std::find_if(users.begin(), users.end(),
                            [&](const User& u) { return u.username == name && u.delete_at == 0; });
    };
    std::optional<bool> calls_groups;
    const auto is_group = [&](std::string_view name) {
        if (!group_named(name)) return false;
        if (!calls_groups) calls_groups = !is_silent_about_groups(author, channel.id);
        return *calls_groups;
    };
    const auto resolved = resolve_names(
        scan, [&](std::string_view name) { return named(name) != users.end() || is_group(name); });
    for (const auto& name : resolved.known) {
        const auto user = named(name);
        if (user == users.end())
            add_group(name, channel, author, told);
        else if (gate_.is_member(user->id, channel.id))
            told.mentions.push_back(user->id);
        else if (gate_.is_team_member(user->id, channel.team_id))
            told.outside.push_back(*user);
    }
}

bool Audience::is_silent_about_groups(const Actor& author, const ChannelId& channel) {
    return !groups_.is_empty() &&
           (author.is_remote || !gate_.may_in_channel(author, Permission::use_group_mentions, channel));
}

std::optional<GroupBook::Named> Audience::group_named(std::string_view name) const {
    auto group = groups_.named(name);
    if (group && group->is_custom && !settings_.current()->ServiceSettings.EnableCustomGroups) group.reset();
    return group;
}

void Audience::add_group(const std::string& name, const identity::ChannelPlace& channel, const Actor& author,
                         Told& told) {
    const auto group = group_named(name);
    if (!group || !db_.read([&](storage::Tx& tx) {
            return storage::UserGroupTable(tx).may_be_called(group->id, channel.id, channel.team_id);
        }))
        return;
    const auto members = groups_.members(group->id);
    std::vector<UserId> here, outside;
    for (const auto& user : *members) {
        if (gate_.is_member(user, channel.id))
            here.push_back(user);
        else if (outside.size() < most_outside && !author.is_guest && user != author.user_id &&
                 gate_.is_team_member(user, channel.team_id))
            outside.push_back(user);
    }
    const auto limit = settings_.current()->TeamSettings.MaxNotificationsPerChannel;
    if (static_cast<std::int64_t>(here.size()) > limit) {
        told.big_groups.push_back(name);
        return;
    }
    if (here.empty()) told.absent_groups.push_back(name);
    told.mentions.insert(told.mentions.end(), here.begin(), here.end());
    if (outside.empty()) return;
    for (auto& user : db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(outside); }))
        if (std::ranges::find(told.outside, user.id, &User::id) == told.outside.end())
            told.outside.push_back(std::move(user));
}

void Audience::add_channel_wide(const MentionScan& scan, const identity::ChannelPlace& channel, Told& told) {
    const auto limit = settings_.current()->TeamSettings.MaxNotificationsPerChannel;
    db_.read([&](storage::Tx& tx) {
        storage::ChannelMemberTable members(tx);
        const auto count = members.count(channel.id);
        if (count >= limit) {
            told.too_many_for_channel_wide = true;
            told.member_count = count;
            return;
        }
        storage::UserQuery query;
        query.in_channel = channel.id;
        query.active = true;
        query.limit = limit;
        std::map<UserId, User> users;
        for (auto& user : storage::UserTable(tx).select(query)) users.emplace(user.id, std::move(user));
        for (const auto& member : members.page(channel.id, 0, limit)) {
            const auto user = users.find(member.user_id);
            if (user == users.end()) continue;
            auto is = [](const auto& props, const char* key, const char* value) {
                const auto at = props.find(key);
                return at != props.end() && at->second == value;
            };
            const bool muted = is(member.notify_props, "mark_unread", "mention");
            const bool ignores = is(member.notify_props, "ignore_channel_mentions", "on") ||
                                 (muted && !is(member.notify_props, "ignore_channel_mentions", "off"));
            const bool wants = !is(user->second.notify_props.value_or(StringMap()), "channel", "false");
            if (ignores || !wants) continue;
            if (scan.has_channel || scan.has_all || (scan.has_here && is_online_(member.user_id)))
                told.mentions.push_back(member.user_id);
        }
    });
}

}  // namespace concordat::messaging
