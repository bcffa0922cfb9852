#include "identity/access/moderation.hpp"

namespace concordat::identity {
namespace {

using enum Permission;

Permissions all_moderated() {
    Permissions out;
    for (const auto& thing : moderated())
        for (const bool is_private : {false, true})
            for (const auto permission : thing.in(is_private)) grant(out, permission);
    return out;
}

}  // namespace

const std::array<Moderated, 5>& moderated() {
    static const std::array<Moderated, 5> all{{
        {"create_post", {create_post}, {create_post}, true},
        {"create_reactions", {add_reaction, remove_reaction}, {add_reaction, remove_reaction}, true},
        {"manage_members", {manage_public_channel_members}, {manage_private_channel_members}, false},
        {"use_channel_mentions", {use_channel_mentions}, {use_channel_mentions}, true},
        {"manage_bookmarks",
         {add_bookmark_public_channel, edit_bookmark_public_channel, delete_bookmark_public_channel,
          order_bookmark_public_channel},
         {add_bookmark_private_channel, edit_bookmark_private_channel, delete_bookmark_private_channel,
          order_bookmark_private_channel},
         false},
    }};
    return all;
}

Permissions within(const Permissions& role, const Permissions& above) {
    static const auto limited = all_moderated();
    return above & (role | ~limited);
}

}  // namespace concordat::identity
