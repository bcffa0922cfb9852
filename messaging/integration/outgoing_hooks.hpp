// Outgoing webhooks: who is told of which messages in public channels. Telling them is in hook_sender.hpp.
//
// Thread-safe; calls block; one transaction for each change. The hooks of all teams are remembered, and
// forgotten when a fact says that one changed.
//
// Errors: api.outgoing_webhook.disabled.app_error (unsupported); app.webhooks.get_outgoing.app_error
// (not_found); api.webhook.create_outgoing.not_open.app_error, .permissions.app_error (forbidden);
// api.webhook.create_outgoing.triggers.app_error, .intersect.app_error, api.webhook.team_mismatch.app_error,
// model.outgoing_hook.is_valid.FIELD.app_error (invalid); lacks_permission().
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/integration.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
class Tx;
struct Fact;
}  // namespace concordat::storage

namespace concordat::messaging {

// A hook that a message concerns.
struct Triggered {
    OutgoingHook hook;
    std::string word;  // that of the message; "" when every message of the channel counts
};

class OutgoingHooks {
public:
    static constexpr std::size_t longest_list = 1024;  // bytes of JSON of the words, and of the addresses
    static constexpr std::size_t longest_name = 64, longest_description = 500, longest_icon_url = 1024,
                                 longest_content_type = 128;
    static constexpr std::int64_t most_per_team = 1000;

    // All must outlive this object.
    OutgoingHooks(storage::Database& db, identity::Gate& gate, const LiveSettings& settings)
        : db_(db), gate_(gate), settings_(settings) {}

    OutgoingHook create(const Actor& actor, OutgoingHook hook);
    OutgoingHook get(const Actor& actor, const OutgoingHookId& id);
    OutgoingHook update(const Actor& actor, const OutgoingHookId& id, const OutgoingHook& wanted);
    OutgoingHook renew_token(const Actor& actor, const OutgoingHookId& id);
    void remove(const Actor& actor, const OutgoingHookId& id);
    // One's own, or all for who may manage those of others; of a channel, a team, or everywhere.
    std::vector<OutgoingHook> list(const Actor& actor, const TeamId& team, const ChannelId& channel,
                                   std::int64_t offset, std::int64_t limit);

    // Those that a message in a public channel concerns.
    std::vector<Triggered> triggered_by(const TeamId& team, const ChannelId& channel,
                                        const std::string& message);
    void on_facts(const std::vector<storage::Fact>& facts);

private:
    using OfTeam = std::shared_ptr<const std::vector<OutgoingHook>>;

    void require_enabled() const;
    void require_may(const Actor& actor, const TeamId& team, const UserId& creator);
    void check(const OutgoingHook& hook);
    void check_others(storage::Tx& tx, const OutgoingHook& hook);
    OutgoingHook need(storage::Tx& tx, const Actor& actor, const OutgoingHookId& id, bool for_update);
    OfTeam of_team(const TeamId& team);

    storage::Database& db_;
    identity::Gate& gate_;
    const LiveSettings& settings_;
    std::mutex mutex_;  // guards the next two
    std::map<TeamId, OfTeam> known_;
    std::uint64_t changes_ = 0;
};

}  // namespace concordat::messaging
