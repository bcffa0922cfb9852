#include "storage/tables/held_posts.hpp"

#include "storage/crypto/seal.hpp"

namespace concordat::storage {
namespace {

const std::string held_columns =
    "select id, create_at, expires_at, user_id, channel_id, rule_id, state, decided_at, decided_by, post_id "
    "from held_posts ";

HeldPost held_row(const pqxx::row& r) {
    HeldPost held;
    held.id = id_in<HeldPostId>(r[0]);
    held.create_at = int_in(r[1]);
    held.expires_at = int_in(r[2]);
    held.user_id = id_in<UserId>(r[3]);
    held.channel_id = id_in<ChannelId>(r[4]);
    held.rule_id = id_in<ContentRuleId>(r[5]);
    held.state = text_in(r[6]);
    held.decided_at = int_in(r[7]);
    held.decided_by = id_in<UserId>(r[8]);
    held.post_id = id_in<PostId>(r[9]);
    return held;
}

std::vector<HeldPost> held_rows(const pqxx::result& rows) {
    std::vector<HeldPost> out;
    for (const auto& r : rows) out.push_back(held_row(r));
    return out;
}

std::optional<HeldPost> first_held(const pqxx::result& rows) {
    if (rows.empty()) return std::nullopt;
    return held_row(rows[0]);
}

}  // namespace

bool HeldPostTable::insert(const HeldPost& held, const Post& post) {
    return tx_.exec(
                  "insert into held_posts (id, create_at, expires_at, user_id, channel_id, rule_id, pending, "
                  "state, file_ids, body) values ($1, $2, $3, $4, $5, $6, nullif($7, ''), $8, $9::uuid[], "
                  "$10) "
                  "on conflict (user_id, pending) do nothing",
                  held.id, held.create_at, held.expires_at, held.user_id, held.channel_id, held.rule_id,
                  post.pending_post_id, held.state, array_of(post.file_ids),
                  bytea(tx_.seal(Kind::post, held.channel_id.bytes(), held.id.bytes(), 0, json_text(post))))
               .affected_rows() > 0;
}

std::optional<HeldPost> HeldPostTable::find(const HeldPostId& id) {
    return first_held(tx_.exec(held_columns + "where id = $1", id));
}

std::optional<HeldPost> HeldPostTable::lock(const HeldPostId& id) {
    return first_held(tx_.exec(held_columns + "where id = $1 for update", id));
}

std::optional<Post> HeldPostTable::post(const HeldPost& held) {
    const auto rows = tx_.exec("select body from held_posts where id = $1 and body is not null", held.id);
    if (rows.empty()) return std::nullopt;
    return parse_json<Post>(
        tx_.open(Kind::post, held.channel_id.bytes(), held.id.bytes(), 0, bytes_in(rows[0][0])), "held post");
}

std::vector<HeldPost> HeldPostTable::list(const std::string& state, const UserId& user, std::int64_t offset,
                                          std::int64_t limit) {
    return held_rows(
        tx_.exec(held_columns + "where ($1 = '' or state = $1) and ($2::uuid is null or user_id = $2::uuid) "
                                "order by create_at, id offset $3 limit $4",
                 state, NullableId(user), offset, limit));
}

void HeldPostTable::decide(const HeldPost& held) {
    tx_.exec(
        "update held_posts set state = $2, decided_at = $3, decided_by = $4::uuid, post_id = $5::uuid, "
        "file_ids = '{}', body = null where id = $1",
        held.id, held.state, held.decided_at, NullableId(held.decided_by), NullableId(held.post_id));
}

std::vector<HeldPost> HeldPostTable::expired(Millis now, std::int64_t limit) {
    return held_rows(tx_.exec(
        held_columns + "where state = 'waiting' and expires_at <= $1 order by create_at limit $2 for update",
        now, limit));
}

std::pair<std::int64_t, Millis> HeldPostTable::waiting() {
    const auto rows =
        tx_.exec("select count(*), coalesce(min(create_at), 0) from held_posts where state = 'waiting'");
    return {int_in(rows[0][0]), int_in(rows[0][1])};
}

std::vector<FileId> HeldPostTable::files_of(const UserId& user) {
    std::vector<FileId> out;
    for (const auto& r :
         tx_.exec("select unnest(file_ids) from held_posts where user_id = $1 and state = 'waiting'", user))
        out.push_back(id_in<FileId>(r[0]));
    return out;
}

}  // namespace concordat::storage
