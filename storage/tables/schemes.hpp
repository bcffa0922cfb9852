// The schemes table, and which teams and channels have one.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/scheme.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class SchemeTable {
public:
    explicit SchemeTable(Tx& tx) : tx_(tx) {}
    // False when there was or is one of that name.
    bool insert(const Scheme& scheme);
    // Deleted schemes keep their names.
    bool is_taken(const std::string& name);
    // Its name, texts and times.
    void update(const Scheme& scheme);
    // Not those that were deleted.
    std::optional<Scheme> find(const SchemeId& id);
    // In a scope, or in both when it is empty; the newest first.
    std::vector<Scheme> page(const std::string& scope, std::int64_t offset, std::int64_t limit);
    std::vector<TeamId> teams(const SchemeId& id, std::int64_t offset, std::int64_t limit);
    std::vector<ChannelId> channels(const SchemeId& id, std::int64_t offset, std::int64_t limit);
    // An empty id takes the scheme away.
    void give_team(const TeamId& team, const SchemeId& scheme, Millis now);
    void give_channel(const ChannelId& channel, const SchemeId& scheme, Millis now);
    // From every team and channel.
    void take_away(const SchemeId& scheme, Millis now);

    // Those that are there and were not made by moderation.
    std::int64_t count();

    // A role of a channel scheme, and one that stands above it: that of the scheme of a channel's team or the
    // built-in one. A role comes once for each that is above it. Of all such roles, or of `only` that one.
    struct RoleAbove {
        std::string role, above;
    };
    std::vector<RoleAbove> roles_above(const std::string& only = {});

private:
    template <class PlaceId>
    std::vector<PlaceId> places(const char* table, const SchemeId& id, std::int64_t offset,
                                std::int64_t limit);

    Tx& tx_;
};

}  // namespace concordat::storage
