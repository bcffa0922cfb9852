#include "messaging/conversation/channel_links.hpp"

#include "identity/access/gate.hpp"
#include "messaging/notify/mentions.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/teams.hpp"

namespace concordat::messaging {

void note_channel_links(storage::Tx& tx, identity::Gate& gate, const Actor& author, const TeamId& team,
                        Post& post) {
    post.props.erase(channel_links_prop);
    if (team.empty() || post.message.find('~') == std::string::npos) return;
    const auto names = channel_links(post.message);
    if (names.empty()) return;
    json::object links;
    std::string team_name;
    for (const auto& channel : storage::ChannelTable(tx).named(team, names)) {
        if (channel.type != "O" || !gate.may_see(author, channel.id)) continue;
        if (team_name.empty())
            if (const auto found = storage::TeamTable(tx).find(team)) team_name = found->name;
        links[channel.name] = json::object{
            {"id", channel.id.text()}, {"display_name", channel.display_name}, {"team_name", team_name}};
    }
    if (!links.empty()) post.props[channel_links_prop] = std::move(links);
}

void hide_channel_links(const Actor& reader, Post& post) {
    if (reader.is_guest) post.props.erase(channel_links_prop);
}

void hide_channel_links(const Actor& reader, PostList& list) {
    if (!reader.is_guest) return;
    for (auto& [id, post] : list.posts) hide_channel_links(reader, post);
}

}  // namespace concordat::messaging
