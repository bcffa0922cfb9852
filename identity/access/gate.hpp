// The Gate: may this person do that here?
//
// Thread-safe. Channel checks take the union of the member's channel roles, team roles and system roles;
// team checks that of team and system roles; who holds manage_system passes everything. Places and
// memberships are remembered and forgotten when a fact says they changed. Whatever goes wrong on the
// way to "allowed" is an exception, never an "allowed".
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/base/memo.hpp"
#include "core/model/actor.hpp"
#include "core/model/channel.hpp"
#include "core/model/permission.hpp"
#include "identity/access/roles.hpp"

namespace concordat::storage {
class Database;
struct Fact;
}  // namespace concordat::storage

namespace concordat::identity {

// What the rules need to know of a channel; everything here is plain in the database.
struct ChannelPlace {
    ChannelId id;
    TeamId team_id;
    std::string type, name, display_name;
    Millis delete_at = 0;
    bool is_between_people() const { return type == "D" || type == "G"; }
};

class Gate {
public:
    Gate(storage::Database& db, Roles& roles) : db_(db), roles_(roles) {}
    void on_facts(const std::vector<storage::Fact>& facts);

    bool may(const Actor& actor, Permission permission) const;
    bool may_in_team(const Actor& actor, Permission permission, const TeamId& team);
    bool may_in_channel(const Actor& actor, Permission permission, const ChannelId& channel);
    // Membership's read_channel_content, or read_public_channel in the team of an open channel.
    bool may_read(const Actor& actor, const ChannelId& channel);
    // The same for what is on the channel rather than in it: name, members, statistics.
    bool may_see(const Actor& actor, const ChannelId& channel);
    // True when the person shares nothing with, or may see, everybody: guests see only people of their
    // channels.
    bool may_see_user(const Actor& actor, const UserId& user);

    // These throw lacks_permission().
    void require(const Actor& actor, Permission permission) const;
    void require_in_team(const Actor& actor, Permission permission, const TeamId& team);
    void require_in_channel(const Actor& actor, Permission permission, const ChannelId& channel);
    void require_read(const Actor& actor, const ChannelId& channel);
    // Who the actor is, or may edit others.
    void require_self_or(const Actor& actor, const UserId& user, Permission permission) const;

    std::optional<ChannelPlace> place(const ChannelId& channel);
    // The channel of a post that exists (deleted or not).
    std::optional<ChannelId> channel_of(const PostId& post);
    // Archived or not. Not remembered: for explaining a refusal.
    bool has_team(const TeamId& team);
    bool is_member(const UserId& user, const ChannelId& channel);
    bool is_team_member(const UserId& user, const TeamId& team);
    Roles& roles() { return roles_; }

private:
    struct Pair {
        IdBytes user, place;
        bool operator==(const Pair&) const = default;
    };
    struct PairHash {
        std::size_t operator()(const Pair& p) const noexcept {
            return std::hash<AnyId>()(AnyId(p.user)) * 31 + std::hash<AnyId>()(AnyId(p.place));
        }
    };
    // Effective role names; nothing: not a member.
    using Membership = std::optional<std::string>;
    Membership channel_roles(const UserId& user, const ChannelId& channel);
    Membership team_roles(const UserId& user, const TeamId& team);

    storage::Database& db_;
    Roles& roles_;
    Memo<ChannelId, std::optional<ChannelPlace>> places_{20000};
    Memo<PostId, ChannelId> posts_{20000};
    Memo<Pair, Membership, PairHash> channel_members_{50000};
    Memo<Pair, Membership, PairHash> team_members_{20000};
};

}  // namespace concordat::identity
