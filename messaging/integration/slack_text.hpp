// The dialect in which many programs write: <!channel>, <@ID> and <address|label> become what people here
// would write. Nothing else is touched: no entities, no emphasis, no bare addresses.
//
// Pure, except rewrite(), which looks up user names in one query.
#pragma once
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include "core/base/json.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::messaging {

// Messages of hooks take a link only where neither part has a line end, '<', '|' or '>'. Elsewhere the
// address may hold all but '<' and '|', the label all but '>'.
enum class LinkStyle { strict, loose };

// The 26-character ids in <@ID>.
std::set<std::string> mentioned_ids(std::string_view text);
// `name_of` gives the user name of an id, "" when there is none: then the text stays.
std::string with_mentions(std::string_view text,
                          const std::function<std::string(const std::string&)>& name_of);
std::string with_links(std::string_view text, LinkStyle style);

// The text, in `style`, and what the attachments say: pretext, text and values of fields (loose), titles
// (mentions only).
void rewrite(storage::Database& db, std::string& text, json::array& attachments, LinkStyle style);

}  // namespace concordat::messaging
