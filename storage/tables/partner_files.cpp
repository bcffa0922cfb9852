#include "storage/tables/partner_files.hpp"

#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

const std::string partner_file_columns =
    "select f.id, f.origin, f.channel_id, f.file_id, f.post_id, f.partner_id, f.size, f.details, f.state, "
    "f.reason, f.blob, f.create_at, f.attempts, f.retry_at from federation_files f ";
// The row of the file itself, which comes to have the same id, is sealed as version 0.
constexpr std::int64_t as_announced = 1;

struct AnnouncedFile {
    std::string name, mime_type, sha256;
};
BOOST_DESCRIBE_STRUCT(AnnouncedFile, (), (name, mime_type, sha256))

}  // namespace

PartnerFile PartnerFileTable::row(const pqxx::row& r) {
    PartnerFile f;
    f.id = id_in<FileId>(r[0]);
    f.origin = id_in<OrganisationId>(r[1]);
    f.channel_id = id_in<ChannelId>(r[2]);
    f.file_id = id_in<FileId>(r[3]);
    f.post_id = id_in<PostId>(r[4]);
    f.partner_id = id_in<OrganisationId>(r[5]);
    f.size = int_in(r[6]);
    f.state = text_in(r[8]);
    f.reason = text_in(r[9]);
    f.blob = id_in<AnyId>(r[10]);
    f.create_at = int_in(r[11]);
    f.attempts = int_in(r[12]);
    f.retry_at = int_in(r[13]);
    const auto sealed = bytes_in(r[7]);
    if (sealed.empty()) return f;  // its time was over, and its name went with it
    auto said = parse_json<AnnouncedFile>(
        tx_.open(Kind::file_name, f.channel_id.bytes(), f.id.bytes(), as_announced, sealed), "file");
    f.name = std::move(said.name);
    f.mime_type = std::move(said.mime_type);
    f.sha256 = std::move(said.sha256);
    return f;
}

std::vector<PartnerFile> PartnerFileTable::rows(const pqxx::result& result) {
    return whole_rows(result, [&](const pqxx::row& r) { return row(r); });
}

bool PartnerFileTable::insert(const PartnerFile& f) {
    const auto details = tx_.seal(Kind::file_name, f.channel_id.bytes(), f.id.bytes(), as_announced,
                                  json_text(AnnouncedFile{f.name, f.mime_type, f.sha256}));
    return tx_.exec(R"(
        insert into federation_files (id, origin, channel_id, file_id, post_id, partner_id, size, details, state, reason, blob, create_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing)",
                    f.id, f.origin, f.channel_id, f.file_id, f.post_id, f.partner_id, f.size, bytea(details),
                    f.state, f.reason, f.blob, f.create_at)
               .affected_rows() == 1;
}

std::optional<PartnerFile> PartnerFileTable::find(const FileId& id) {
    const auto result = tx_.exec(partner_file_columns + "where f.id = $1", id);
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

std::optional<PartnerFile> PartnerFileTable::find(const OrganisationId& origin, const ChannelId& channel,
                                                  const FileId& file) {
    const auto result =
        tx_.exec(partner_file_columns + "where f.origin = $1 and f.channel_id = $2 and f.file_id = $3",
                 origin, channel, file);
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

std::vector<PartnerFile> PartnerFileTable::of_post(const PostId& post) {
    return rows(tx_.exec(partner_file_columns + "where f.post_id = $1 order by f.id", post));
}

void PartnerFileTable::update(const PartnerFile& f) {
    tx_.exec(
        "update federation_files set state = $2, reason = $3, attempts = $4, retry_at = $5 where id = $1",
        f.id, f.state, f.reason, f.attempts, f.retry_at);
}

void PartnerFileTable::remove(const FileId& id) {
    tx_.exec("delete from federation_files where id = $1", id);
}

std::vector<PartnerFile> PartnerFileTable::wanted(const OrganisationId& partner, Millis now,
                                                  std::int64_t limit) {
    return rows(tx_.exec(partner_file_columns +
                             "join posts p on p.id = f.post_id and p.delete_at = 0 "
                             "where f.partner_id = $1 and f.state = 'wanted' and f.retry_at <= $2 "
                             "order by f.size, f.id limit $3",
                         partner, now, limit));
}

std::int64_t PartnerFileTable::wanted_count(const OrganisationId& partner) {
    return int_in(tx_.exec("select count(*) from federation_files where partner_id = $1 and state = 'wanted'",
                           partner)[0][0]);
}

std::vector<FileId> PartnerFileTable::still_wanted(const std::vector<FileId>& ids) {
    std::vector<FileId> out;
    for (const auto& r : tx_.exec("select f.id from federation_files f join posts p on p.id = f.post_id "
                                  "where f.id = any($1::uuid[]) and f.state = 'wanted' and p.delete_at = 0",
                                  array_of(ids)))
        out.push_back(id_in<FileId>(r[0]));
    return out;
}

std::vector<PartnerFile> PartnerFileTable::of_partner(const OrganisationId& partner, const std::string& state,
                                                      std::int64_t limit) {
    return rows(tx_.exec(partner_file_columns + "where f.partner_id = $1 and ($2 = '' or f.state = $2) "
                                                "order by f.create_at desc, f.id desc limit $3",
                         partner, state, limit));
}

void PartnerFileTable::tell(const ChannelId& channel, const std::vector<FileId>& files) {
    tx_.exec(
        "insert into federation_files_told (channel_id, file_id) select $1, unnest($2::uuid[]) "
        "on conflict do nothing",
        channel, array_of(files));
}

bool PartnerFileTable::is_told(const ChannelId& channel, const FileId& file) {
    return !tx_.exec("select 1 from federation_files_told where channel_id = $1 and file_id = $2", channel,
                     file)
                .empty();
}

bool PartnerFileTable::refuse(const FileRefusal& f) {
    return tx_.exec(R"(
        insert into federation_file_refusals (partner_id, origin, channel_id, file_id, code, create_at)
        values ($1, $2, $3, $4, $5, $6) on conflict do nothing)",
                    f.partner_id, f.origin, f.channel_id, f.file_id, f.code, f.create_at)
               .affected_rows() == 1;
}

std::vector<FileRefusal> PartnerFileTable::refusals(const OrganisationId& partner, std::int64_t limit) {
    std::vector<FileRefusal> out;
    for (const auto& r : tx_.exec("select origin, channel_id, file_id, code, create_at from "
                                  "federation_file_refusals where partner_id = $1 "
                                  "order by create_at desc, file_id desc limit $2",
                                  partner, limit))
        out.push_back({partner, id_in<OrganisationId>(r[0]), id_in<ChannelId>(r[1]), id_in<FileId>(r[2]),
                       text_in(r[3]), int_in(r[4])});
    return out;
}

}  // namespace concordat::storage
