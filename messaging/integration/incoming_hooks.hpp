// Incoming webhooks: addresses to which programs post messages, in the name of whoever made the hook.
//
// Who knows the address can post, so it is kept sealed and is found by its hash. A hook ends to work when its
// owner is deactivated, its channel archived, or either is gone.
//
// Thread-safe; calls block; one transaction for each change and each post.
// Errors: api.incoming_webhook.disabled.app_error (unsupported), app.webhooks.get_incoming.app_error
// (not_found), model.incoming_hook.FIELD.app_error, api.incoming_webhook.invalid_username.app_error,
// api.webhook.team_mismatch.app_error (invalid), lacks_permission().
#pragma once
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/integration.hpp"
#include "identity/access/gate.hpp"
#include "messaging/integration/incoming_payload.hpp"
#include "messaging/integration/program_posts.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::messaging {

class DirectChannels;

struct IncomingHookPage {
    std::vector<IncomingHook> incoming_webhooks;
    std::int64_t total_count = 0;
};
BOOST_DESCRIBE_STRUCT(IncomingHookPage, (), (incoming_webhooks, total_count))

class IncomingHooks {
public:
    static constexpr std::size_t longest_name = 64, longest_description = 500, longest_icon_url = 1024;

    // All must outlive this object.
    IncomingHooks(storage::Database& db, identity::Gate& gate, ProgramPosts& posts, DirectChannels& direct,
                  const LiveSettings& settings)
        : db_(db), gate_(gate), posts_(posts), direct_(direct), settings_(settings) {}

    // For a channel that the actor may read. The owner is the actor, or whom `hook` names.
    IncomingHook create(const Actor& actor, IncomingHook hook);
    IncomingHook get(const Actor& actor, const std::string& id);
    IncomingHook update(const Actor& actor, const std::string& id, const IncomingHook& hook);
    void remove(const Actor& actor, const std::string& id);
    // One's own, or all for who may manage those of others; of all teams when `team` is empty.
    IncomingHookPage list(const Actor& actor, const TeamId& team, std::int64_t offset, std::int64_t limit);

    // Posts. Every refusal that is about the hook or the message has the id
    // web.incoming_webhook.general.app_error; its own id is the error's detail and is logged.
    void deliver(const std::string& id, IncomingMessage message);

private:
    void require_enabled() const;
    void require_may(const Actor& actor, const TeamId& team, const UserId& owner);
    void check(IncomingHook& hook) const;
    identity::ChannelPlace team_channel(const Actor& actor, const ChannelId& channel);
    identity::ChannelPlace target_of(const IncomingHook& hook, const Actor& owner, const std::string& name);
    void deliver_checked(const std::string& id, IncomingMessage message);

    storage::Database& db_;
    identity::Gate& gate_;
    ProgramPosts& posts_;
    DirectChannels& direct_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
