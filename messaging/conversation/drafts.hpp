// Drafts: what a person has written and not yet sent, the same on all devices.
//
// Thread-safe; calls block. `connection_id` is the socket that saves, which need not be told.
#pragma once
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/post.hpp"
#include "identity/access/gate.hpp"

namespace concordat::messaging {

class Drafts {
public:
    Drafts(storage::Database& db, identity::Gate& gate, const LiveSettings& settings)
        : db_(db), gate_(gate), settings_(settings) {}

    // A draft without text and files is removed. Throws unsupported when synced drafts are switched off.
    Draft save(const Actor& actor, Draft draft, const std::string& connection_id);
    std::vector<Draft> of(const UserId& user, const TeamId& team);
    // Removing what is not there is not an error.
    void remove(const UserId& user, const ChannelId& channel, const PostId& root,
                const std::string& connection_id);

private:
    void require_enabled() const;

    storage::Database& db_;
    identity::Gate& gate_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
