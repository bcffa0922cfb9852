// The table outgoing_hooks: whom to tell of which messages. Tokens, words and addresses are sealed.
#pragma once
#include <optional>
#include <vector>
#include "core/model/integration.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/incoming_hooks.hpp"

namespace concordat::storage {

class OutgoingHookTable {
public:
    explicit OutgoingHookTable(Tx& tx) : tx_(tx) {}
    void insert(const OutgoingHook& hook);
    // Channel, update_at and what is sealed.
    void update(const OutgoingHook& hook);
    bool remove(const OutgoingHookId& id);
    std::optional<OutgoingHook> find(const OutgoingHookId& id);
    // The row for update.
    std::optional<OutgoingHook> lock(const OutgoingHookId& id);
    // `channel` narrows when it is not empty.
    std::vector<OutgoingHook> select(const HookQuery& query, const ChannelId& channel);
    // Until the end of the transaction nobody else makes or changes one of this team.
    void lock_team(const TeamId& team);

private:
    OutgoingHook row(const pqxx::row& r);
    std::optional<OutgoingHook> first(const pqxx::result& result);
    std::string sealed(const OutgoingHook& hook);
    Tx& tx_;
};

}  // namespace concordat::storage
