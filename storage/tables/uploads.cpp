#include "storage/tables/uploads.hpp"

#include "storage/crypto/seal.hpp"

namespace concordat::storage {
namespace {

struct UploadDetails {
    std::string filename;
};
BOOST_DESCRIBE_STRUCT(UploadDetails, (), (filename))

const std::string select_all =
    "select id, type, create_at, user_id, channel_id, file_size, file_offset, blob, details from uploads ";

}  // namespace

UploadRow UploadTable::row(const pqxx::row& r) {
    UploadRow u;
    auto& s = u.session;
    s.id = id_in<UploadId>(r[0]);
    s.type = text_in(r[1]);
    s.create_at = int_in(r[2]);
    s.user_id = id_in<UserId>(r[3]);
    s.channel_id = id_in<ChannelId>(r[4]);
    s.file_size = int_in(r[5]);
    s.file_offset = int_in(r[6]);
    u.blob = id_in<AnyId>(r[7]);
    s.filename = parse_json<UploadDetails>(
                     tx_.open(Kind::upload, s.channel_id->bytes(), s.id.bytes(), 0, bytes_in(r[8])), "upload")
                     .filename;
    return u;
}

std::vector<UploadRow> UploadTable::rows(const pqxx::result& result) {
    std::vector<UploadRow> out;
    out.reserve(result.size());
    for (const auto& r : result) out.push_back(row(r));
    return out;
}

void UploadTable::insert(const UploadRow& u) {
    const auto& s = u.session;
    const auto channel = s.channel_id.value_or(ChannelId());
    tx_.exec(R"(
        insert into uploads (id, type, create_at, user_id, channel_id, file_size, file_offset, blob, details)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9))",
             s.id, s.type, s.create_at, s.user_id, channel, s.file_size, s.file_offset, u.blob,
             bytea(tx_.seal(Kind::upload, channel.bytes(), s.id.bytes(), 0,
                            json_text(UploadDetails{s.filename}))));
}

std::optional<UploadRow> UploadTable::find(const UploadId& id) {
    const auto result = tx_.exec(select_all + "where id = $1", id);
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

std::vector<UploadRow> UploadTable::of_user(const UserId& user, std::int64_t limit) {
    return rows(tx_.exec(select_all + "where user_id = $1 order by id desc limit $2", user, limit));
}

std::int64_t UploadTable::count_of_user(const UserId& user) {
    return int_in(tx_.exec("select count(*) from uploads where user_id = $1", user)[0][0]);
}

void UploadTable::set_offset(const UploadId& id, std::int64_t offset) {
    tx_.exec("update uploads set file_offset = $2 where id = $1", id, offset);
}

bool UploadTable::remove(const UploadId& id) {
    return tx_.exec("delete from uploads where id = $1", id).affected_rows() == 1;
}

std::vector<UploadRow> UploadTable::abandoned(Millis before, std::int64_t limit) {
    return rows(tx_.exec(select_all + "where create_at < $1 order by create_at limit $2", before, limit));
}

}  // namespace concordat::storage
