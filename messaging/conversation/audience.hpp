// Audience: who is told of a post, by name, group, keyword, channel-wide word, direct message or thread.
//
// A group is called by its name, by whoever has use_group_mentions, but not by people of other organisations,
// and tells its members who are in the channel. Where only members of linked groups may be, only these are
// called. One of which more members than MaxNotificationsPerChannel are in the channel stays silent.
//
// Thread-safe; calls may read the database: never once per member, and not at all for a plain post in a
// channel.
#pragma once
#include <functional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/post.hpp"
#include "identity/access/gate.hpp"
#include "messaging/conversation/group_book.hpp"
#include "messaging/conversation/mention_book.hpp"

namespace concordat::messaging {

struct Told {
    std::vector<UserId> mentions;            // the author excepted; members only
    std::vector<User> outside;               // named people of the team who are not in the channel
    bool too_many_for_channel_wide = false;  // @channel stayed silent
    std::int64_t member_count = 0;           // when too many
    std::vector<std::string> absent_groups;  // named ones of which nobody is in the channel
    std::vector<std::string> big_groups;     // named ones that stayed silent
};

class Audience {
public:
    // Of a group, people of the team who are not in the channel and are named to the author.
    static constexpr std::size_t most_outside = 10;

    Audience(storage::Database& db, identity::Gate& gate, MentionBook& book, GroupBook& groups,
             const LiveSettings& settings)
        : db_(db), gate_(gate), book_(book), groups_(groups), settings_(settings) {}
    // `online` tells who of these has a connection, for @here.
    void set_presence(std::function<bool(const UserId&)> is_online) { is_online_ = std::move(is_online); }

    Told of(const Post& post, const identity::ChannelPlace& channel, const Actor& author);
    // Whether a post that is there already tells this person, by today's names and keywords.
    bool tells(const Post& post, const identity::ChannelPlace& channel, const UserId& user);
    // Whether the names of groups in what this author writes call nobody.
    bool is_silent_about_groups(const Actor& author, const ChannelId& channel);

private:
    void add_named(const MentionScan& scan, const identity::ChannelPlace& channel, const Actor& author,
                   Told& told);
    std::optional<GroupBook::Named> group_named(std::string_view name) const;
    void add_group(const std::string& name, const identity::ChannelPlace& channel, const Actor& author,
                   Told& told);
    void add_watchers(const Post& reply, const identity::ChannelPlace& channel, Told& told);
    void add_channel_wide(const MentionScan& scan, const identity::ChannelPlace& channel, Told& told);

    storage::Database& db_;
    identity::Gate& gate_;
    MentionBook& book_;
    GroupBook& groups_;
    const LiveSettings& settings_;
    std::function<bool(const UserId&)> is_online_ = [](const UserId&) { return false; };
};

}  // namespace concordat::messaging
