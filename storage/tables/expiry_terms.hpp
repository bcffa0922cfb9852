// Parts of statements about what has had its time, shared by those that count and those that delete. Each
// names the parameters it stands for, so that a statement gives them in that order. Constant text.
#pragma once
#include <string>

namespace concordat::storage::terms {

// The channels with their cutoffs (0: all is kept). $1: now, $2: the cutoff of the settings.
inline const std::string cutoffs = R"(
    select c.id, c.type, own.id is not null or ofteam.id is not null as has_policy, coalesce(own.id, ofteam.id) as policy,
           case when coalesce(own.post_duration, ofteam.post_duration) is null then $2::bigint
                when coalesce(own.post_duration, ofteam.post_duration) < 0 then 0
                else $1::bigint - coalesce(own.post_duration, ofteam.post_duration) * 86400000 end as cutoff
    from channels c
    left join retention_policy_channels oc on oc.channel_id = c.id left join retention_policies own on own.id = oc.policy_id
    left join retention_policy_teams ot on ot.team_id = c.team_id left join retention_policies ofteam on ofteam.id = ot.policy_id )";

// A hold in force keeps the post p: its channel is named, or a person who wrote it, or who was there. $1:
// now.
inline const std::string held = R"(
    exists (select 1 from legal_holds h
        where (h.frees_at = 0 or h.frees_at > $1::bigint) and p.create_at >= h.starts_at and (h.ends_at = 0 or p.create_at <= h.ends_at)
          and (exists (select 1 from legal_hold_channels hc where hc.hold_id = h.id and hc.channel_id = p.channel_id)
            or exists (select 1 from legal_hold_people hp where hp.hold_id = h.id
                and (hp.user_id = p.user_id
                  or exists (select 1 from channel_member_history m
                      where m.channel_id = p.channel_id and m.user_id = hp.user_id and m.join_at <= p.create_at
                        and (m.leave_at is null or m.leave_at >= p.create_at)
                        and (h.include_public_channels
                          or exists (select 1 from channels hcc where hcc.id = p.channel_id and hcc.type <> 'O'))))))))";

// The day whose key seals the body of p; null when there is none.
inline const std::string sealed_day = R"(
    case when octet_length(p.body) >= 33 then (get_byte(p.body, 1)::bigint << 24) | (get_byte(p.body, 2)::bigint << 16)
         | (get_byte(p.body, 3)::bigint << 8) | get_byte(p.body, 4)::bigint end)";

// Exports have all that happened to p. A time of the message that somebody made up shows in the day its text
// was sealed on. $3: whether it matters, $4, $5: from, until.
inline const std::string exported =
    R"(
    (not $3::boolean or (p.create_at >= $4::bigint and greatest(p.create_at, p.update_at) < $5::bigint
        and coalesce()" +
    sealed_day +
    R"(, 0) <= greatest(greatest(p.create_at, p.update_at) / 86400000, $5::bigint / 86400000 - 1))))";

}  // namespace concordat::storage::terms
