#include "storage/tables/reports.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct ReportBody {
    std::string desc, keywords, emails;
};
BOOST_DESCRIBE_STRUCT(ReportBody, (), (desc, keywords, emails))

const std::string report_columns =
    "select id, create_at, user_id, status, posts, start_at, end_at, body from compliance_reports ";

}  // namespace

Report ReportTable::row(const pqxx::row& r) {
    Report report;
    report.id = id_in<ReportId>(r[0]);
    report.create_at = int_in(r[1]);
    report.user_id = id_in<UserId>(r[2]);
    report.status = text_in(r[3]);
    report.count = int_in(r[4]);
    report.start_at = int_in(r[5]);
    report.end_at = int_in(r[6]);
    report.type = "adhoc";
    auto body = parse_json<ReportBody>(
        tx_.open(Kind::config, scopes::exports, report.id.bytes(), 0, bytes_in(r[7])), "report");
    report.desc = std::move(body.desc);
    report.keywords = std::move(body.keywords);
    report.emails = std::move(body.emails);
    return report;
}

std::optional<Report> ReportTable::first(const pqxx::result& result) {
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

void ReportTable::insert(const Report& r) {
    tx_.exec(
        "insert into compliance_reports (id, create_at, user_id, status, posts, start_at, end_at, body) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8)",
        r.id, r.create_at, r.user_id, r.status, r.count, r.start_at, r.end_at,
        bytea(tx_.seal(Kind::config, scopes::exports, r.id.bytes(), 0,
                       json_text(ReportBody{r.desc, r.keywords, r.emails}))));
}

void ReportTable::update(const Report& r) {
    tx_.exec("update compliance_reports set status = $2, posts = $3 where id = $1", r.id, r.status, r.count);
}

void ReportTable::set_archive(const ReportId& id, const ReportArchive& archive) {
    tx_.exec("update compliance_reports set blob = $2, sha256 = $3 where id = $1", id, archive.blob,
             bytea(archive.sha256));
}

std::optional<Report> ReportTable::find(const ReportId& id) {
    return first(tx_.exec(report_columns + "where id = $1", id));
}

std::optional<ReportArchive> ReportTable::archive(const ReportId& id) {
    const auto found = tx_.exec(
        "select blob, sha256 from compliance_reports where id = $1 and status = 'finished' and blob is not "
        "null",
        id);
    if (found.empty()) return std::nullopt;
    return ReportArchive{id_in<AnyId>(found[0][0]), bytes_in(found[0][1])};
}

std::vector<Report> ReportTable::list(std::int64_t offset, std::int64_t limit) {
    return whole_rows(
        tx_.exec(report_columns + "order by create_at desc, id desc offset $1 limit $2", offset, limit),
        [&](const pqxx::row& r) { return row(r); });
}

std::optional<Report> ReportTable::take_next() {
    return first(tx_.exec(R"(
        update compliance_reports set status = 'running' where id =
            (select id from compliance_reports where status in ('created', 'running') order by create_at, id limit 1 for update)
        returning id, create_at, user_id, status, posts, start_at, end_at, body)"));
}

std::int64_t ReportTable::waiting() {
    return int_in(
        tx_.exec("select count(*) from compliance_reports where status in ('created', 'running')")[0][0]);
}

std::vector<AnyId> ReportTable::archives() {
    std::vector<AnyId> out;
    for (const auto& r : tx_.exec("select blob from compliance_reports where blob is not null"))
        out.push_back(id_in<AnyId>(r[0]));
    return out;
}

std::vector<ChannelId> ReportTable::channels_since(Millis from) {
    std::vector<ChannelId> out;
    for (const auto& r : tx_.exec(R"(
        select c.id from channels c left join teams t on t.id = c.team_id where c.last_post_at >= $1
        order by (c.team_id is null), t.name, c.name, c.id)",
                                  from))
        out.push_back(id_in<ChannelId>(r[0]));
    return out;
}

}  // namespace concordat::storage
