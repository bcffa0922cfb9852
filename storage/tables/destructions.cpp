#include "storage/tables/destructions.hpp"

#include "storage/crypto/digest.hpp"
#include "storage/tables/expiry_terms.hpp"

namespace concordat::storage {
namespace {

constexpr std::int64_t milliseconds_a_day = 86400000;
// Between the upload of a file and the message that has it.
constexpr std::int64_t days_before_a_hold = 31;

std::vector<ChannelDay> days_in(const pqxx::result& rows) {
    std::vector<ChannelDay> out;
    for (const auto& r : rows) out.push_back({id_in<AnyId>(r[0]), int_in(r[1])});
    return out;
}

DestroyedBucket bucket_in(const pqxx::row& r) {
    return {id_in<BucketId>(r[0]), text_in(r[1]), int_in(r[2]), id_in<JobId>(r[3]),
            int_in(r[4]),          int_in(r[5]),  bool_in(r[6])};
}

DestructionCertificate certificate_in(const pqxx::row& r) {
    return {id_in<CertificateId>(r[0]), int_in(r[1]), id_in<JobId>(r[2]), int_in(r[3]), text_in(r[4]),
            base64(bytes_in(r[5]))};
}

const std::string bucket_columns =
    "select bucket, data_class, week, job_id, create_at, data_keys, is_gone from destroyed_buckets ";
const std::string certificate_columns =
    "select id, number, job_id, create_at, body, signature from destruction_certificates ";

}  // namespace

void DestructionTable::lock_keys() {
    tx_.exec("lock table data_keys in share row exclusive mode");
}

std::vector<WrappedKey> DestructionTable::keys_in(const BucketId& bucket, const ExpiryRules& rules,
                                                  Millis week_ends) {
    std::vector<WrappedKey> out;
    for (const auto& r : tx_.exec("select k.scope, k.day, k.wrapped, coalesce(x.cutoff, $2::bigint) >= "
                                  "$4::bigint from data_keys k "
                                  "left join (" +
                                      terms::cutoffs + ") x on x.id = k.scope where k.bucket = $3::uuid",
                                  rules.now, rules.message_cutoff, bucket, week_ends))
        out.push_back({{id_in<AnyId>(r[0]), int_in(r[1])}, bytes_in(r[2]), bool_in(r[3])});
    return out;
}

std::vector<ChannelDay> DestructionTable::held(const ExpiryRules& rules, std::int64_t first_day,
                                               std::int64_t last_day) {
    return days_in(tx_.exec(R"(
        with in_force as (
            select * from legal_holds h where (h.frees_at = 0 or h.frees_at > $1::bigint) and h.starts_at / 86400000 - $4::bigint <= $3::bigint),
        since as (
            select hc.channel_id, h.starts_at / 86400000 - $4::bigint as day
            from in_force h join legal_hold_channels hc on hc.hold_id = h.id
            union all
            select m.channel_id, greatest(h.starts_at, m.join_at) / 86400000 - $4::bigint
            from in_force h join legal_hold_people hp on hp.hold_id = h.id
            join channel_member_history m on m.user_id = hp.user_id
            where (h.ends_at = 0 or m.join_at <= h.ends_at) and (m.leave_at is null or m.leave_at >= h.starts_at)
            union all
            select p.channel_id, min(p.create_at) / 86400000 - $4::bigint
            from in_force h join legal_hold_people hp on hp.hold_id = h.id
            join posts p on p.user_id = hp.user_id and p.create_at >= h.starts_at and (h.ends_at = 0 or p.create_at <= h.ends_at)
            where p.channel_id in (select scope from data_keys where day between $2::bigint and $3::bigint)
            group by p.channel_id)
        select distinct s.channel_id, d from since s, generate_series(greatest(s.day, $2::bigint), $3::bigint) d)",
                            rules.now, first_day, last_day, days_before_a_hold));
}

bool DestructionTable::is_any_held(const ExpiryRules& rules, std::int64_t last_day) {
    return !tx_.exec(
                   "select 1 from legal_holds where (frees_at = 0 or frees_at > $1) and starts_at / 86400000 "
                   "<= $2 limit 1",
                   rules.now, last_day)
                .empty();
}

std::vector<ChannelDay> DestructionTable::pinned(const ExpiryRules& rules, std::int64_t first_day,
                                                 std::int64_t last_day) {
    if (!rules.keeps_pinned) return {};
    return days_in(tx_.exec("select * from (select distinct p.channel_id, " + terms::sealed_day +
                                " as day from posts p where p.is_pinned and p.delete_at = 0) x "
                                "where x.day between $1 and $2",
                            first_day, last_day));
}

std::vector<ChannelDay> DestructionTable::uploads(std::int64_t first_day, std::int64_t last_day) {
    return days_in(
        tx_.exec("select distinct channel_id, create_at / 86400000 from uploads "
                 "where create_at / 86400000 between $1 and $2 "
                 "union select channel_id, create_at / 86400000 from federation_files "
                 "where state = 'wanted' and create_at / 86400000 between $1 and $2",
                 first_day, last_day));
}

std::vector<StayingFile> DestructionTable::files(const ExpiryRules& rules, std::int64_t first_day,
                                                 std::int64_t last_day) {
    std::vector<StayingFile> out;
    for (const auto& r : tx_.exec("select f.channel_id, b, f.create_at / 86400000 from files f join (" +
                                      terms::cutoffs + R"() x on x.id = f.channel_id
             left join posts p on p.id = f.post_id cross join unnest(array[f.blob, f.thumbnail, f.preview]) b
             where f.create_at >= $3::bigint and f.create_at < $4::bigint and b is not null
               and (p.id is null or p.create_at >= x.cutoff or ($5::boolean and p.is_pinned)))",
                                  rules.now, rules.message_cutoff, first_day * milliseconds_a_day,
                                  (last_day + days_before_a_hold) * milliseconds_a_day, rules.keeps_pinned))
        out.push_back({id_in<AnyId>(r[0]), id_in<AnyId>(r[1]), int_in(r[2])});
    return out;
}

void DestructionTable::move_keys(const BucketId& from, const BucketId& to,
                                 const std::vector<WrappedKey>& rewrapped) {
    std::vector<AnyId> scopes;
    std::vector<std::int64_t> days;
    std::vector<std::string> keys;
    for (const auto& k : rewrapped) {
        scopes.push_back(k.at.scope);
        days.push_back(k.at.day);
        keys.push_back(k.wrapped);
    }
    tx_.exec(R"(
        update data_keys k set bucket = $2, wrapped = n.wrapped
        from unnest($3::uuid[], $4::integer[], $5::bytea[]) as n(scope, day, wrapped)
        where k.scope = n.scope and k.day = n.day and k.bucket = $1)",
             from, to, array_of(scopes), array_of(days), array_of_bytes(keys));
}

void DestructionTable::condemn(const DestroyedBucket& b, const std::vector<ChannelDay>& keys) {
    std::vector<AnyId> scopes;
    std::vector<std::int64_t> days;
    for (const auto& key : keys) {
        scopes.push_back(key.scope);
        days.push_back(key.day);
    }
    tx_.exec(
        "insert into destroyed_buckets (bucket, data_class, week, job_id, create_at, data_keys) values ($1, "
        "$2, $3, $4, $5, $6)",
        b.bucket, b.data_class, b.week, b.job_id, b.create_at, b.data_keys);
    tx_.exec(
        "insert into destroyed_keys (scope, day) select * from unnest($1::uuid[], $2::integer[]) on conflict "
        "do nothing",
        array_of(scopes), array_of(days));
    tx_.exec("delete from data_keys where bucket = $1", b.bucket);
}

std::vector<DestroyedBucket> DestructionTable::condemned() {
    std::vector<DestroyedBucket> out;
    for (const auto& r : tx_.exec(bucket_columns + "where not is_gone order by create_at, bucket"))
        out.push_back(bucket_in(r));
    return out;
}

std::vector<DestroyedBucket> DestructionTable::of_job(const JobId& job) {
    std::vector<DestroyedBucket> out;
    for (const auto& r :
         tx_.exec(bucket_columns + "where job_id = $1 order by week, data_class, bucket", job))
        out.push_back(bucket_in(r));
    return out;
}

std::vector<BucketId> DestructionTable::gone() {
    std::vector<BucketId> out;
    for (const auto& r : tx_.exec("select bucket from destroyed_buckets where is_gone"))
        out.push_back(id_in<BucketId>(r[0]));
    return out;
}

void DestructionTable::mark_gone(const BucketId& bucket) {
    tx_.exec("update destroyed_buckets set is_gone = true where bucket = $1", bucket);
}

std::vector<std::int64_t> DestructionTable::destroyed_days() {
    std::vector<std::int64_t> out;
    for (const auto& r : tx_.exec("select distinct day from destroyed_keys order by day"))
        out.push_back(int_in(r[0]));
    return out;
}

std::int64_t DestructionTable::remove_journal(std::int64_t day, Mark& mark, std::int64_t limit) {
    const auto from = day * milliseconds_a_day;
    if (mark.first_tx.empty()) {
        const auto bounds = tx_.exec(
            "select min(tx::text::numeric), max(tx::text::numeric) from journal where create_at >= $1 and "
            "create_at < $2",
            from, from + milliseconds_a_day);
        mark.is_done = bounds[0][0].is_null();
        if (mark.is_done) return 0;
        mark.first_tx = text_in(bounds[0][0]);
        mark.last_tx = text_in(bounds[0][1]);
    }
    const auto rows = tx_.exec(R"(
        with next as (
            select tx, seq from journal
            where (tx, seq) > ($1::xid8, $2::bigint) and tx >= $3::xid8 and tx <= $4::xid8 and create_at >= $5::bigint and create_at < $6::bigint
              and scope in (select scope from destroyed_keys where day = $7::integer)
            order by journal.tx, seq limit $8),
        gone as (delete from journal j using next where j.tx = next.tx and j.seq = next.seq)
        select tx::text, seq from next order by next.tx, seq)",
                               mark.at.tx, mark.at.seq, mark.first_tx, mark.last_tx, from,
                               from + milliseconds_a_day, day, limit);
    mark.is_done = static_cast<std::int64_t>(rows.size()) < limit;
    if (!rows.empty()) mark.at = {text_in(rows[rows.size() - 1][0]), int_in(rows[rows.size() - 1][1])};
    return static_cast<std::int64_t>(rows.size());
}

std::int64_t DestructionTable::erase_partner_events(std::int64_t day) {
    return static_cast<std::int64_t>(tx_.exec(R"(
        update federation_events e set body = null from destroyed_keys k
        where k.day = $1 and e.channel_id = k.scope and e.body is not null
          and case e.kind when 'post.history' then (e.header::json ->> 'at')::bigint else e.received_at end / 86400000 = k.day)",
                                              day)
                                         .affected_rows());
}

void DestructionTable::clear_keys(std::int64_t day) {
    tx_.exec("delete from destroyed_keys where day = $1", day);
}

void DestructionTable::insert(const DestructionCertificate& c) {
    tx_.exec(
        "insert into destruction_certificates (number, id, job_id, create_at, body, signature) values ($1, "
        "$2, $3, $4, $5, $6)",
        c.number, c.id, c.job_id, c.create_at, c.text, bytea(from_base64(c.signature).value()));
}

std::optional<DestructionCertificate> DestructionTable::last_certificate() {
    const auto rows = tx_.exec(certificate_columns + "order by number desc limit 1");
    if (rows.empty()) return std::nullopt;
    return certificate_in(rows[0]);
}

std::optional<DestructionCertificate> DestructionTable::certificate(const CertificateId& id) {
    const auto rows = tx_.exec(certificate_columns + "where id = $1", id);
    if (rows.empty()) return std::nullopt;
    return certificate_in(rows[0]);
}

std::vector<DestructionCertificate> DestructionTable::certificates(std::int64_t offset, std::int64_t limit) {
    std::vector<DestructionCertificate> out;
    for (const auto& r :
         tx_.exec(certificate_columns + "order by number desc offset $1 limit $2", offset, limit))
        out.push_back(certificate_in(r));
    return out;
}

std::vector<std::string> DestructionTable::exports(std::int64_t limit) {
    std::vector<std::string> out;
    for (const auto& r : tx_.exec(R"(
             select j.id from jobs j where j.type = 'message_export' and exists (select 1 from export_parts e where e.job_id = j.id and e.number = 0)
             order by j.create_at desc limit $1)",
                                  limit))
        out.push_back(id_in<JobId>(r[0]).text());
    return out;
}

std::vector<std::string> DestructionTable::partners() {
    std::vector<std::string> out;
    for (const auto& r : tx_.exec("select name from federation_partners where exists (select 1 from "
                                  "federation_shares) order by name"))
        out.push_back(text_in(r[0]));
    return out;
}

}  // namespace concordat::storage
