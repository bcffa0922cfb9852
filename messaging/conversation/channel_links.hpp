// Channels that a message names (~town-square), which clients show as links.
//
// A post keeps, in its prop channel_mentions, the public channels of its team that its message names and
// its author may see: {name: {id, display_name, team_name}}. Guests may not know of all of these, so they
// are shown posts without that prop. Thread-safe; noting blocks and throws what the database throws.
#pragma once
#include "core/model/actor.hpp"
#include "core/model/post.hpp"

namespace concordat::storage {
class Tx;
}
namespace concordat::identity {
class Gate;
}

namespace concordat::messaging {

inline constexpr const char* channel_links_prop = "channel_mentions";

// Sets the prop from the message, or takes it away. `team` is empty between people: nothing is linked there.
void note_channel_links(storage::Tx& tx, identity::Gate& gate, const Actor& author, const TeamId& team,
                        Post& post);

// For what leaves towards `reader`.
void hide_channel_links(const Actor& reader, Post& post);
void hide_channel_links(const Actor& reader, PostList& list);
template <class Posts>
Posts shown_to(const Actor& reader, Posts posts) {
    hide_channel_links(reader, posts);
    return posts;
}

}  // namespace concordat::messaging
