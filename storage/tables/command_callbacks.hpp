// The table command_callbacks: where commands may answer later, found by the hash of the address's last part.
#pragma once
#include <optional>
#include <string>
#include "core/model/integration.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

struct CommandCallback {
    CommandId command_id;
    UserId user_id;
    ChannelId channel_id;
    PostId root_id;
    Millis create_at = 0;
    int uses = 0;
};

class CommandCallbackTable {
public:
    explicit CommandCallbackTable(Tx& tx) : tx_(tx) {}
    void insert(const std::string& key, const CommandCallback& callback);
    // Counts one use. Nothing when there is none; with the uses before otherwise.
    std::optional<CommandCallback> use(const std::string& key);
    // Those made before `time`, at most `at_most`; how many.
    std::size_t remove_before(Millis time, std::int64_t at_most);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
