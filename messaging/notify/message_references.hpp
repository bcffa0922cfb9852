// What a message refers to outside itself: other posts of this site, and emoji.
//
// Code is not looked at. Pure functions, thread-safe, bounded like markdown_text.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>
#include "core/model/ids.hpp"

namespace concordat::messaging {

struct Permalink {
    std::string team_name;
    PostId post_id;
    std::string url;  // as written
};

// Links `<site_url>/<team>/pl/<post id>` in order, each post once. `site_url` may end in "/"; scheme and
// host are compared without regard to case. Empty for an empty site_url.
std::vector<Permalink> permalinks(std::string_view message, std::string_view site_url);

// Names of the emoji `:name:` in the message, in order, each once, as written.
std::vector<std::string> emoji_names_in(std::string_view message);

// The message with other names for some emoji. A name that is not in `names` stays.
std::string with_emoji_names(std::string_view message, const std::map<std::string, std::string>& names);

// A name an emoji may have: 1 to 64 of [A-Za-z0-9_+-].
bool is_emoji_name(std::string_view name);

}  // namespace concordat::messaging
