// Posts that the server writes into a channel when something about it changed: joins, leaves, headers.
#pragma once
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Tx;
}

namespace concordat::messaging {

// Writes one in the caller's transaction, with its fact. `author` is who caused it, `author_name` their user
// name, `type` one of the system_ types; `props` gets the author's name as `username`. Join and leave
// types do not count as messages. `mentioned` members of the channel are told as if the post named them.
void write_system_post(storage::Tx& tx, const identity::ChannelPlace& channel, const UserId& author,
                       const std::string& author_name, const std::string& type, const std::string& message,
                       json::object props = {}, const std::vector<UserId>& mentioned = {});

}  // namespace concordat::messaging
