// The slash commands about other organisations: /secure-connection and /share-channel.
//
// Words for Partners and Shares, which check everything but the permission. Arguments are written as words,
// or as --name value; a value with spaces stands in quotes. What an invitation is locked with is in the
// command's line and nowhere else: lines of commands are not kept.
//
// Thread-safe; calls block. A refusal is an Error whose text is shown to the caller.
#pragma once
#include <string>
#include "core/config/live.hpp"
#include "federation/stream/shares.hpp"
#include "messaging/integration/builtin_commands.hpp"

namespace concordat::federation {

class PartnerCommands {
public:
    // All must outlive this object.
    PartnerCommands(Partners& partners, Shares& shares, identity::Gate& gate, const LiveSettings& settings)
        : partners_(partners), shares_(shares), gate_(gate), settings_(settings) {}

    messaging::CommandReply secure_connection(const Actor& actor, const std::string& text);
    messaging::CommandReply share_channel(const Actor& actor, const messaging::CommandPlace& place,
                                          const std::string& text);

private:
    void require_may(const Actor& actor, Permission permission);
    Partner partner(const std::string& name_or_id);
    std::string remove(const Actor& actor, const std::string& name_or_id);
    std::string status_of_partners();
    std::string unshare(const Actor& actor, const ChannelId& channel);
    std::string status_of_channel(const ChannelId& channel);

    Partners& partners_;
    Shares& shares_;
    identity::Gate& gate_;
    const LiveSettings& settings_;
};

}  // namespace concordat::federation
