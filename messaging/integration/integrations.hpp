// Everything by which programs outside take part, wired: hooks, commands, buttons and dialogs.
//
// Like the node itself a class whose members are the construction order. Lives in the node; all that it is
// given must outlive it.
#pragma once
#include "core/base/metrics.hpp"
#include "core/config/live.hpp"
#include "messaging/integration/actions.hpp"
#include "messaging/integration/builtin_commands.hpp"
#include "messaging/integration/command_runner.hpp"
#include "messaging/integration/commands.hpp"
#include "messaging/integration/dialogs.hpp"
#include "messaging/integration/hook_sender.hpp"
#include "messaging/integration/incoming_hooks.hpp"
#include "messaging/integration/later.hpp"
#include "messaging/integration/outgoing_hooks.hpp"
#include "messaging/integration/program_posts.hpp"
#include "messaging/integration/trigger_ids.hpp"

namespace concordat::messaging {

struct IntegrationNeeds {
    storage::Database& database;
    identity::Gate& gate;
    const LiveSettings& settings;
    Metrics& metrics;
    const web::OutboundClient& outbound;
    identity::CustomStatuses& custom_statuses;
    Channels& channels;
    ChannelMembers& channel_members;
    DirectChannels& direct_channels;
    Posts& posts;
    Preferences& preferences;
    Statuses& statuses;
};

class Integrations {
public:
    explicit Integrations(const IntegrationNeeds& n)
        : program_posts(n.posts, n.settings),
          triggers(n.database, n.settings),
          later(n.database, n.gate, n.posts),
          incoming_hooks(n.database, n.gate, program_posts, n.direct_channels, n.settings),
          commands(n.database, n.gate, n.settings),
          command_runner({n.database, n.gate, n.custom_statuses, n.channels, n.channel_members,
                          n.direct_channels, n.posts, n.preferences, n.statuses, later, n.settings, partners},
                         program_posts, triggers, n.outbound, seats),
          outgoing_hooks(n.database, n.gate, n.settings),
          hook_sender(n.database, n.gate, outgoing_hooks, program_posts, n.outbound, n.metrics, n.settings),
          actions(n.database, n.gate, n.posts, triggers, n.outbound, seats, n.settings),
          dialogs(n.gate, triggers, n.outbound, seats, n.settings) {}
    Integrations(const Integrations&) = delete;

    PartnerCommandRunners partners;  // to be set
    Seats seats;
    ProgramPosts program_posts;
    TriggerIds triggers;
    LaterPosts later;
    IncomingHooks incoming_hooks;
    Commands commands;
    CommandRunner command_runner;
    OutgoingHooks outgoing_hooks;
    HookSender hook_sender;
    Actions actions;
    Dialogs dialogs;
};

}  // namespace concordat::messaging
