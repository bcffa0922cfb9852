#include "storage/tables/barriers.hpp"

#include <algorithm>

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"

namespace concordat::storage {
namespace {

constexpr const char* turns_of_barriers = "select pg_advisory_xact_lock(x'ba11e4'::int, 0)";

std::string sealed_body(Tx& tx, const IdBytes& id, Millis update_at, const std::string& text) {
    return tx.seal(Kind::config, scopes::configuration, id, update_at, text);
}

template <class What, class WhatId>
What opened(Tx& tx, const pqxx::row& r) {
    const auto id = id_in<WhatId>(r[0]);
    auto out = parse_json<What>(
        tx.open(Kind::config, scopes::configuration, id.bytes(), int_in(r[2]), bytes_in(r[4])), "barrier");
    out.id = id;
    out.create_at = int_in(r[1]);
    out.update_at = int_in(r[2]);
    out.creator_id = id_in<UserId>(r[3]);
    return out;
}

std::vector<UserId> users_in(const pqxx::result& rows) {
    std::vector<UserId> out;
    for (const auto& r : rows) out.push_back(id_in<UserId>(r[0]));
    return out;
}

// What does not look like an id names nobody.
std::vector<AnyId> ids_of_values(const std::vector<std::string>& values) {
    std::vector<AnyId> out;
    for (const auto& value : values)
        if (looks_like_id(value)) out.push_back(AnyId::from_text(value));
    return out;
}

// Members of $1 and of $2 in one live channel, $3 excepted; not the same person twice.
constexpr const char* breached_channels = R"(
    from (select m.channel_id, count(*) filter (where m.user_id = any($1::uuid[])) as first_count,
                 count(*) filter (where m.user_id = any($2::uuid[])) as second_count, count(*) as all_count,
                 (array_agg(m.user_id) filter (where m.user_id = any($1::uuid[])))[1:20] as first_ids,
                 (array_agg(m.user_id) filter (where m.user_id = any($2::uuid[])))[1:20] as second_ids
          from channel_members m
          where m.user_id = any($1::uuid[] || $2::uuid[]) group by m.channel_id) n
    join channels c on c.id = n.channel_id and c.delete_at = 0
    where n.first_count > 0 and n.second_count > 0 and n.all_count > 1 and not n.channel_id = any($3::uuid[]) )";

}  // namespace

void BarrierTable::insert(const Segment& s) {
    tx_.exec(
        "insert into segments (id, create_at, update_at, creator_id, body) values ($1, $2, $3, $4::uuid, $5)",
        s.id, s.create_at, s.update_at, NullableId(s.creator_id),
        bytea(sealed_body(tx_, s.id.bytes(), s.update_at, json_text(s))));
}

void BarrierTable::insert(const Barrier& b) {
    tx_.exec(
        "insert into barriers (id, create_at, update_at, creator_id, is_on, body) "
        "values ($1, $2, $3, $4::uuid, $5, $6)",
        b.id, b.create_at, b.update_at, NullableId(b.creator_id), b.is_on,
        bytea(sealed_body(tx_, b.id.bytes(), b.update_at, json_text(b))));
}

bool BarrierTable::update(const Segment& s) {
    return tx_.exec("update segments set update_at = $2, body = $3 where id = $1", s.id, s.update_at,
                    bytea(sealed_body(tx_, s.id.bytes(), s.update_at, json_text(s))))
               .affected_rows() > 0;
}

bool BarrierTable::update(const Barrier& b) {
    return tx_.exec("update barriers set update_at = $2, is_on = $3, body = $4 where id = $1", b.id,
                    b.update_at, b.is_on, bytea(sealed_body(tx_, b.id.bytes(), b.update_at, json_text(b))))
               .affected_rows() > 0;
}

bool BarrierTable::remove(const SegmentId& id) {
    return tx_.exec("delete from segments where id = $1", id).affected_rows() > 0;
}

bool BarrierTable::remove(const BarrierId& id) {
    return tx_.exec("delete from barriers where id = $1", id).affected_rows() > 0;
}

std::vector<Segment> BarrierTable::segments() {
    std::vector<Segment> out;
    for (const auto& r :
         tx_.exec("select id, create_at, update_at, creator_id, body from segments order by create_at, id"))
        out.push_back(opened<Segment, SegmentId>(tx_, r));
    return out;
}

std::vector<Barrier> BarrierTable::barriers() {
    std::vector<Barrier> out;
    for (const auto& r : tx_.exec("select id, create_at, update_at, creator_id, body, is_on from barriers "
                                  "order by create_at, id")) {
        out.push_back(opened<Barrier, BarrierId>(tx_, r));
        out.back().is_on = bool_in(r[5]);
    }
    return out;
}

void BarrierTable::take_turns() {
    tx_.exec(turns_of_barriers);
}

std::vector<UserId> BarrierTable::people_of(const SegmentTerm& term) {
    if (term.kind == "role")
        return users_in(
            tx_.exec("select id from users where delete_at = 0 and string_to_array(roles, ' ') && $1::text[]",
                     array_of(term.values)));
    if (term.kind == "partner")
        return users_in(tx_.exec("select id from users where delete_at = 0 and remote_id = any($1::text[])",
                                 array_of(term.values)));
    const auto ids = array_of(ids_of_values(term.values));
    if (term.kind == "user")
        return users_in(tx_.exec("select id from users where delete_at = 0 and id = any($1::uuid[])", ids));
    if (term.kind == "group")
        return users_in(
            tx_.exec("select m.user_id from user_group_members m join users u on u.id = m.user_id "
                     "where m.group_id = any($1::uuid[]) and u.delete_at = 0",
                     ids));
    if (term.kind == "team")
        return users_in(
            tx_.exec("select m.user_id from team_members m join users u on u.id = m.user_id "
                     "where m.team_id = any($1::uuid[]) and m.delete_at = 0 and u.delete_at = 0",
                     ids));
    return {};
}

std::vector<UserId> BarrierTable::bots_of(const std::vector<UserId>& owners) {
    return users_in(
        tx_.exec("select b.user_id from bots b join users u on u.id = b.user_id "
                 "where b.owner_id = any($1::uuid[]) and u.delete_at = 0 and u.is_bot",
                 array_of(owners)));
}

std::vector<UserId> BarrierTable::active_among(const std::vector<UserId>& users) {
    return users_in(
        tx_.exec("select id from users where delete_at = 0 and id = any($1::uuid[])", array_of(users)));
}

std::vector<BarrierPerson> BarrierTable::standing() {
    std::vector<BarrierPerson> out;
    for (const auto& r : tx_.exec("select user_id, barrier_id, is_second, hides from barrier_people"))
        out.push_back({id_in<UserId>(r[0]), id_in<BarrierId>(r[1]), bool_in(r[2]), bool_in(r[3])});
    return out;
}

void BarrierTable::remove(const std::vector<BarrierPerson>& people) {
    std::vector<UserId> users;
    std::vector<BarrierId> barriers;
    std::vector<std::int64_t> sides;
    for (const auto& one : people) {
        users.push_back(one.user_id);
        barriers.push_back(one.barrier_id);
        sides.push_back(one.is_second ? 1 : 0);
    }
    tx_.exec(
        "delete from barrier_people p using unnest($1::uuid[], $2::uuid[], $3::bigint[]) "
        "as g(user_id, barrier_id, side) where p.user_id = g.user_id and p.barrier_id = g.barrier_id "
        "and p.is_second = (g.side = 1)",
        array_of(users), array_of(barriers), array_of(sides));
}

void BarrierTable::insert(const std::vector<BarrierPerson>& people) {
    std::vector<UserId> users;
    std::vector<BarrierId> barriers;
    std::vector<std::int64_t> sides, hiding;
    for (const auto& one : people) {
        users.push_back(one.user_id);
        barriers.push_back(one.barrier_id);
        sides.push_back(one.is_second ? 1 : 0);
        hiding.push_back(one.hides ? 1 : 0);
    }
    tx_.exec(
        "insert into barrier_people (user_id, barrier_id, is_second, hides) "
        "select g.user_id, g.barrier_id, g.side = 1, g.hides = 1 "
        "from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[]) "
        "as g(user_id, barrier_id, side, hides)",
        array_of(users), array_of(barriers), array_of(sides), array_of(hiding));
}

void BarrierTable::set_exceptions(const std::vector<std::pair<BarrierId, ChannelId>>& exceptions) {
    std::vector<BarrierId> barriers;
    std::vector<ChannelId> channels;
    for (const auto& [barrier, channel] : exceptions) {
        barriers.push_back(barrier);
        channels.push_back(channel);
    }
    tx_.exec("delete from barrier_exceptions");
    tx_.exec(
        "insert into barrier_exceptions (barrier_id, channel_id) select * from unnest($1::uuid[], "
        "$2::uuid[])",
        array_of(barriers), array_of(channels));
}

std::optional<Breach> BarrierTable::in_the_way(const ChannelId& channel, const UserId& user) {
    if (tx_.exec("select 1 from barrier_people where user_id = $1 limit 1", user).empty())
        return std::nullopt;
    tx_.exec("select pg_advisory_xact_lock(x'ba11e5'::int, hashtext($1::uuid::text))", channel);
    const auto rows = tx_.exec(
        "select p.barrier_id, o.user_id from barrier_people p "
        "join barrier_people o on o.barrier_id = p.barrier_id and o.is_second <> p.is_second "
        "join channel_members m on m.user_id = o.user_id and m.channel_id = $1 "
        "where p.user_id = $2 and o.user_id <> p.user_id and not exists (select 1 from barrier_exceptions e "
        "where e.barrier_id = p.barrier_id and e.channel_id = $1) limit 1",
        channel, user);
    if (rows.empty()) return std::nullopt;
    return Breach{id_in<BarrierId>(rows[0][0]), user, id_in<UserId>(rows[0][1])};
}

std::optional<Breach> BarrierTable::between(const std::vector<UserId>& users) {
    const auto rows = tx_.exec(
        "select p.barrier_id, p.user_id, o.user_id from barrier_people p "
        "join barrier_people o on o.barrier_id = p.barrier_id and o.is_second <> p.is_second "
        "where p.user_id = any($1::uuid[]) and o.user_id = any($1::uuid[]) and o.user_id <> p.user_id limit "
        "1",
        array_of(users));
    if (rows.empty()) return std::nullopt;
    return Breach{id_in<BarrierId>(rows[0][0]), id_in<UserId>(rows[0][1]), id_in<UserId>(rows[0][2])};
}

std::vector<UserId> BarrierTable::hidden(const UserId& asking, const std::vector<UserId>& among) {
    return users_in(tx_.exec(
        "select distinct o.user_id from barrier_people p join barrier_people o on "
        "o.barrier_id = p.barrier_id and o.is_second <> p.is_second "
        "where p.user_id = $1 and p.hides and o.user_id = any($2::uuid[]) and o.user_id <> p.user_id",
        asking, array_of(among)));
}

std::optional<BarrierId> BarrierTable::read_only(const ChannelId& channel, const UserId& user) {
    const auto rows = tx_.exec(
        "select p.barrier_id from barrier_people p join barrier_breaches b on b.barrier_id = p.barrier_id "
        "where p.user_id = $1 and b.channel_id = $2 limit 1",
        user, channel);
    if (rows.empty()) return std::nullopt;
    return id_in<BarrierId>(rows[0][0]);
}

void BarrierTable::set_breached(const std::vector<std::pair<ChannelId, BarrierId>>& breached,
                                const std::vector<ChannelId>& among) {
    std::vector<ChannelId> channels;
    std::vector<BarrierId> barriers;
    for (const auto& [channel, barrier] : breached) {
        channels.push_back(channel);
        barriers.push_back(barrier);
    }
    tx_.exec(
        "delete from barrier_breaches b where ($1::uuid[] = '{}' or b.channel_id = any($1::uuid[])) and "
        "not exists (select 1 from unnest($2::uuid[], $3::uuid[]) as g(channel_id, barrier_id) "
        "where g.channel_id = b.channel_id and g.barrier_id = b.barrier_id)",
        array_of(among), array_of(channels), array_of(barriers));
    tx_.exec(
        "insert into barrier_breaches (channel_id, barrier_id) select * from unnest($1::uuid[], $2::uuid[]) "
        "on conflict do nothing",
        array_of(channels), array_of(barriers));
}

std::vector<std::pair<ChannelId, BarrierId>> BarrierTable::breached(const std::vector<ChannelId>& among) {
    std::vector<std::pair<ChannelId, BarrierId>> out;
    const auto rows = tx_.exec(
        "select m.channel_id, p.barrier_id from barrier_people p "
        "join channel_members m on m.user_id = p.user_id "
        "where ($1::uuid[] = '{}' or m.channel_id = any($1::uuid[])) "
        "and not exists (select 1 from barrier_exceptions e where e.barrier_id = p.barrier_id and "
        "e.channel_id = m.channel_id) group by m.channel_id, p.barrier_id "
        "having bool_or(p.is_second) and bool_or(not p.is_second) and count(distinct p.user_id) > 1",
        array_of(among));
    for (const auto& r : rows) out.emplace_back(id_in<ChannelId>(r[0]), id_in<BarrierId>(r[1]));
    return out;
}

std::vector<BarredChannel> BarrierTable::breached_by(const std::vector<UserId>& first,
                                                     const std::vector<UserId>& second,
                                                     const std::vector<ChannelId>& excepted,
                                                     std::int64_t limit) {
    std::vector<BarredChannel> out;
    static const std::string sql = std::string(
                                       "select c.id, c.type, c.team_id, n.first_count, n.second_count, "
                                       "n.first_ids, n.second_ids ") +
                                   breached_channels +
                                   "order by c.type not in ('D', 'G'), n.all_count desc, c.id limit $4";
    for (const auto& r : tx_.exec(sql, array_of(first), array_of(second), array_of(excepted), limit)) {
        BarredChannel channel;
        channel.channel_id = id_in<ChannelId>(r[0]);
        channel.type = text_in(r[1]);
        channel.team_id = id_in<TeamId>(r[2]);
        channel.first_count = int_in(r[3]);
        channel.second_count = int_in(r[4]);
        channel.first_ids = ids_in<UserId>(r[5]);
        channel.second_ids = ids_in<UserId>(r[6]);
        out.push_back(std::move(channel));
    }
    return out;
}

std::int64_t BarrierTable::count_breached_by(const std::vector<UserId>& first,
                                             const std::vector<UserId>& second,
                                             const std::vector<ChannelId>& excepted) {
    static const std::string sql = std::string("select count(*)") + breached_channels;
    return int_in(tx_.exec(sql, array_of(first), array_of(second), array_of(excepted))[0][0]);
}

}  // namespace concordat::storage
