// People and channels that the text of a command names: what programs are told beside the text.
//
// Thread-safe; two queries.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include "core/model/ids.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::messaging {

// Names behind '@' and '~' that are not part of a word, each once; an @name also without the punctuation at
// its end. Pure.
std::vector<std::string> possible_names(std::string_view text, char sign);

// Members of the team, and its public channels: name and id, in the order of the text.
std::vector<std::pair<std::string, UserId>> named_people(storage::Database& db, identity::Gate& gate,
                                                         const TeamId& team, std::string_view text);
std::vector<std::pair<std::string, ChannelId>> named_channels(storage::Database& db, const TeamId& team,
                                                              std::string_view text);

}  // namespace concordat::messaging
