// The table incoming_hooks. What is needed to post by a hook is kept sealed, and found by its hash.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/integration.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

struct IncomingHookRow {
    IncomingHookId id;
    IncomingHook hook;
};

// Of all teams and owners when unset. In the order of their making.
struct HookQuery {
    std::optional<TeamId> team;
    std::optional<UserId> owner;
    std::int64_t offset = 0, limit = 60;
};

class IncomingHookTable {
public:
    explicit IncomingHookTable(Tx& tx) : tx_(tx) {}
    void insert(const IncomingHookRow& row);
    // Channel, update_at and what is sealed.
    void update(const IncomingHookRow& row);
    bool remove(const IncomingHookId& id);
    // `key` is the hook's id on the wire.
    std::optional<IncomingHookRow> by_key(const std::string& key);
    // The same for update.
    std::optional<IncomingHookRow> lock(const std::string& key);
    std::vector<IncomingHook> select(const HookQuery& query);
    std::int64_t count(const HookQuery& query);

private:
    IncomingHookRow row(const pqxx::row& r);
    std::string sealed(const IncomingHookRow& row);
    Tx& tx_;
};

}  // namespace concordat::storage
