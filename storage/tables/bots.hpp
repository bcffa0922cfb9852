// The table bots: which accounts are bots, and whose. What else a bot is stands in its row of users.
#pragma once
#include <optional>
#include <vector>
#include "core/model/bot.hpp"
#include "core/model/user.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

struct BotRow {
    UserId user_id, owner_id;
    Millis create_at = 0;
};

// What is unset does not narrow.
struct BotQuery {
    std::optional<UserId> owner;
    bool with_disabled = false;
    bool only_orphaned = false;  // whose owner is deactivated
    std::int64_t offset = 0, limit = 60;
};

class BotTable {
public:
    explicit BotTable(Tx& tx) : tx_(tx) {}
    void insert(const BotRow& bot);
    bool remove(const UserId& user);
    std::optional<BotRow> find(const UserId& user);
    // In the order of their making.
    std::vector<BotRow> select(const BotQuery& query);
    void set_owner(const UserId& user, const UserId& owner);
    // Whether the account counts as a bot; the rest of the row of users is UserTable's.
    void mark(const UserId& user, bool is_bot);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
