#include "storage/tables/drafts.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct DraftBody {
    std::string message, type;
    json::object props;
    std::optional<std::vector<FileId>> file_ids;
    std::optional<json::object> priority;
};
BOOST_DESCRIBE_STRUCT(DraftBody, (), (message, type, props, file_ids, priority))

// A draft has no id of its own: its record is a digest of what makes it unique.
IdBytes record_of(const UserId& user, const ChannelId& channel, const PostId& root) {
    const auto digest = sha256(user.uuid() + channel.uuid() + root.uuid());
    IdBytes record{};
    std::copy(digest.begin(), digest.begin() + 16, record.begin());
    return record;
}

std::string sealed_body(Tx& tx, const Draft& d) {
    return tx.seal(Kind::draft, scopes::drafts, record_of(d.user_id, d.channel_id, d.root_id), 0,
                   json_text(DraftBody{d.message, d.type, d.props, d.file_ids, d.priority}));
}

const std::string draft_columns =
    "select d.user_id, d.channel_id, d.root_id, d.create_at, d.update_at, d.body from drafts d ";

}  // namespace

Draft DraftTable::row(const pqxx::row& r) {
    Draft d;
    d.user_id = id_in<UserId>(r[0]);
    d.channel_id = id_in<ChannelId>(r[1]);
    d.root_id = id_in<PostId>(r[2]);
    d.create_at = int_in(r[3]);
    d.update_at = int_in(r[4]);
    auto body =
        parse_json<DraftBody>(tx_.open(Kind::draft, scopes::drafts,
                                       record_of(d.user_id, d.channel_id, d.root_id), 0, bytes_in(r[5])),
                              "draft");
    d.message = std::move(body.message);
    d.type = std::move(body.type);
    d.props = std::move(body.props);
    d.file_ids = std::move(body.file_ids);
    d.priority = std::move(body.priority);
    return d;
}

bool DraftTable::upsert(const Draft& d) {
    const auto body = sealed_body(tx_, d);
    return bool_in(tx_.exec(R"(
        insert into drafts (user_id, channel_id, root_id, create_at, update_at, body) values ($1, $2, $3, $4, $4, $5)
        on conflict (user_id, channel_id, root_id) do update set update_at = $4, body = $5 returning xmax = 0)",
                            d.user_id, d.channel_id, d.root_id, d.update_at, bytea(body))[0][0]);
}

std::optional<Draft> DraftTable::find(const UserId& user, const ChannelId& channel, const PostId& root) {
    const auto rows = tx_.exec(
        draft_columns + "where d.user_id = $1 and d.channel_id = $2 and d.root_id = $3", user, channel, root);
    if (rows.empty()) return std::nullopt;
    return row(rows[0]);
}

std::vector<Draft> DraftTable::of_user(const UserId& user, const TeamId& team) {
    return whole_rows(
        tx_.exec(
            draft_columns +
                R"(join channels c on c.id = d.channel_id join channel_members m on m.channel_id = d.channel_id and m.user_id = d.user_id
            where d.user_id = $1 and c.team_id in ($2, '00000000-0000-0000-0000-000000000000') and c.delete_at = 0
              and not exists (select 1 from posts p where p.id = d.root_id and p.delete_at > 0) order by d.update_at desc)",
            user, team),
        [&](const pqxx::row& r) { return row(r); });
}

std::vector<Draft> DraftTable::all_of(const UserId& user) {
    return whole_rows(tx_.exec(draft_columns + "where d.user_id = $1", user),
                      [&](const pqxx::row& r) { return row(r); });
}

bool DraftTable::remove(const UserId& user, const ChannelId& channel, const PostId& root) {
    return tx_.exec("delete from drafts where user_id = $1 and channel_id = $2 and root_id = $3", user,
                    channel, root)
               .affected_rows() == 1;
}

void DraftTable::remove_of_thread(const PostId& root) {
    tx_.exec("delete from drafts where root_id = $1", root);
}

void DraftTable::seal_again(std::int64_t first_day, std::int64_t last_day) {
    const auto old = whole_rows(
        tx_.exec(draft_columns +
                     "where ((get_byte(d.body, 1)::bigint << 24) | (get_byte(d.body, 2)::bigint << 16) | "
                     "(get_byte(d.body, 3)::bigint << 8) | get_byte(d.body, 4)::bigint) between $1 and "
                     "$2 for update",
                 first_day, last_day),
        [&](const pqxx::row& r) { return row(r); });
    for (const auto& d : old)
        tx_.exec("update drafts set body = $4 where user_id = $1 and channel_id = $2 and root_id = $3",
                 d.user_id, d.channel_id, d.root_id, bytea(sealed_body(tx_, d)));
}

}  // namespace concordat::storage
