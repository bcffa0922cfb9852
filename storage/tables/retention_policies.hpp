// The tables retention_policies, retention_policy_teams and retention_policy_channels.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/retention.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class RetentionPolicyTable {
public:
    explicit RetentionPolicyTable(Tx& tx) : tx_(tx) {}
    void insert(const RetentionPolicy& policy);
    // Name and duration.
    void update(const RetentionPolicy& policy);
    bool remove(const RetentionPolicyId& id);
    std::optional<RetentionPolicy> find(const RetentionPolicyId& id);
    std::vector<RetentionPolicy> select(std::int64_t offset, std::int64_t limit);
    std::int64_t count();

    // Puts them under the policy. Those that are under another one already come back, and stay there.
    std::vector<TeamId> add_teams(const RetentionPolicyId& id, const std::vector<TeamId>& teams);
    std::vector<ChannelId> add_channels(const RetentionPolicyId& id, const std::vector<ChannelId>& channels);
    void remove_teams(const RetentionPolicyId& id, const std::vector<TeamId>& teams);
    void remove_channels(const RetentionPolicyId& id, const std::vector<ChannelId>& channels);
    // All of them.
    void clear_teams(const RetentionPolicyId& id);
    void clear_channels(const RetentionPolicyId& id);

    // Of those under the policy whose name or display name has `term` in it, by display name.
    std::vector<TeamId> teams(const RetentionPolicyId& id, const std::string& term, std::int64_t offset,
                              std::int64_t limit);
    std::vector<ChannelId> channels(const RetentionPolicyId& id, const std::string& term, std::int64_t offset,
                                    std::int64_t limit);

    // Policies over the teams and channels where the person is a member now.
    RetentionPolicyForTeamList team_policies_of(const UserId& user, std::int64_t offset, std::int64_t limit);
    RetentionPolicyForChannelList channel_policies_of(const UserId& user, std::int64_t offset,
                                                      std::int64_t limit);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
