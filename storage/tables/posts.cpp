#include "storage/tables/posts.hpp"

#include <unordered_set>

#include "core/base/log.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"

namespace concordat::storage {
namespace {

// What is sealed of a post.
struct PostBody {
    std::string message;
    json::object props;
    std::string hashtags;
};
BOOST_DESCRIBE_STRUCT(PostBody, (), (message, props, hashtags))

const std::string post_columns = R"(
    select p.id, p.create_at, p.update_at, p.edit_at, p.delete_at, p.delete_by, p.channel_id, p.user_id, p.root_id, p.original_id,
           p.type, p.is_pinned, p.has_reactions, p.file_ids, p.remote_id, p.body, t.reply_count, t.last_reply_at, p.has_priority
    from posts p left join threads t on t.post_id = coalesce(p.root_id, p.id) )";

std::string visible(const PostFilter& filter) {
    std::string out = " and p.original_id is null";
    if (!filter.with_deleted) out += " and p.delete_at = 0";
    if (filter.roots_only) out += " and p.root_id is null";
    return out;
}

// The key of a pending post: 16 bytes that name the author and what the client called the post.
IdBytes pending_key(const std::string& pending) {
    const auto digest = sha256(pending);
    IdBytes key{};
    std::copy(digest.begin(), digest.begin() + 16, key.begin());
    return key;
}

// Adding to an array literal without building vectors for each column.
void add(std::string& array, const std::string& element) {
    array += array.empty() ? "{" : ",";
    array += element;
}
void add_quoted(std::string& array, const std::string& text) {
    const auto one = array_of(std::vector<std::string>{text});
    add(array, one.substr(1, one.size() - 2));
}
void add_bytes(std::string& array, const std::string& bytes) {
    const auto one = array_of_bytes({bytes});
    add(array, one.substr(1, one.size() - 2));
}
std::string closed(std::string array) {
    return array.empty() ? "{}" : array + '}';
}

std::string sealed_body(Tx& tx, const Post& post, Kind kind, const IdBytes& record) {
    return tx.seal(kind, post.channel_id.bytes(), record, post.edit_at,
                   json_text(PostBody{post.message, post.props, post.hashtags}));
}

const char* const insert_statement = R"(
    with input as (
        select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::bool[], $9::uuid[],
                             $10::bytea[], $11::bool[], $12::bool[], $19::bigint[])
            as t(id, create_at, channel_id, user_id, root_id, type, file_ids, has_priority, pending, body, counts, views, update_at)),
    written as (
        insert into posts (id, create_at, update_at, channel_id, user_id, root_id, type, file_ids, has_priority, pending, body)
        select id, create_at, greatest(create_at, update_at), channel_id, user_id, root_id, type, nullif(file_ids, '')::uuid[], has_priority, pending, body from input
        on conflict do nothing returning id),
    news as (select input.* from input join written using (id)),
    counted as (
        update channels c set
            last_post_at = greatest(c.last_post_at, n.latest), revision = c.revision + 1,
            last_root_post_at = greatest(c.last_root_post_at, n.latest_root),
            total_msg_count = c.total_msg_count + n.messages, total_msg_count_root = c.total_msg_count_root + n.roots
        from (select channel_id, max(create_at) latest, coalesce(max(create_at) filter (where root_id is null), 0) latest_root,
                     count(*) filter (where counts) messages, count(*) filter (where counts and root_id is null) roots
              from news group by channel_id order by channel_id) n
        where c.id = n.channel_id
        returning c.id, c.total_msg_count, c.total_msg_count_root, n.latest),
    viewed as (
        update channel_members m set
            msg_count = c.total_msg_count, msg_count_root = c.total_msg_count_root, mention_count = 0, mention_count_root = 0,
            urgent_mention_count = 0, last_viewed_at = greatest(m.last_viewed_at, c.latest), last_update_at = c.latest
        from counted c join (select distinct channel_id, user_id from news where views) a on a.channel_id = c.id
        where m.channel_id = c.id and m.user_id = a.user_id),
    told as (
        insert into journal (kind, scope, record, create_at, body)
        select kind, scope, record, at, body
        from unnest($13::text[], $14::uuid[], $15::uuid[], $16::bigint[], $17::bytea[], $18::uuid[]) as j(kind, scope, record, at, body, of_post)
        where j.of_post in (select id from written))
    select id from written)";

}  // namespace

std::vector<PostId> PostTable::insert(const std::vector<NewPost>& posts) {
    std::string ids, create_at, update_at, channels, users, roots, types, files, priorities, pendings, bodies,
        counts, views;
    std::string kinds, scopes, records, times, facts, of_posts;
    for (const auto& n : posts) {
        const auto& p = n.post;
        add(ids, p.id.uuid());
        add(create_at, std::to_string(p.create_at));
        add(update_at, std::to_string(p.update_at));
        add(channels, p.channel_id.uuid());
        add(users, p.user_id.uuid());
        add(roots, p.root_id.empty() ? "null" : p.root_id.uuid());
        add_quoted(types, p.type);
        add_quoted(files, p.file_ids.empty() ? "" : array_of(p.file_ids));
        add(priorities, p.metadata && p.metadata->priority ? "t" : "f");
        add(pendings, n.pending.empty() ? "null" : uuid_text(pending_key(n.pending)));
        add_bytes(bodies, sealed_body(tx_, p, Kind::post, p.id.bytes()));
        add(counts, n.counts ? "t" : "f");
        add(views, n.views ? "t" : "f");
        if (!n.fact) continue;
        const auto record = new_id_bytes(n.fact->create_at);
        add(kinds, n.fact->kind);
        add(scopes, uuid_text(n.fact->scope));
        add(records, uuid_text(record));
        add(times, std::to_string(n.fact->create_at));
        add_bytes(facts, tx_.seal(Kind::fact, n.fact->scope, record, 0, n.fact->body));
        add(of_posts, p.id.uuid());
    }
    const auto result =
        tx_.exec(insert_statement, closed(ids), closed(create_at), closed(channels), closed(users),
                 closed(roots), closed(types), closed(files), closed(priorities), closed(pendings),
                 closed(bodies), closed(counts), closed(views), closed(kinds), closed(scopes),
                 closed(records), closed(times), closed(facts), closed(of_posts), closed(update_at));
    std::vector<PostId> written;
    for (const auto& r : result) written.push_back(id_in<PostId>(r[0]));
    const std::unordered_set<PostId> known(written.begin(), written.end());
    for (const auto& n : posts)
        if (n.fact && known.contains(n.post.id)) tx_.written().push_back(*n.fact);
    return written;
}

namespace {

// Everything but the sealed text.
Post bare_post(const pqxx::row& r) {
    Post p;
    p.id = id_in<PostId>(r[0]);
    p.create_at = int_in(r[1]);
    p.update_at = int_in(r[2]);
    p.edit_at = int_in(r[3]);
    p.delete_at = int_in(r[4]);
    if (const auto by = id_in<UserId>(r[5]); !by.empty()) p.props["deleteBy"] = by.text();
    p.channel_id = id_in<ChannelId>(r[6]);
    p.user_id = id_in<UserId>(r[7]);
    p.root_id = id_in<PostId>(r[8]);
    p.original_id = id_in<PostId>(r[9]);
    p.type = text_in(r[10]);
    p.is_pinned = bool_in(r[11]);
    if (bool_in(r[12])) p.has_reactions = true;
    if (!r[13].is_null()) p.file_ids = ids_in<FileId>(r[13]);
    if (!r[14].is_null()) p.remote_id = text_in(r[14]);
    p.reply_count = int_in(r[16]);
    if (p.root_id.empty()) p.last_reply_at = int_in(r[17]);
    if (bool_in(r[18])) p.metadata.emplace().priority.emplace();  // to be filled by who shows it
    return p;
}

}  // namespace

void PostTable::open_body(const pqxx::row& r, Post& p) {
    const auto kind = p.original_id.empty() ? Kind::post : Kind::post_history;
    const auto sealed = bytes_in(r[15]);
    if (sealed.empty() && kind == Kind::post) {
        p.message = emptied_message;
        p.props[emptied_prop] = "true";
        return;
    }
    auto body =
        parse_json<PostBody>(tx_.open(kind, p.channel_id.bytes(), p.id.bytes(), p.edit_at, sealed), "post");
    p.message = std::move(body.message);
    for (auto& [key, value] : body.props) p.props.emplace(key, std::move(value));
    p.hashtags = std::move(body.hashtags);
}

Post PostTable::row(const pqxx::row& r) {
    auto post = bare_post(r);
    open_body(r, post);
    return post;
}

std::vector<Post> PostTable::rows(const pqxx::result& result) {
    std::vector<Post> out;
    out.reserve(result.size());
    for (const auto& r : result) {
        auto& post = out.emplace_back(bare_post(r));
        try {
            open_body(r, post);
        } catch (const Error& e) {
            if (!is_lost(e)) throw;
            // The others of the list are whole: this one says what became of it.
            log_error("a post cannot be read", {{"post", post.id.text()},
                                                {"channel", post.channel_id.text()},
                                                {"id", e.id()},
                                                {"detail", e.detail()}});
            post.message = lost_message;
            post.props[lost_prop] = "true";
        }
    }
    return out;
}

std::optional<Post> PostTable::by_pending(const std::string& pending) {
    const auto result = tx_.exec(post_columns + "where p.pending = $1", AnyId(pending_key(pending)));
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

std::optional<Post> PostTable::find(const PostId& id) {
    const auto result = tx_.exec(post_columns + "where p.id = $1", id);
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

std::vector<Post> PostTable::find(const std::vector<PostId>& ids) {
    return rows(tx_.exec(post_columns + "where p.id = any($1::uuid[])", array_of(ids)));
}

std::optional<Post> PostTable::lock(const PostId& id, bool also_lost) {
    const auto result = tx_.exec(post_columns + "where p.id = $1 for update of p", id);
    if (result.empty()) return std::nullopt;
    return also_lost ? std::move(rows(result)[0]) : row(result[0]);
}

std::optional<ChannelId> PostTable::channel_of(const PostId& id) {
    const auto result = tx_.exec("select channel_id from posts where id = $1", id);
    if (result.empty()) return std::nullopt;
    return id_in<ChannelId>(result[0][0]);
}

std::vector<Post> PostTable::page(const ChannelId& channel, const PostFilter& filter, std::int64_t offset,
                                  std::int64_t limit) {
    return rows(tx_.exec(post_columns + "where p.channel_id = $1" + visible(filter) +
                             " order by p.create_at desc, p.id desc offset $2 limit $3",
                         channel, offset, limit));
}

std::vector<Post> PostTable::before(const ChannelId& channel, Millis create_at, const PostId& id,
                                    const PostFilter& filter, std::int64_t limit) {
    return rows(tx_.exec(post_columns + "where p.channel_id = $1 and (p.create_at, p.id) < ($2, $3)" +
                             visible(filter) + " order by p.create_at desc, p.id desc limit $4",
                         channel, create_at, id, limit));
}

std::vector<Post> PostTable::after(const ChannelId& channel, Millis create_at, const PostId& id,
                                   const PostFilter& filter, std::int64_t limit) {
    auto oldest_first =
        rows(tx_.exec(post_columns + "where p.channel_id = $1 and (p.create_at, p.id) > ($2, $3)" +
                          visible(filter) + " order by p.create_at, p.id limit $4",
                      channel, create_at, id, limit));
    return {std::make_move_iterator(oldest_first.rbegin()), std::make_move_iterator(oldest_first.rend())};
}

std::vector<Post> PostTable::since(const ChannelId& channel, Millis time, bool roots_only,
                                   std::int64_t limit) {
    return rows(tx_.exec(
        post_columns + "where p.channel_id = $1 and p.update_at > $2 and p.original_id is null" +
            (roots_only ? " and p.root_id is null" : "") + " order by p.create_at desc, p.id desc limit $3",
        channel, time, limit));
}

std::optional<Post> PostTable::oldest_after(const ChannelId& channel, Millis time, bool roots_only) {
    const auto result = tx_.exec(post_columns + "where p.channel_id = $1 and p.create_at > $2" +
                                     visible({roots_only, false}) + " order by p.create_at, p.id limit 1",
                                 channel, time);
    if (result.empty()) return std::nullopt;
    return std::move(rows(result)[0]);
}

std::vector<Post> PostTable::roots_after(const ChannelId& channel, Millis at, const PostId& id, Millis upto,
                                         std::int64_t limit) {
    return rows(tx_.exec(post_columns +
                             "where p.channel_id = $1 and (p.create_at, p.id) > ($2, $3) and "
                             "p.create_at < $4" +
                             visible({true, false}) + " order by p.create_at, p.id limit $5",
                         channel, at, id, upto, limit));
}

std::vector<Post> PostTable::replies_after(const PostId& root, Millis at, const PostId& id, Millis upto,
                                           std::int64_t limit) {
    return rows(tx_.exec(post_columns +
                             "where p.root_id = $1 and (p.create_at, p.id) > ($2, $3) and "
                             "p.create_at < $4" +
                             visible({}) + " order by p.create_at, p.id limit $5",
                         root, at, id, upto, limit));
}

std::vector<Post> PostTable::threads(const std::vector<PostId>& roots) {
    return rows(tx_.exec(post_columns +
                             "where (p.id = any($1::uuid[]) or p.root_id = any($1::uuid[])) and "
                             "p.delete_at = 0 and p.original_id is null order by p.create_at, p.id",
                         array_of(roots)));
}

std::vector<Post> PostTable::replies(const PostId& root, bool with_deleted) {
    return rows(tx_.exec(post_columns + "where p.root_id = $1" + visible({false, with_deleted}) +
                             " order by p.create_at, p.id",
                         root));
}

std::vector<Post> PostTable::pinned(const ChannelId& channel) {
    return rows(tx_.exec(post_columns + "where p.channel_id = $1 and p.is_pinned and p.delete_at = 0 and "
                                        "p.original_id is null order by p.create_at desc, p.id desc",
                         channel));
}

std::vector<Post> PostTable::history(const PostId& id) {
    return rows(tx_.exec(post_columns + "where p.original_id = $1 order by p.delete_at desc, p.id desc", id));
}

std::vector<Post> PostTable::scan(const std::vector<ChannelId>& channels, Millis before,
                                  const PostId& before_id, Millis from, std::int64_t limit) {
    return rows(tx_.exec(post_columns +
                             "where p.channel_id = any($1::uuid[]) and (p.create_at, p.id) < ($2, $3) "
                             "and p.create_at >= $4 and p.delete_at = 0"
                             " and p.original_id is null order by p.create_at desc, p.id desc limit $5",
                         array_of(channels), before, before_id, from, limit));
}

void PostTable::update(const Post& p) {
    tx_.exec("update posts set body = $2, file_ids = $3::uuid[], edit_at = $4, update_at = $5 where id = $1",
             p.id, bytea(sealed_body(tx_, p, Kind::post, p.id.bytes())),
             p.file_ids.empty() ? "{}" : array_of(p.file_ids), p.edit_at, p.update_at);
}

void PostTable::keep_version(Post previous, Millis now) {
    const auto id = PostId::fresh(now);
    tx_.exec(R"(
        insert into posts (id, create_at, update_at, edit_at, delete_at, channel_id, user_id, root_id, original_id, type, file_ids, body)
        values ($1, $2, $3, $4, $5, $6, $7, $8::uuid, $9, $10, $11::uuid[], $12))",
             id, previous.create_at, now, previous.edit_at, now, previous.channel_id, previous.user_id,
             NullableId(previous.root_id), previous.id, previous.type, array_of(previous.file_ids),
             bytea(sealed_body(tx_, previous, Kind::post_history, id.bytes())));
}

void PostTable::set_pinned(const PostId& id, bool is_pinned, Millis now) {
    tx_.exec("update posts set is_pinned = $2, update_at = $3 where id = $1", id, is_pinned, now);
}

void PostTable::set_has_reactions(const PostId& id, bool has, Millis now) {
    tx_.exec("update posts set has_reactions = $2, update_at = $3 where id = $1", id, has, now);
}

void PostTable::touch(const PostId& id, Millis now) {
    tx_.exec("update posts set update_at = greatest(update_at, $2) where id = $1", id, now);
}

std::vector<PostId> PostTable::mark_deleted(const PostId& id, const UserId& by, Millis now) {
    std::vector<PostId> deleted;
    for (const auto& r : tx_.exec("update posts set delete_at = $3, update_at = $3, delete_by = $2 where (id "
                                  "= $1 or root_id = $1) and delete_at = 0 returning id",
                                  id, by, now))
        deleted.push_back(id_in<PostId>(r[0]));
    return deleted;
}

std::pair<std::int64_t, std::int64_t> PostTable::count_from(const ChannelId& channel, Millis from,
                                                            const UserId& except) {
    const auto result = tx_.exec(R"(
        select count(*), count(*) filter (where root_id is null) from posts
        where channel_id = $1 and create_at >= $2 and user_id <> $3 and delete_at = 0 and original_id is null and type not in ('system_join_leave',
            'system_add_remove', 'system_join_channel', 'system_leave_channel', 'system_join_team', 'system_leave_team', 'system_add_to_channel',
            'system_remove_from_channel', 'system_add_to_team', 'system_remove_from_team'))",
                                 channel, from, except);
    return {int_in(result[0][0]), int_in(result[0][1])};
}

std::int64_t PostTable::count_pinned(const ChannelId& channel) {
    return int_in(tx_.exec("select count(*) from posts where channel_id = $1 and is_pinned and delete_at = 0",
                           channel)[0][0]);
}

void PostTable::channel_changed(const ChannelId& channel, std::optional<Millis> last_post_at) {
    tx_.exec(
        "update channels set revision = revision + 1, last_post_at = greatest(last_post_at, $2) where id = "
        "$1",
        channel, last_post_at.value_or(0));
}

std::int64_t PostTable::revision(const ChannelId& channel) {
    const auto result = tx_.exec("select revision from channels where id = $1", channel);
    return result.empty() ? 0 : int_in(result[0][0]);
}

void PostTable::set_priority(const PostId& id, const PostPriority& p) {
    tx_.exec(
        "insert into post_priorities (post_id, priority, requested_ack, persistent_notifications) values "
        "($1, $2, $3, $4) on conflict do nothing",
        id, p.priority.value.value_or(""), p.requested_ack.value.value_or(false),
        p.persistent_notifications.value.value_or(false));
}

std::map<std::string, PostPriority> PostTable::priorities(const std::vector<PostId>& ids) {
    std::map<std::string, PostPriority> out;
    for (const auto& r : tx_.exec("select post_id, priority, requested_ack, persistent_notifications from "
                                  "post_priorities where post_id = any($1::uuid[])",
                                  array_of(ids))) {
        PostPriority p;
        p.priority = text_in(r[1]);
        p.requested_ack = bool_in(r[2]);
        if (bool_in(r[3])) p.persistent_notifications = true;
        out.emplace(id_in<PostId>(r[0]).text(), std::move(p));
    }
    return out;
}

bool PostTable::acknowledge(const PostAcknowledgement& a) {
    return tx_.exec(
                  "insert into post_acknowledgements (post_id, user_id, channel_id, acknowledged_at) values "
                  "($1, $2, $3, $4) on conflict do nothing",
                  a.post_id, a.user_id, a.channel_id, a.acknowledged_at)
               .affected_rows() == 1;
}

bool PostTable::unacknowledge(const PostId& post, const UserId& user) {
    return tx_.exec("delete from post_acknowledgements where post_id = $1 and user_id = $2", post, user)
               .affected_rows() == 1;
}

std::vector<PostAcknowledgement> PostTable::acknowledgements(const std::vector<PostId>& ids) {
    std::vector<PostAcknowledgement> out;
    for (const auto& r :
         tx_.exec("select user_id, post_id, acknowledged_at, channel_id from post_acknowledgements where "
                  "post_id = any($1::uuid[]) order by acknowledged_at",
                  array_of(ids)))
        out.push_back({id_in<UserId>(r[0]), id_in<PostId>(r[1]), int_in(r[2]), id_in<ChannelId>(r[3])});
    return out;
}

void PostTable::set_reminder(const PostId& post, const UserId& user, std::int64_t target_time) {
    tx_.exec(
        "insert into post_reminders (post_id, user_id, target_time) values ($1, $2, $3) on conflict "
        "(post_id, user_id) do update set target_time = $3",
        post, user, target_time);
}

std::vector<std::pair<PostId, UserId>> PostTable::take_due_reminders(std::int64_t now_seconds,
                                                                     std::int64_t limit) {
    std::vector<std::pair<PostId, UserId>> due;
    for (const auto& r : tx_.exec(R"(
            delete from post_reminders where (post_id, user_id) in
                (select post_id, user_id from post_reminders where target_time <= $1 order by target_time limit $2 for update skip locked)
            returning post_id, user_id)",
                                  now_seconds, limit))
        due.emplace_back(id_in<PostId>(r[0]), id_in<UserId>(r[1]));
    return due;
}

}  // namespace concordat::storage
