#include "storage/tables/retention_policies.hpp"

namespace concordat::storage {
namespace {

const std::string retention_policy_columns = R"(
    select r.id, r.display_name, r.post_duration,
           (select count(*) from retention_policy_teams t where t.policy_id = r.id),
           (select count(*) from retention_policy_channels c where c.policy_id = r.id)
    from retention_policies r )";

RetentionPolicy policy_in(const pqxx::row& r) {
    return {id_in<RetentionPolicyId>(r[0]), text_in(r[1]), int_in(r[2]), int_in(r[3]), int_in(r[4])};
}

template <class AnyIdType>
std::vector<AnyIdType> ids_of(const pqxx::result& rows) {
    std::vector<AnyIdType> out;
    for (const auto& r : rows) out.push_back(id_in<AnyIdType>(r[0]));
    return out;
}

}  // namespace

void RetentionPolicyTable::insert(const RetentionPolicy& p) {
    tx_.exec(
        "insert into retention_policies (id, display_name, post_duration, create_at, update_at) "
        "values ($1, $2, $3, $4, $4)",
        p.id, p.display_name, p.post_duration, tx_.now());
}

void RetentionPolicyTable::update(const RetentionPolicy& p) {
    tx_.exec(
        "update retention_policies set display_name = $2, post_duration = $3, update_at = $4 where id = $1",
        p.id, p.display_name, p.post_duration, tx_.now());
}

bool RetentionPolicyTable::remove(const RetentionPolicyId& id) {
    return tx_.exec("delete from retention_policies where id = $1", id).affected_rows() == 1;
}

std::optional<RetentionPolicy> RetentionPolicyTable::find(const RetentionPolicyId& id) {
    const auto rows = tx_.exec(retention_policy_columns + "where r.id = $1", id);
    if (rows.empty()) return std::nullopt;
    return policy_in(rows[0]);
}

std::vector<RetentionPolicy> RetentionPolicyTable::select(std::int64_t offset, std::int64_t limit) {
    std::vector<RetentionPolicy> out;
    for (const auto& r : tx_.exec(
             retention_policy_columns + "order by r.display_name, r.id offset $1 limit $2", offset, limit))
        out.push_back(policy_in(r));
    return out;
}

std::int64_t RetentionPolicyTable::count() {
    return int_in(tx_.exec("select count(*) from retention_policies")[0][0]);
}

std::vector<TeamId> RetentionPolicyTable::add_teams(const RetentionPolicyId& id,
                                                    const std::vector<TeamId>& teams) {
    tx_.exec(
        "insert into retention_policy_teams (team_id, policy_id) select distinct t, $1::uuid from "
        "unnest($2::uuid[]) t on conflict do nothing",
        id, array_of(teams));
    return ids_of<TeamId>(
        tx_.exec("select team_id from retention_policy_teams where team_id = any($2::uuid[]) and policy_id "
                 "<> $1",
                 id, array_of(teams)));
}

std::vector<ChannelId> RetentionPolicyTable::add_channels(const RetentionPolicyId& id,
                                                          const std::vector<ChannelId>& channels) {
    tx_.exec(
        "insert into retention_policy_channels (channel_id, policy_id) select distinct c, $1::uuid from "
        "unnest($2::uuid[]) c on conflict do nothing",
        id, array_of(channels));
    return ids_of<ChannelId>(
        tx_.exec("select channel_id from retention_policy_channels where channel_id = any($2::uuid[]) and "
                 "policy_id <> $1",
                 id, array_of(channels)));
}

void RetentionPolicyTable::remove_teams(const RetentionPolicyId& id, const std::vector<TeamId>& teams) {
    tx_.exec("delete from retention_policy_teams where policy_id = $1 and team_id = any($2::uuid[])", id,
             array_of(teams));
}

void RetentionPolicyTable::remove_channels(const RetentionPolicyId& id,
                                           const std::vector<ChannelId>& channels) {
    tx_.exec("delete from retention_policy_channels where policy_id = $1 and channel_id = any($2::uuid[])",
             id, array_of(channels));
}

void RetentionPolicyTable::clear_teams(const RetentionPolicyId& id) {
    tx_.exec("delete from retention_policy_teams where policy_id = $1", id);
}

void RetentionPolicyTable::clear_channels(const RetentionPolicyId& id) {
    tx_.exec("delete from retention_policy_channels where policy_id = $1", id);
}

std::vector<TeamId> RetentionPolicyTable::teams(const RetentionPolicyId& id, const std::string& term,
                                                std::int64_t offset, std::int64_t limit) {
    return ids_of<TeamId>(tx_.exec(R"(
        select t.id from retention_policy_teams r join teams t on t.id = r.team_id
        where r.policy_id = $1 and ($2 = '' or strpos(lower(t.name), lower($2)) > 0 or strpos(lower(t.display_name), lower($2)) > 0)
        order by t.display_name, t.id offset $3 limit $4)",
                                   id, term, offset, limit));
}

std::vector<ChannelId> RetentionPolicyTable::channels(const RetentionPolicyId& id, const std::string& term,
                                                      std::int64_t offset, std::int64_t limit) {
    return ids_of<ChannelId>(tx_.exec(R"(
        select c.id from retention_policy_channels r join channels c on c.id = r.channel_id
        where r.policy_id = $1 and ($2 = '' or strpos(lower(c.name), lower($2)) > 0 or strpos(lower(c.display_name), lower($2)) > 0)
        order by c.display_name, c.id offset $3 limit $4)",
                                      id, term, offset, limit));
}

RetentionPolicyForTeamList RetentionPolicyTable::team_policies_of(const UserId& user, std::int64_t offset,
                                                                  std::int64_t limit) {
    RetentionPolicyForTeamList out;
    for (const auto& r : tx_.exec(R"(
             select t.team_id, p.post_duration, count(*) over ()
             from retention_policy_teams t join retention_policies p on p.id = t.policy_id
             join team_members m on m.team_id = t.team_id and m.user_id = $1 and m.delete_at = 0
             order by t.team_id offset $2 limit $3)",
                                  user, offset, limit)) {
        out.policies.push_back({id_in<TeamId>(r[0]), int_in(r[1])});
        out.total_count = int_in(r[2]);
    }
    return out;
}

RetentionPolicyForChannelList RetentionPolicyTable::channel_policies_of(const UserId& user,
                                                                        std::int64_t offset,
                                                                        std::int64_t limit) {
    RetentionPolicyForChannelList out;
    for (const auto& r : tx_.exec(R"(
             select c.channel_id, p.post_duration, count(*) over ()
             from retention_policy_channels c join retention_policies p on p.id = c.policy_id
             join channel_members m on m.channel_id = c.channel_id and m.user_id = $1
             order by c.channel_id offset $2 limit $3)",
                                  user, offset, limit)) {
        out.policies.push_back({id_in<ChannelId>(r[0]), int_in(r[1])});
        out.total_count = int_in(r[2]);
    }
    return out;
}

}  // namespace concordat::storage
