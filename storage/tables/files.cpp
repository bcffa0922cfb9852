#include "storage/tables/files.hpp"

#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct FileDetails {
    std::string name, extension, mime_type;
    Nullable<std::string> mini_preview;
    std::string sha256;
};
BOOST_DESCRIBE_STRUCT(FileDetails, (), (name, extension, mime_type, mini_preview, sha256))

const std::string file_columns =
    "select f.id, f.user_id, f.post_id, f.channel_id, f.create_at, f.update_at, f.delete_at, f.size, "
    "f.width, f.height, f.has_preview_image, "
    "f.remote_id, f.blob, f.thumbnail, f.preview, f.details, f.bookmark_id, f.body_text is not null from "
    "files f ";

}  // namespace

FileRow FileTable::row(const pqxx::row& r) {
    FileRow f;
    auto& i = f.info;
    i.id = id_in<FileId>(r[0]);
    i.user_id = id_in<UserId>(r[1]);
    if (!r[2].is_null()) i.post_id = id_in<PostId>(r[2]);
    i.channel_id = id_in<ChannelId>(r[3]);
    i.create_at = int_in(r[4]);
    i.update_at = int_in(r[5]);
    i.delete_at = int_in(r[6]);
    i.size = int_in(r[7]);
    if (const auto width = int_in(r[8])) i.width = width;
    if (const auto height = int_in(r[9])) i.height = height;
    if (bool_in(r[10])) i.has_preview_image = true;
    if (!r[11].is_null()) i.remote_id = text_in(r[11]);
    f.blob = id_in<AnyId>(r[12]);
    f.thumbnail = id_in<AnyId>(r[13]);
    f.preview = id_in<AnyId>(r[14]);
    if (!r[16].is_null()) f.bookmark = id_in<AnyId>(r[16]);
    f.has_text = bool_in(r[17]);
    auto details = parse_json<FileDetails>(
        tx_.open(Kind::file_name, i.channel_id.bytes(), i.id.bytes(), 0, bytes_in(r[15])), "file");
    i.name = std::move(details.name);
    i.extension = std::move(details.extension);
    i.mime_type = std::move(details.mime_type);
    i.mini_preview = std::move(details.mini_preview);
    f.sha256 = std::move(details.sha256);
    return f;
}

std::vector<FileRow> FileTable::rows(const pqxx::result& result) {
    return whole_rows(result, [&](const pqxx::row& r) { return row(r); });
}

void FileTable::insert(const FileRow& f) {
    const auto& i = f.info;
    const auto details =
        tx_.seal(Kind::file_name, i.channel_id.bytes(), i.id.bytes(), 0,
                 json_text(FileDetails{i.name, i.extension, i.mime_type, i.mini_preview, f.sha256}));
    tx_.exec(R"(
        insert into files (id, user_id, post_id, channel_id, create_at, update_at, size, width, height, has_preview_image, blob, thumbnail, preview, details)
        values ($1, $2, $3::uuid, $4, $5, $6, $7, $8, $9, $10, $11, $12::uuid, $13::uuid, $14))",
             i.id, i.user_id, NullableId(i.post_id.value_or(PostId())), i.channel_id, i.create_at,
             i.update_at, i.size, i.width.value_or(0), i.height.value_or(0),
             i.has_preview_image.value_or(false), f.blob, NullableId(f.thumbnail), NullableId(f.preview),
             bytea(details));
}

std::optional<FileRow> FileTable::find(const FileId& id) {
    const auto result = tx_.exec(file_columns + "where f.id = $1", id);
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

std::vector<FileRow> FileTable::find(const std::vector<FileId>& ids) {
    return rows(tx_.exec(file_columns + "where f.id = any($1::uuid[])", array_of(ids)));
}

std::map<std::string, std::vector<FileInfo>> FileTable::of_posts(const std::vector<PostId>& posts,
                                                                 bool with_deleted) {
    std::map<std::string, std::vector<FileInfo>> out;
    for (auto& f : rows(tx_.exec(
             file_columns + "where f.post_id = any($1::uuid[]) and ($2 or f.delete_at = 0) order by f.id",
             array_of(posts), with_deleted)))
        out[f.info.post_id->text()].push_back(std::move(f.info));
    return out;
}

std::size_t FileTable::attach(const std::vector<FileId>& ids, const PostId& post, const ChannelId& channel,
                              const UserId& user, Millis now) {
    return tx_
        .exec(R"(
        update files set post_id = $2, update_at = $5
        where id = any($1::uuid[]) and channel_id = $3 and user_id = $4 and post_id is null and bookmark_id is null and delete_at = 0)",
              array_of(ids), post, channel, user, now)
        .affected_rows();
}

void FileTable::mark_deleted(const std::vector<FileId>& ids, Millis now) {
    tx_.exec("update files set delete_at = $2, update_at = $2 where id = any($1::uuid[]) and delete_at = 0",
             array_of(ids), now);
}

void FileTable::mark_deleted_of_posts(const std::vector<PostId>& posts, Millis now) {
    tx_.exec(
        "update files set delete_at = $2, update_at = $2 where post_id = any($1::uuid[]) and delete_at = 0",
        array_of(posts), now);
}

std::size_t FileTable::reattach(const std::vector<FileId>& ids, const PostId& post, Millis now) {
    return tx_
        .exec("update files set delete_at = 0, update_at = $3 where id = any($1::uuid[]) and post_id = $2",
              array_of(ids), post, now)
        .affected_rows();
}

std::int64_t FileTable::count_in_channel(const ChannelId& channel) {
    return int_in(
        tx_.exec("select count(*) from files where channel_id = $1 and post_id is not null and delete_at = 0",
                 channel)[0][0]);
}

std::vector<FileRow> FileTable::scan(const std::vector<ChannelId>& channels, Millis before,
                                     const FileId& before_id, Millis from, std::int64_t limit) {
    return rows(tx_.exec(file_columns +
                             "where f.channel_id = any($1::uuid[]) and (f.create_at, f.id) < ($2, $3) "
                             "and f.create_at >= $4 and f.delete_at = 0"
                             " and f.post_id is not null order by f.create_at desc, f.id desc limit $5",
                         array_of(channels), before, before_id, from, limit));
}

bool FileTable::bookmark(const FileId& id, const AnyId& bookmark, const ChannelId& channel,
                         const UserId& user) {
    return tx_.exec(R"(
        update files set bookmark_id = $2
        where id = $1 and channel_id = $3 and user_id = $4 and post_id is null and bookmark_id is null and delete_at = 0)",
                    id, bookmark, channel, user)
               .affected_rows() == 1;
}

void FileTable::move_bookmark(const FileId& id, const AnyId& to) {
    tx_.exec("update files set bookmark_id = $2 where id = $1", id, to);
}

void FileTable::drop_bookmark(const FileId& id, Millis now) {
    tx_.exec("update files set bookmark_id = null, delete_at = $2, update_at = $2 where id = $1", id, now);
}

std::vector<FileRow> FileTable::abandoned(Millis before, std::int64_t limit) {
    return rows(tx_.exec(file_columns + "where f.post_id is null and f.bookmark_id is null and "
                                        "greatest(f.create_at, f.delete_at) < $1 limit $2",
                         before, limit));
}

void FileTable::remove(const FileId& id) {
    tx_.exec("delete from files where id = $1", id);
}

bool FileTable::remove_unattached(const FileId& id) {
    return tx_.exec("delete from files where id = $1 and post_id is null and bookmark_id is null", id)
               .affected_rows() == 1;
}

}  // namespace concordat::storage
