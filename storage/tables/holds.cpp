#include "storage/tables/holds.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"

namespace concordat::storage {
namespace {

struct HoldDetails {
    std::string name, description;
};
BOOST_DESCRIBE_STRUCT(HoldDetails, (), (name, description))

const std::string matter_columns =
    "select m.id, m.create_at, m.close_at, m.creator_id, m.details, (select count(*) from legal_holds h "
    "where "
    "h.matter_id = m.id and (h.frees_at = 0 or h.frees_at > $1::bigint)) from legal_matters m ";
const std::string hold_columns = R"(
    select h.id, h.matter_id, h.create_at, h.creator_id, h.starts_at, h.ends_at, h.include_public_channels, h.release_asked_at,
           h.release_asked_by, h.released_at, h.released_by, h.frees_at, h.details,
           array(select user_id from legal_hold_people p where p.hold_id = h.id order by user_id),
           array(select channel_id from legal_hold_channels c where c.hold_id = h.id order by channel_id)
    from legal_holds h )";

std::string sealed(Tx& tx, const IdBytes& record, const HoldDetails& details) {
    return tx.seal(Kind::config, scopes::configuration, record, 0, json_text(details));
}

HoldDetails opened(Tx& tx, const IdBytes& record, const pqxx::field& field) {
    return parse_json<HoldDetails>(tx.open(Kind::config, scopes::configuration, record, 0, bytes_in(field)),
                                   "hold");
}

const char* state_of(const LegalHold& h, Millis now) {
    if (h.frees_at > 0) return h.frees_at > now ? "releasing" : "released";
    return h.release_asked_at > 0 ? "release_asked" : "active";
}

}  // namespace

LegalMatter HoldTable::matter_row(const pqxx::row& r) {
    LegalMatter m;
    m.id = id_in<MatterId>(r[0]);
    m.create_at = int_in(r[1]);
    m.close_at = int_in(r[2]);
    m.creator_id = id_in<UserId>(r[3]);
    auto details = opened(tx_, m.id.bytes(), r[4]);
    m.name = std::move(details.name);
    m.description = std::move(details.description);
    m.in_force = int_in(r[5]);
    return m;
}

LegalHold HoldTable::row(const pqxx::row& r) {
    LegalHold h;
    h.id = id_in<HoldId>(r[0]);
    h.matter_id = id_in<MatterId>(r[1]);
    h.create_at = int_in(r[2]);
    h.creator_id = id_in<UserId>(r[3]);
    h.starts_at = int_in(r[4]);
    h.ends_at = int_in(r[5]);
    h.include_public_channels = bool_in(r[6]);
    h.release_asked_at = int_in(r[7]);
    h.release_asked_by = id_in<UserId>(r[8]);
    h.released_at = int_in(r[9]);
    h.released_by = id_in<UserId>(r[10]);
    h.frees_at = int_in(r[11]);
    h.name = opened(tx_, h.id.bytes(), r[12]).name;
    h.user_ids = ids_in<UserId>(r[13]);
    h.channel_ids = ids_in<ChannelId>(r[14]);
    h.state = state_of(h, tx_.now());
    return h;
}

std::vector<LegalHold> HoldTable::rows(const pqxx::result& result) {
    std::vector<LegalHold> out;
    for (const auto& r : result) out.push_back(row(r));
    return out;
}

void HoldTable::insert(const LegalMatter& m) {
    tx_.exec("insert into legal_matters (id, create_at, creator_id, details) values ($1, $2, $3::uuid, $4)",
             m.id, m.create_at, NullableId(m.creator_id),
             bytea(sealed(tx_, m.id.bytes(), {m.name, m.description})));
}

std::optional<LegalMatter> HoldTable::matter(const MatterId& id) {
    const auto found = tx_.exec(matter_columns + "where m.id = $2 for update of m", tx_.now(), id);
    if (found.empty()) return std::nullopt;
    return matter_row(found[0]);
}

std::vector<LegalMatter> HoldTable::matters(std::int64_t offset, std::int64_t limit) {
    std::vector<LegalMatter> out;
    for (const auto& r : tx_.exec(matter_columns + "order by m.create_at desc, m.id desc offset $2 limit $3",
                                  tx_.now(), offset, limit))
        out.push_back(matter_row(r));
    return out;
}

void HoldTable::close(const MatterId& id, Millis now) {
    tx_.exec("update legal_matters set close_at = $2 where id = $1 and close_at = 0", id, now);
}

void HoldTable::insert(const LegalHold& h) {
    tx_.exec(
        "insert into legal_holds (id, matter_id, create_at, creator_id, starts_at, ends_at, "
        "include_public_channels, details) values ($1, $2, $3, $4::uuid, $5, $6, $7, $8)",
        h.id, h.matter_id, h.create_at, NullableId(h.creator_id), h.starts_at, h.ends_at,
        h.include_public_channels, bytea(sealed(tx_, h.id.bytes(), {h.name, {}})));
    tx_.exec("insert into legal_hold_people (hold_id, user_id) select $1, u from unnest($2::uuid[]) u", h.id,
             array_of(h.user_ids));
    tx_.exec("insert into legal_hold_channels (hold_id, channel_id) select $1, c from unnest($2::uuid[]) c",
             h.id, array_of(h.channel_ids));
}

std::optional<LegalHold> HoldTable::find(const HoldId& id) {
    auto found = rows(tx_.exec(hold_columns + "where h.id = $1", id));
    if (found.empty()) return std::nullopt;
    return std::move(found[0]);
}

std::optional<LegalHold> HoldTable::lock(const HoldId& id) {
    auto found = rows(tx_.exec(hold_columns + "where h.id = $1 for update of h", id));
    if (found.empty()) return std::nullopt;
    return std::move(found[0]);
}

std::vector<LegalHold> HoldTable::select(const MatterId& matter, std::int64_t offset, std::int64_t limit) {
    return rows(tx_.exec(hold_columns +
                             "where ($1::uuid is null or h.matter_id = $1::uuid) order by h.create_at "
                             "desc, h.id desc offset $2 limit $3",
                         NullableId(matter), offset, limit));
}

void HoldTable::set_release(const LegalHold& h) {
    tx_.exec(
        "update legal_holds set release_asked_at = $2, release_asked_by = $3::uuid, released_at = $4, "
        "released_by = $5::uuid, frees_at = $6 where id = $1",
        h.id, h.release_asked_at, NullableId(h.release_asked_by), h.released_at, NullableId(h.released_by),
        h.frees_at);
}

std::int64_t HoldTable::count_in_force(Millis now) {
    return int_in(
        tx_.exec("select count(*) from legal_holds where frees_at = 0 or frees_at > $1", now)[0][0]);
}

HoldPreview HoldTable::preview(const LegalHold& h) {
    const auto rows = tx_.exec(R"(
        with kept as (
            select p.id, p.channel_id, p.delete_at from posts p
            where p.original_id is null and p.create_at >= $1 and ($2::bigint = 0 or p.create_at <= $2::bigint)
              and (p.channel_id = any($3::uuid[]) or p.user_id = any($4::uuid[])
                or exists (select 1 from channel_member_history m
                    where m.channel_id = p.channel_id and m.user_id = any($4::uuid[]) and m.join_at <= p.create_at
                      and (m.leave_at is null or m.leave_at >= p.create_at)
                      and ($5::boolean or exists (select 1 from channels c where c.id = p.channel_id and c.type <> 'O')))))
        select count(*), count(*) filter (where delete_at > 0), count(distinct channel_id),
               (select count(*) from files f where f.post_id in (select id from kept)),
               (select coalesce(sum(f.size), 0) from files f where f.post_id in (select id from kept)) from kept)",
                               h.starts_at, h.ends_at, array_of(h.channel_ids), array_of(h.user_ids),
                               h.include_public_channels);
    HoldPreview out;
    out.posts = int_in(rows[0][0]);
    out.deleted_posts = int_in(rows[0][1]);
    out.channels = int_in(rows[0][2]);
    out.files = int_in(rows[0][3]);
    out.bytes_of_files = int_in(rows[0][4]);
    return out;
}

}  // namespace concordat::storage
