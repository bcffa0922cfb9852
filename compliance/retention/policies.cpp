#include "compliance/retention/policies.hpp"

#include <algorithm>
#include <map>

#include "compliance/retention/rules.hpp"
#include "core/base/text.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/retention_policies.hpp"
#include "storage/tables/teams.hpp"

namespace concordat::compliance {
namespace {

Error bad(const std::string& text) {
    return {Fault::invalid, "app.retention_policy.bad_request", text};
}

Error no_such_policy() {
    return {Fault::not_found, "app.retention_policy.not_found", "There is no such retention policy."};
}

void check(const RetentionPolicy& p) {
    if (p.display_name.find_first_not_of(" \t\r\n") == p.display_name.npos)
        throw bad("display_name is empty.");
    if (p.display_name.size() > RetentionPolicies::longest_name)
        throw bad("display_name is longer than " + std::to_string(RetentionPolicies::longest_name) +
                  " bytes.");
    if (p.post_duration != -1 &&
        (p.post_duration < 1 || p.post_duration > RetentionPolicies::longest_duration))
        throw bad("post_duration is neither -1 nor from 1 to " +
                  std::to_string(RetentionPolicies::longest_duration) + " days.");
}

template <class IdType>
std::vector<IdType> ids_in(const std::vector<std::string>& texts, const char* what) {
    if (texts.size() > RetentionPolicies::most_named)
        throw bad(std::string(what) + " has more than " + std::to_string(RetentionPolicies::most_named) +
                  " ids.");
    std::vector<IdType> out;
    for (const auto& text : texts) {
        if (!looks_like_id(text)) throw bad(std::string(what) + " has something that is no id.");
        out.push_back(IdType::from_text(text));
    }
    return out;
}

template <class IdType, class Row>
void check_found(const std::vector<IdType>& ids, const std::vector<Row>& rows, const char* what) {
    for (const auto& id : ids)
        if (std::ranges::none_of(rows, [&](const Row& row) { return row.id == id; }))
            throw bad(std::string(what) + " has " + id.text() + ", which does not exist.");
}

template <class IdType>
void check_free(const std::vector<IdType>& taken, const char* what) {
    if (!taken.empty())
        throw bad(std::string(what) + " has " + taken.front().text() + ", which is under another policy.");
}

void put_teams(storage::Tx& tx, const RetentionPolicyId& id, const std::vector<TeamId>& ids) {
    check_found(ids, storage::TeamTable(tx).find(ids), "team_ids");
    check_free(storage::RetentionPolicyTable(tx).add_teams(id, ids), "team_ids");
}

void put_channels(storage::Tx& tx, const RetentionPolicyId& id, const std::vector<ChannelId>& ids) {
    check_found(ids, storage::ChannelTable(tx).find(ids), "channel_ids");
    check_free(storage::RetentionPolicyTable(tx).add_channels(id, ids), "channel_ids");
}

RetentionPolicy needed(storage::Tx& tx, const RetentionPolicyId& id) {
    auto policy = storage::RetentionPolicyTable(tx).find(id);
    if (!policy) throw no_such_policy();
    return *std::move(policy);
}

// In the order of `ids`.
template <class Row, class IdType>
std::vector<Row> ordered(std::vector<Row> rows, const std::vector<IdType>& ids) {
    std::map<IdType, std::size_t> place;
    for (const auto& id : ids) place.emplace(id, place.size());
    std::ranges::sort(rows, [&](const Row& a, const Row& b) { return place[a.id] < place[b.id]; });
    return rows;
}

std::string duration_text(const RetentionPolicy& policy) {
    return policy.post_duration < 0 ? "for ever" : std::to_string(policy.post_duration) + " days";
}

}  // namespace

void RetentionPolicies::note(storage::Tx& tx, const Request& request, const char* rule,
                             const RetentionPolicyId& id, const std::string& detail) {
    identity::Trail trail("retention", request.attempt, request.address);
    trail.decision.user_id = request.actor.user_id;
    trail.decision.session_id = request.actor.session_id;
    trail.admitted(rule, "policy " + id.text() + ", " + detail);
    decisions_.record(tx, trail);
}

GlobalRetentionPolicy RetentionPolicies::global() const {
    return global_policy(*settings_.current(), db_.now());
}

RetentionPolicyList RetentionPolicies::list(std::int64_t offset, std::int64_t limit) {
    return db_.read([&](storage::Tx& tx) {
        storage::RetentionPolicyTable table(tx);
        return RetentionPolicyList{table.select(offset, limit), table.count()};
    });
}

std::int64_t RetentionPolicies::count() {
    return db_.read([](storage::Tx& tx) { return storage::RetentionPolicyTable(tx).count(); });
}

RetentionPolicy RetentionPolicies::get(const RetentionPolicyId& id) {
    return db_.read([&](storage::Tx& tx) { return needed(tx, id); });
}

RetentionPolicy RetentionPolicies::create(const Request& request, const RetentionPolicyPatch& wanted) {
    RetentionPolicy policy;
    policy.display_name = wanted.display_name.value_or("");
    policy.post_duration = wanted.post_duration.value_or(0);
    check(policy);
    const auto teams = ids_in<TeamId>(wanted.team_ids.value_or(std::vector<std::string>()), "team_ids");
    const auto channels =
        ids_in<ChannelId>(wanted.channel_ids.value_or(std::vector<std::string>()), "channel_ids");
    return db_.transact([&](storage::Tx& tx) {
        policy.id = RetentionPolicyId::fresh(tx.now());
        storage::RetentionPolicyTable(tx).insert(policy);
        put_teams(tx, policy.id, teams);
        put_channels(tx, policy.id, channels);
        note(tx, request, "retention.policy_made", policy.id, duration_text(policy));
        return needed(tx, policy.id);
    });
}

RetentionPolicy RetentionPolicies::patch(const Request& request, const RetentionPolicyId& id,
                                         const RetentionPolicyPatch& wanted) {
    std::vector<TeamId> teams;
    std::vector<ChannelId> channels;
    if (wanted.team_ids) teams = ids_in<TeamId>(*wanted.team_ids, "team_ids");
    if (wanted.channel_ids) channels = ids_in<ChannelId>(*wanted.channel_ids, "channel_ids");
    return db_.transact([&](storage::Tx& tx) {
        auto policy = needed(tx, id);
        if (wanted.display_name) policy.display_name = *wanted.display_name;
        if (wanted.post_duration) policy.post_duration = *wanted.post_duration;
        check(policy);
        storage::RetentionPolicyTable table(tx);
        table.update(policy);
        if (wanted.team_ids) {
            table.clear_teams(id);
            put_teams(tx, id, teams);
        }
        if (wanted.channel_ids) {
            table.clear_channels(id);
            put_channels(tx, id, channels);
        }
        note(tx, request, "retention.policy_changed", id, duration_text(policy));
        return needed(tx, id);
    });
}

void RetentionPolicies::remove(const Request& request, const RetentionPolicyId& id) {
    db_.transact([&](storage::Tx& tx) {
        if (!storage::RetentionPolicyTable(tx).remove(id)) throw no_such_policy();
        note(tx, request, "retention.policy_removed", id, "its teams and channels follow the settings");
    });
}

TeamsUnderPolicy RetentionPolicies::teams(const RetentionPolicyId& id, const std::string& term,
                                          std::int64_t offset, std::int64_t limit) {
    return db_.read([&](storage::Tx& tx) {
        const auto policy = needed(tx, id);
        const auto ids = storage::RetentionPolicyTable(tx).teams(id, term, offset, limit);
        auto teams = ordered(storage::TeamTable(tx).find(ids), ids);
        for (auto& team : teams) {
            team.invite_id.clear();  // whoever reads policies need not be able to invite
            team.email.clear();
            team.policy_id = id.text();
        }
        return TeamsUnderPolicy{std::move(teams), policy.team_count};
    });
}

messaging::ChannelPage RetentionPolicies::channels(const RetentionPolicyId& id, const std::string& term,
                                                   std::int64_t offset, std::int64_t limit) {
    return db_.read([&](storage::Tx& tx) {
        const auto policy = needed(tx, id);
        const auto ids = storage::RetentionPolicyTable(tx).channels(id, term, offset, limit);
        auto channels = messaging::with_teams(tx, ordered(storage::ChannelTable(tx).find(ids), ids));
        for (auto& channel : channels) channel.policy_id = id.text();
        return messaging::ChannelPage{std::move(channels), policy.channel_count};
    });
}

void RetentionPolicies::add_teams(const Request& request, const RetentionPolicyId& id,
                                  const std::vector<std::string>& ids) {
    const auto teams = ids_in<TeamId>(ids, "The body");
    db_.transact([&](storage::Tx& tx) {
        needed(tx, id);
        put_teams(tx, id, teams);
        note(tx, request, "retention.policy_changed", id,
             std::to_string(teams.size()) + " teams put under it");
    });
}

void RetentionPolicies::remove_teams(const Request& request, const RetentionPolicyId& id,
                                     const std::vector<std::string>& ids) {
    const auto teams = ids_in<TeamId>(ids, "The body");
    db_.transact([&](storage::Tx& tx) {
        needed(tx, id);
        storage::RetentionPolicyTable(tx).remove_teams(id, teams);
        note(tx, request, "retention.policy_changed", id, std::to_string(teams.size()) + " teams let go");
    });
}

void RetentionPolicies::add_channels(const Request& request, const RetentionPolicyId& id,
                                     const std::vector<std::string>& ids) {
    const auto channels = ids_in<ChannelId>(ids, "The body");
    db_.transact([&](storage::Tx& tx) {
        needed(tx, id);
        put_channels(tx, id, channels);
        note(tx, request, "retention.policy_changed", id,
             std::to_string(channels.size()) + " channels put under it");
    });
}

void RetentionPolicies::remove_channels(const Request& request, const RetentionPolicyId& id,
                                        const std::vector<std::string>& ids) {
    const auto channels = ids_in<ChannelId>(ids, "The body");
    db_.transact([&](storage::Tx& tx) {
        needed(tx, id);
        storage::RetentionPolicyTable(tx).remove_channels(id, channels);
        note(tx, request, "retention.policy_changed", id,
             std::to_string(channels.size()) + " channels let go");
    });
}

RetentionPolicyForTeamList RetentionPolicies::team_policies_of(const UserId& user, std::int64_t offset,
                                                               std::int64_t limit) {
    return db_.read([&](storage::Tx& tx) {
        return storage::RetentionPolicyTable(tx).team_policies_of(user, offset, limit);
    });
}

RetentionPolicyForChannelList RetentionPolicies::channel_policies_of(const UserId& user, std::int64_t offset,
                                                                     std::int64_t limit) {
    return db_.read([&](storage::Tx& tx) {
        return storage::RetentionPolicyTable(tx).channel_policies_of(user, offset, limit);
    });
}

}  // namespace concordat::compliance
