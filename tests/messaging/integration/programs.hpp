// Programs beside people who talk: the services by which they take part, on the store of a Talk.
#pragma once
#include "identity/account/accounts.hpp"
#include "identity/account/custom_statuses.hpp"
#include "identity/session/sessions.hpp"
#include "messaging/conversation/channel_members.hpp"
#include "messaging/conversation/channels.hpp"
#include "messaging/conversation/direct_channels.hpp"
#include "messaging/conversation/preferences.hpp"
#include "messaging/conversation/statuses.hpp"
#include "messaging/integration/integrations.hpp"
#include "tests/messaging/conversation/talk.hpp"
#include "web/outbound/client.hpp"

namespace concordat::messaging {

inline Settings with_overrides(Settings settings = {}) {
    settings.ServiceSettings.EnablePostUsernameOverride = true;
    settings.ServiceSettings.EnablePostIconOverride = true;
    return settings;
}

struct Programs : Talk {
    explicit Programs(Settings with = with_overrides()) : Talk(std::move(with)) {}

    identity::Sessions sessions{store.db, store.settings, store.roles};
    identity::Accounts accounts{store.db, store.gate, sessions, store.settings};
    identity::CustomStatuses custom_statuses{accounts, store.settings};
    Channels channels{store.db, store.gate, store.settings};
    ChannelMembers members{store.db, store.gate};
    DirectChannels direct{store.db, store.gate, store.settings};
    Preferences preferences{store.db, store.gate};
    Statuses statuses{store.db, store.settings};
    Metrics metrics;
    web::OutboundClient outbound{store.settings};
    Integrations integrations{{store.db, store.gate, store.settings, metrics, outbound, custom_statuses,
                               channels, members, direct, posts, preferences, statuses}};
    IncomingHooks& hooks = integrations.incoming_hooks;

    User chief = as_chief(member("chief"));

    // Makes somebody an administrator of the team.
    User as_chief(const User& user) {
        store.db.transact([&](storage::Tx& tx) {
            storage::TeamMemberTable members(tx);
            auto member = members.find(team.id, user.id).value();
            member.scheme_admin = true;
            members.set_roles(member);
            tx.emit(TeamMemberUpdated{member, user.id});
        });
        return user;
    }

    IncomingHook hook(const User& owner, const Channel& channel, bool is_locked = false) {
        IncomingHook hook;
        hook.channel_id = channel.id;
        hook.display_name = "Builds";
        hook.channel_locked = is_locked;
        return hooks.create(store.actor(owner), hook);
    }
    // Posts by the hook; the post, which is the newest one that was told.
    Post deliver(const IncomingHook& hook, std::string_view json) {
        store.wait(10);
        hooks.deliver(hook.id, incoming_message(json));
        return store.facts<PostCreated>().back().post;
    }
    // The reason by which a delivery was refused, and its fault.
    std::pair<std::string, Fault> reason(const std::string& id, std::string_view json) {
        try {
            hooks.deliver(id, incoming_message(json));
        } catch (const Error& e) {
            EXPECT_EQ(e.id(), "web.incoming_webhook.general.app_error");
            return {e.detail(), e.fault()};
        }
        return {"", Fault::internal};
    }
};

}  // namespace concordat::messaging
