// Audience: who is told of a post, by name, keyword, channel-wide word, direct message or thread.
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
#include "messaging/conversation/mention_book.hpp"

namespace concordat::messaging {

struct Told {
    std::vector<UserId> mentions;            // the author excepted; members only
    std::vector<User> outside;               // named people of the team who are not in the channel
    bool too_many_for_channel_wide = false;  // @channel stayed silent
    std::int64_t member_count = 0;           // when too many
};

class Audience {
public:
    // `online` tells who of these has a connection, for @here.
    Audience(storage::Database& db, identity::Gate& gate, MentionBook& book, const LiveSettings& settings)
        : db_(db), gate_(gate), book_(book), settings_(settings) {}
    void set_presence(std::function<bool(const UserId&)> is_online) { is_online_ = std::move(is_online); }

    Told of(const Post& post, const identity::ChannelPlace& channel, const Actor& author);
    // Whether a post that is there already tells this person, by today's names and keywords.
    bool tells(const Post& post, const identity::ChannelPlace& channel, const UserId& user);

private:
    void add_named(const MentionScan& scan, const identity::ChannelPlace& channel, Told& told);
    void add_watchers(const Post& reply, const identity::ChannelPlace& channel, Told& told);
    void add_channel_wide(const MentionScan& scan, const identity::ChannelPlace& channel, Told& told);

    storage::Database& db_;
    identity::Gate& gate_;
    MentionBook& book_;
    const LiveSettings& settings_;
    std::function<bool(const UserId&)> is_online_ = [](const UserId&) { return false; };
};

}  // namespace concordat::messaging
