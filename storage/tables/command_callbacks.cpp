#include "storage/tables/command_callbacks.hpp"

#include "storage/crypto/digest.hpp"

namespace concordat::storage {
namespace {}  // namespace

void CommandCallbackTable::insert(const std::string& key, const CommandCallback& c) {
    tx_.exec(
        "insert into command_callbacks (key_hash, command_id, user_id, channel_id, root_id, create_at) "
        "values ($1, $2, $3, $4, $5, $6)",
        bytea(token_hash(key)), c.command_id, c.user_id, c.channel_id, NullableId(c.root_id), c.create_at);
}

std::optional<CommandCallback> CommandCallbackTable::use(const std::string& key) {
    const auto rows = tx_.exec(
        "update command_callbacks set uses = uses + 1 where key_hash = $1 "
        "returning command_id, user_id, channel_id, root_id, create_at, uses - 1",
        bytea(token_hash(key)));
    if (rows.empty()) return std::nullopt;
    const auto& r = rows[0];
    CommandCallback c;
    c.command_id = id_in<CommandId>(r[0]);
    c.user_id = id_in<UserId>(r[1]);
    c.channel_id = id_in<ChannelId>(r[2]);
    c.root_id = id_in<PostId>(r[3]);
    c.create_at = int_in(r[4]);
    c.uses = static_cast<int>(int_in(r[5]));
    return c;
}

std::size_t CommandCallbackTable::remove_before(Millis time, std::int64_t at_most) {
    return static_cast<std::size_t>(
        tx_.exec("delete from command_callbacks where key_hash in "
                 "(select key_hash from command_callbacks where create_at < $1 limit $2)",
                 time, at_most)
            .affected_rows());
}

}  // namespace concordat::storage
