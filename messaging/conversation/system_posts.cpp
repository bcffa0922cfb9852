#include "messaging/conversation/system_posts.hpp"

#include "core/model/facts.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/posts.hpp"

namespace concordat::messaging {

void write_system_post(storage::Tx& tx, const identity::ChannelPlace& channel, const UserId& author,
                       const std::string& author_name, const std::string& type, const std::string& message,
                       json::object props, const std::vector<UserId>& mentioned) {
    storage::NewPost entry;
    auto& post = entry.post;
    post.id = PostId::fresh(tx.now());
    post.create_at = post.update_at = tx.now();
    post.user_id = author;
    post.channel_id = channel.id;
    post.type = type;
    post.message = message;
    post.props = std::move(props);
    if (!post.props.contains("username")) post.props["username"] = author_name;
    entry.counts = !is_join_or_leave(type);
    entry.views = entry.counts;  // who lets somebody in has not read the channel with it

    PostCreated fact;
    fact.post = post;
    fact.channel_type = channel.type;
    fact.channel_name = channel.name;
    fact.channel_display_name = channel.display_name;
    fact.team_id = channel.team_id;
    fact.sender_name = "System";
    fact.set_online = false;
    fact.mentions = mentioned;
    entry.fact = storage::fact_of(fact, tx.now());
    storage::PostTable(tx).insert({entry});
    if (!mentioned.empty())
        storage::ChannelMemberTable(tx).add_mentions(channel.id, mentioned, true, false, tx.now());
}

}  // namespace concordat::messaging
