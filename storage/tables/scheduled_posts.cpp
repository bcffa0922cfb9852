#include "storage/tables/scheduled_posts.hpp"

#include <utility>

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct ScheduledBody {
    std::string message, type;
    json::object props;
    std::optional<std::vector<FileId>> file_ids;
    std::optional<json::object> priority;
};
BOOST_DESCRIBE_STRUCT(ScheduledBody, (), (message, type, props, file_ids, priority))

std::string sealed_scheduled(Tx& tx, const ScheduledPost& p) {
    return tx.seal(Kind::scheduled_post, scopes::drafts, p.id.bytes(), 0,
                   json_text(ScheduledBody{p.message, p.type, p.props, p.file_ids, p.priority}));
}

const std::string scheduled_columns =
    "select s.id, s.user_id, s.channel_id, s.root_id, s.create_at, s.update_at, s.scheduled_at, "
    "s.processed_at, s.error_code, s.body from scheduled_posts s ";

ScheduledPost plain_columns(const pqxx::row& r) {
    ScheduledPost p;
    p.id = id_in<ScheduledPostId>(r[0]);
    p.user_id = id_in<UserId>(r[1]);
    p.channel_id = id_in<ChannelId>(r[2]);
    p.root_id = id_in<PostId>(r[3]);
    p.create_at = int_in(r[4]);
    p.update_at = int_in(r[5]);
    p.scheduled_at = int_in(r[6]);
    p.processed_at = int_in(r[7]);
    p.error_code = text_in(r[8]);
    return p;
}

}  // namespace

ScheduledPost ScheduledPostTable::row(const pqxx::row& r) {
    auto p = plain_columns(r);
    auto body = parse_json<ScheduledBody>(
        tx_.open(Kind::scheduled_post, scopes::drafts, p.id.bytes(), 0, bytes_in(r[9])), "scheduled post");
    p.message = std::move(body.message);
    p.type = std::move(body.type);
    p.props = std::move(body.props);
    p.file_ids = std::move(body.file_ids);
    p.priority = std::move(body.priority);
    return p;
}

std::optional<ScheduledPost> ScheduledPostTable::one(const pqxx::result& rows) {
    if (rows.empty()) return std::nullopt;
    return row(rows[0]);
}

std::vector<ScheduledPost> ScheduledPostTable::rows(const pqxx::result& rows) {
    return whole_rows(rows, [&](const pqxx::row& r) { return row(r); });
}

void ScheduledPostTable::insert(const ScheduledPost& p) {
    tx_.exec(R"(
        insert into scheduled_posts (id, user_id, channel_id, root_id, create_at, update_at, scheduled_at, attempt_at, body)
        values ($1, $2, $3, $4, $5, $6, $7, $7, $8))",
             p.id, p.user_id, p.channel_id, p.root_id, p.create_at, p.update_at, p.scheduled_at,
             bytea(sealed_scheduled(tx_, p)));
}

void ScheduledPostTable::update(const ScheduledPost& p) {
    tx_.exec(R"(
        update scheduled_posts set update_at = $2, scheduled_at = $3, attempt_at = $3, attempts = 0,
            processed_at = 0, error_code = '', body = $4 where id = $1)",
             p.id, p.update_at, p.scheduled_at, bytea(sealed_scheduled(tx_, p)));
}

std::optional<ScheduledPost> ScheduledPostTable::find(const ScheduledPostId& id) {
    return one(tx_.exec(scheduled_columns + "where s.id = $1", id));
}

std::optional<ScheduledPost> ScheduledPostTable::lock(const ScheduledPostId& id) {
    return one(tx_.exec(scheduled_columns + "where s.id = $1 for update", id));
}

std::optional<ScheduledPost> ScheduledPostTable::lock_unread(const ScheduledPostId& id) {
    const auto rows = tx_.exec(scheduled_columns + "where s.id = $1 for update", id);
    if (rows.empty()) return std::nullopt;
    return plain_columns(rows[0]);
}

std::vector<ScheduledPost> ScheduledPostTable::all_of(const UserId& user) {
    return rows(tx_.exec(scheduled_columns + "where s.user_id = $1 order by s.scheduled_at, s.id", user));
}

std::vector<ScheduledPost> ScheduledPostTable::of_team(const UserId& user, const TeamId& team) {
    return rows(tx_.exec(scheduled_columns +
                             "join channels c on c.id = s.channel_id where s.user_id = $1 and c.team_id = $2 "
                             "order by s.scheduled_at, s.id",
                         user, team));
}

std::int64_t ScheduledPostTable::count(const UserId& user) {
    tx_.exec("select 1 from users where id = $1 for no key update", user);
    return int_in(tx_.exec("select count(*) from scheduled_posts where user_id = $1", user)[0][0]);
}

bool ScheduledPostTable::remove(const ScheduledPostId& id) {
    return tx_.exec("delete from scheduled_posts where id = $1", id).affected_rows() == 1;
}

std::vector<ScheduledPostId> ScheduledPostTable::due(Millis now, std::int64_t limit) {
    std::vector<ScheduledPostId> out;
    for (const auto& r : tx_.exec("select id from scheduled_posts where processed_at = 0 and attempt_at <= "
                                  "$1 order by attempt_at, id limit $2",
                                  now, limit))
        out.push_back(id_in<ScheduledPostId>(r[0]));
    return out;
}

std::int64_t ScheduledPostTable::postpone(const ScheduledPostId& id, Millis now, Millis pause) {
    const auto rows = tx_.exec(R"(
        update scheduled_posts set attempts = attempts + 1, attempt_at = $2 + ($3::bigint << least(attempts, 20))
        where id = $1 and processed_at = 0 returning attempts)",
                               id, now, pause);
    return rows.empty() ? 0 : int_in(rows[0][0]);
}

void ScheduledPostTable::mark_failed(const ScheduledPostId& id, const std::string& error_code, Millis now) {
    tx_.exec(
        "update scheduled_posts set processed_at = $3, error_code = $2, update_at = greatest(update_at + 1, "
        "$3) "
        "where id = $1",
        id, error_code, now);
}

std::int64_t ScheduledPostTable::remove_failed(Millis before, std::int64_t limit) {
    return static_cast<std::int64_t>(tx_.exec(R"(
        delete from scheduled_posts where id in (
            select id from scheduled_posts where processed_at > 0 and processed_at < $1 limit $2))",
                                              before, limit)
                                         .affected_rows());
}

void ScheduledPostTable::seal_again(std::int64_t first_day, std::int64_t last_day) {
    const auto old = rows(
        tx_.exec(scheduled_columns +
                     "where ((get_byte(s.body, 1)::bigint << 24) | (get_byte(s.body, 2)::bigint << 16) | "
                     "(get_byte(s.body, 3)::bigint << 8) | get_byte(s.body, 4)::bigint) between $1 and "
                     "$2 for update",
                 first_day, last_day));
    for (const auto& p : old)
        tx_.exec("update scheduled_posts set body = $2 where id = $1", p.id, bytea(sealed_scheduled(tx_, p)));
}

}  // namespace concordat::storage
