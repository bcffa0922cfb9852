// Retention policies of teams and channels: how many days their messages are kept, -1 for ever. The policy of
// a channel goes before that of its team, and that before DataRetentionSettings. A team or channel has one at
// most.
//
// Permissions are asked by the routes. Changes are written down, act "retention". Thread-safe; calls block.
// Errors beside those of the database:
//   invalid    app.retention_policy.bad_request   of what is asked for; the text names it
//   not_found  app.retention_policy.not_found
#pragma once
#include <string>
#include <vector>
#include "compliance/export/message_exports.hpp"
#include "core/model/retention.hpp"
#include "core/model/team.hpp"
#include "messaging/conversation/channel_lists.hpp"

namespace concordat::compliance {

struct TeamsUnderPolicy {
    std::vector<Team> teams;
    std::int64_t total_count = 0;  // whatever the term
};
BOOST_DESCRIBE_STRUCT(TeamsUnderPolicy, (), (teams, total_count))

class RetentionPolicies {
public:
    static constexpr std::size_t most_named = 1000, longest_name = 256;
    static constexpr std::int64_t longest_duration = 36500;  // days

    // All must outlive this object.
    RetentionPolicies(storage::Database& db, identity::Decisions& decisions, const LiveSettings& settings)
        : db_(db), decisions_(decisions), settings_(settings) {}

    GlobalRetentionPolicy global() const;
    RetentionPolicyList list(std::int64_t offset, std::int64_t limit);
    std::int64_t count();
    RetentionPolicy get(const RetentionPolicyId& id);
    RetentionPolicy create(const Request& request, const RetentionPolicyPatch& wanted);
    // team_ids and channel_ids, where they are given, replace those there were.
    RetentionPolicy patch(const Request& request, const RetentionPolicyId& id,
                          const RetentionPolicyPatch& wanted);
    void remove(const Request& request, const RetentionPolicyId& id);

    // Those under the policy whose name or display name has `term` in it.
    TeamsUnderPolicy teams(const RetentionPolicyId& id, const std::string& term, std::int64_t offset,
                           std::int64_t limit);
    messaging::ChannelPage channels(const RetentionPolicyId& id, const std::string& term, std::int64_t offset,
                                    std::int64_t limit);
    void add_teams(const Request& request, const RetentionPolicyId& id, const std::vector<std::string>& ids);
    void remove_teams(const Request& request, const RetentionPolicyId& id,
                      const std::vector<std::string>& ids);
    void add_channels(const Request& request, const RetentionPolicyId& id,
                      const std::vector<std::string>& ids);
    void remove_channels(const Request& request, const RetentionPolicyId& id,
                         const std::vector<std::string>& ids);

    RetentionPolicyForTeamList team_policies_of(const UserId& user, std::int64_t offset, std::int64_t limit);
    RetentionPolicyForChannelList channel_policies_of(const UserId& user, std::int64_t offset,
                                                      std::int64_t limit);

private:
    void note(storage::Tx& tx, const Request& request, const char* rule, const RetentionPolicyId& id,
              const std::string& detail);

    storage::Database& db_;
    identity::Decisions& decisions_;
    const LiveSettings& settings_;
};

}  // namespace concordat::compliance
