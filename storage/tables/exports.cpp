#include "storage/tables/exports.hpp"

namespace concordat::storage {

void ExportTable::insert(const ExportPart& p) {
    tx_.exec(
        "insert into export_parts (job_id, number, blob, name, size, sha256, posts, warnings, starts, ends, "
        "to_tx, to_seq) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::xid8, $12)",
        p.job_id, p.number, p.blob, p.name, p.size, bytea(p.sha256), p.posts, p.warnings, p.starts, p.ends,
        p.upto.tx, p.upto.seq);
}

std::vector<ExportPart> ExportTable::parts(const JobId& job) {
    std::vector<ExportPart> out;
    for (const auto& r : tx_.exec(R"(
             select job_id, number, blob, name, size, sha256, posts, warnings, starts, ends, to_tx::text, to_seq
             from export_parts where job_id = $1 order by number)",
                                  job))
        out.push_back({id_in<JobId>(r[0]),
                       int_in(r[1]),
                       id_in<AnyId>(r[2]),
                       text_in(r[3]),
                       int_in(r[4]),
                       std::string(bytes_in(r[5])),
                       int_in(r[6]),
                       int_in(r[7]),
                       int_in(r[8]),
                       int_in(r[9]),
                       {text_in(r[10]), int_in(r[11])}});
    return out;
}

void ExportTable::remove_parts(const JobId& job, bool and_the_whole) {
    tx_.exec("delete from export_parts where job_id = $1 and ($2 or number > 0)", job, and_the_whole);
}

std::vector<std::string> ExportTable::package_names(std::int64_t limit) {
    std::vector<std::string> out;
    for (const auto& r :
         tx_.exec("select name from export_parts where number = 0 order by job_id desc limit $1", limit))
        out.push_back(text_in(r[0]));
    return out;
}

std::optional<JobId> ExportTable::package_named(const std::string& name) {
    const auto rows =
        tx_.exec("select job_id from export_parts where number = 0 and name = $1 limit 2", name);
    if (rows.size() != 1) return std::nullopt;
    return id_in<JobId>(rows[0][0]);
}

std::set<AnyId> ExportTable::blobs_in_use(const std::vector<AnyId>& blobs) {
    std::set<AnyId> out;
    for (const auto& r :
         tx_.exec("select blob from export_parts where blob = any($1::uuid[])", array_of(blobs)))
        out.insert(id_in<AnyId>(r[0]));
    return out;
}

std::vector<MemberInterval> ExportTable::intervals(const std::vector<ChannelId>& channels, Millis from,
                                                   Millis to) {
    std::vector<MemberInterval> out;
    for (const auto& r : tx_.exec(R"(
             select channel_id, user_id, join_at, coalesce(leave_at, 0) from channel_member_history
             where channel_id = any($1::uuid[]) and join_at <= $3 and coalesce(leave_at, $3) >= $2
             order by join_at, user_id)",
                                  array_of(channels), from, to))
        out.push_back({id_in<ChannelId>(r[0]), id_in<UserId>(r[1]), int_in(r[2]), int_in(r[3])});
    return out;
}

std::map<UserId, std::vector<PastIdentity>> ExportTable::identities(const std::vector<UserId>& users) {
    std::map<UserId, std::vector<PastIdentity>> out;
    for (const auto& r : tx_.exec(R"(
             select user_id, from_at, username, email from identity_history where user_id = any($1::uuid[])
             order by user_id, from_at)",
                                  array_of(users)))
        out[id_in<UserId>(r[0])].push_back({int_in(r[1]), text_in(r[2]), text_in(r[3])});
    return out;
}

}  // namespace concordat::storage
