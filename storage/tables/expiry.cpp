#include "storage/tables/expiry.hpp"

#include <algorithm>

#include "storage/tables/expiry_terms.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/threads.hpp"

namespace concordat::storage {
namespace {

// Facts begin with their transaction and commit within its deadline, which is far shorter.
constexpr Millis slack = 60000;
constexpr int facts_looked_at = 1000;

ExpiringChannel channel_in(const pqxx::row& r) {
    return {id_in<ChannelId>(r[0]), int_in(r[1]), bool_in(r[2])};
}

std::vector<PostId> posts_in(const pqxx::result& rows) {
    std::vector<PostId> out;
    for (const auto& r : rows) out.push_back(id_in<PostId>(r[0]));
    return out;
}

const std::string past_their_time = R"(
    from ()" + terms::cutoffs + R"() x
    where (x.cutoff > 0 and exists (select 1 from posts p where p.channel_id = x.id and p.create_at < x.cutoff and p.original_id is null))
       or ($3::bigint > 0 and not x.has_policy
           and exists (select 1 from files f where f.channel_id = x.id and f.post_id is not null and f.create_at < $3::bigint)))";

}  // namespace

void ExpiryTable::keep_holds() {
    tx_.exec("lock table legal_holds in share mode");
}

bool ExpiryTable::has_holds(Millis now) {
    return !tx_.exec("select 1 from legal_holds where frees_at = 0 or frees_at > $1 limit 1", now).empty();
}

bool ExpiryTable::has_policies() {
    return !tx_.exec("select 1 from retention_policies where post_duration > 0 limit 1").empty();
}

std::pair<Millis, Millis> ExpiryTable::exported(Millis now) {
    const auto last = tx_.exec(R"(
        select data->>'to_tx', (data->>'to_seq')::bigint,
               (select min((f.data->>'job_start_time')::bigint) from jobs f
                where f.type = 'message_export' and f.status in ('success', 'warning') and f.data->>'is_chained' = 'true')
        from jobs where type = 'message_export' and status in ('success', 'warning') and data->>'is_chained' = 'true'
        order by start_at desc, id desc limit 1)");
    if (last.empty()) return {0, 0};
    // Later facts have later times, but for the slack: the first ones after the place say how far it is.
    const auto next = tx_.exec(R"(
        select coalesce(min(create_at), $3::bigint) from (
            select create_at from journal where (tx, seq) > ($1::xid8, $2::bigint) order by journal.tx, seq limit $4) first)",
                               text_in(last[0][0]), int_in(last[0][1]), now, facts_looked_at);
    return {int_in(last[0][2]), std::min(int_in(next[0][0]), now) - slack};
}

std::vector<ExpiringChannel> ExpiryTable::channels(const ExpiryRules& rules) {
    std::vector<ExpiringChannel> out;
    for (const auto& r : tx_.exec("select x.id, x.cutoff, x.has_policy " + past_their_time + " order by x.id",
                                  rules.now, rules.message_cutoff, rules.file_cutoff))
        out.push_back(channel_in(r));
    return out;
}

std::optional<ExpiringChannel> ExpiryTable::channel(const ExpiryRules& rules, const ChannelId& id) {
    const auto rows =
        tx_.exec("select x.id, x.cutoff, x.has_policy from (" + terms::cutoffs + ") x where x.id = $3::uuid",
                 rules.now, rules.message_cutoff, id);
    if (rows.empty()) return std::nullopt;
    return channel_in(rows[0]);
}

Millis ExpiryTable::newest_cutoff(const ExpiryRules& rules) {
    return int_in(tx_.exec("select coalesce(max(x.cutoff), 0) from (" + terms::cutoffs + ") x", rules.now,
                           rules.message_cutoff)[0][0]);
}

std::vector<ExpiryPreview> ExpiryTable::preview(const ExpiryRules& rules) {
    std::vector<ExpiryPreview> out;
    const bool with_holds = has_holds(rules.now);
    for (const auto& r : tx_.exec("select x.id, x.type, x.policy, x.cutoff, n.posts from (" + terms::cutoffs +
                                      R"() x cross join lateral
                 (select count(*) as posts from posts p where p.channel_id = x.id and p.create_at < x.cutoff and p.original_id is null) n
             where x.cutoff > 0 and n.posts > 0 order by n.posts desc, x.id)",
                                  rules.now, rules.message_cutoff)) {
        ExpiryPreview p;
        p.channel_id = id_in<ChannelId>(r[0]);
        p.channel_type = text_in(r[1]);
        p.policy_id = id_in<RetentionPolicyId>(r[2]);
        p.cutoff = int_in(r[3]);
        p.posts = int_in(r[4]);
        if (with_holds)
            p.held = int_in(
                tx_.exec("select count(*) from posts p where p.channel_id = $2::uuid and p.create_at < "
                         "$3::bigint and p.original_id is null and " +
                             terms::held,
                         rules.now, p.channel_id, p.cutoff)[0][0]);
        if (rules.keeps_pinned)
            p.pinned =
                int_in(tx_.exec("select count(*) from posts where channel_id = $1 and is_pinned and "
                                "delete_at = 0 and create_at < $2",
                                p.channel_id, p.cutoff)[0][0]);
        if (rules.needs_export)
            p.unexported =
                int_in(tx_.exec(R"(
                select (select count(*) from posts where channel_id = $1 and original_id is null and create_at < least($2, $3::bigint))
                     + (select count(*) from posts where channel_id = $1 and original_id is null and create_at < $2 and create_at >= $3::bigint
                        and update_at >= $4::bigint))",
                                p.channel_id, p.cutoff, rules.exported_from, rules.exported_until)[0][0]);
        const auto files = tx_.exec(R"(
            select count(*), coalesce(sum(f.size), 0) from files f join posts p on p.id = f.post_id
            where f.channel_id = $1 and f.post_id is not null
              and (p.create_at < $2 or ($4::boolean and f.create_at < $3::bigint)))",
                                    p.channel_id, p.cutoff, rules.file_cutoff, p.policy_id.empty());
        p.files = int_in(files[0][0]);
        p.bytes_of_files = int_in(files[0][1]);
        out.push_back(std::move(p));
    }
    return out;
}

std::int64_t ExpiryTable::unexported(const ExpiryRules& rules) {
    if (!rules.needs_export) return 0;
    return int_in(
        tx_.exec("select coalesce(sum(early.posts + late.posts), 0) from (" + terms::cutoffs + R"() x
             cross join lateral (select count(*) as posts from posts p
                 where p.channel_id = x.id and p.original_id is null and p.create_at < least(x.cutoff, $3::bigint)) early
             cross join lateral (select count(*) as posts from posts p
                 where p.channel_id = x.id and p.original_id is null and p.create_at < x.cutoff and p.create_at >= $3::bigint
                   and p.update_at >= $4::bigint) late
             where x.cutoff > 0)",
                 rules.now, rules.message_cutoff, rules.exported_from, rules.exported_until)[0][0]);
}

// Those of `ids` that have a reply outside of them.
std::vector<PostId> ExpiryTable::replied(const std::string& ids) {
    return posts_in(tx_.exec(
        "select distinct r.root_id from posts r where r.root_id = any($1::uuid[]) and r.original_id is null "
        "and r.id <> all($1::uuid[])",
        ids));
}

// Emptied roots to which nothing answers any more.
std::vector<PostId> ExpiryTable::finished_roots(const std::string& roots) {
    return posts_in(tx_.exec(R"(
        select p.id from posts p where p.id = any($1::uuid[]) and octet_length(p.body) = 0
          and not exists (select 1 from posts r where r.root_id = p.id and r.original_id is null) for update)",
                             roots));
}

void ExpiryTable::remove_marks(const std::string& ids, DestroyedCounts& counts) {
    const auto rows = [](const pqxx::result& result) {
        return static_cast<std::int64_t>(result.affected_rows());
    };
    counts.reactions += rows(tx_.exec("delete from reactions where post_id = any($1::uuid[])", ids));
    counts.acknowledgements +=
        rows(tx_.exec("delete from post_acknowledgements where post_id = any($1::uuid[])", ids));
    tx_.exec("delete from post_priorities where post_id = any($1::uuid[])", ids);
    tx_.exec("delete from post_reminders where post_id = any($1::uuid[])", ids);
    counts.versions += rows(tx_.exec("delete from posts where original_id = any($1::uuid[])", ids));
    remove_files_of(ids, "{}", counts);
}

// Those of the posts, and these; their bodies are named for removal.
void ExpiryTable::remove_files_of(const std::string& posts, const std::string& files,
                                  DestroyedCounts& counts) {
    const auto rows = tx_.exec(R"(
        with gone as (delete from files where post_id = any($1::uuid[]) or id = any($2::uuid[]) returning id, size, blob, thumbnail, preview),
        untold as (delete from federation_files_told where file_id in (select id from gone)),
        unwanted as (delete from federation_files where post_id = any($1::uuid[])),
        kept_out as (update federation_files set state = 'refused', reason = 'expired', details = '' where id = any($2::uuid[])),
        named as (insert into destroyed_blobs (blob)
                  select b from gone, unnest(array[blob, thumbnail, preview]) b where b is not null on conflict do nothing)
        select count(*), coalesce(sum(size), 0) from gone)",
                               posts, files);
    counts.files += int_in(rows[0][0]);
    counts.bytes_of_files += int_in(rows[0][1]);
}

// Without a body no key is needed to read it: see PostTable.
void ExpiryTable::empty_roots(const std::string& ids) {
    tx_.exec(R"(
        update posts set body = '', file_ids = null, edit_at = 0, is_pinned = false, has_reactions = false, has_priority = false,
            pending = null, update_at = greatest(update_at, $2) where id = any($1::uuid[]))",
             ids, tx_.now());
}

// The posts themselves, and what only makes sense with them.
void ExpiryTable::remove_rows(const std::vector<PostId>& posts, DestroyedCounts& counts) {
    const auto ids = array_of(posts);
    std::vector<std::string> names;
    for (const auto& id : posts) names.push_back(id.text());
    tx_.exec("delete from thread_memberships where post_id = any($1::uuid[])", ids);
    counts.threads += static_cast<std::int64_t>(
        tx_.exec("delete from threads where post_id = any($1::uuid[])", ids).affected_rows());
    counts.drafts += static_cast<std::int64_t>(
        tx_.exec("delete from drafts where root_id = any($1::uuid[])", ids).affected_rows());
    counts.drafts += static_cast<std::int64_t>(
        tx_.exec("delete from scheduled_posts where root_id = any($1::uuid[])", ids).affected_rows());
    tx_.exec("delete from preferences where category = 'flagged_post' and name = any($1::text[])",
             array_of(names));
    tx_.exec("delete from posts where id = any($1::uuid[])", ids);
}

std::vector<PostId> ExpiryTable::next_posts(const ExpiryRules& rules, const ExpiringChannel& channel,
                                            ExpiryMark& mark, std::int64_t limit, std::set<PostId>& roots) {
    std::vector<PostId> out;
    for (const auto& r : tx_.exec(
             R"(
             select p.id, p.create_at, p.root_id from posts p
             where p.channel_id = $2::uuid and p.original_id is null and p.create_at < $6::bigint and (p.create_at, p.id) > ($8::bigint, $9::uuid)
               and not ($7::boolean and p.is_pinned) and )" +
                 terms::exported + R"(
               and (not )" +
                 terms::held +
                 R"( or exists (select 1 from destroyed_keys k where k.scope = p.channel_id and k.day = )" +
                 terms::sealed_day + R"())
               and (octet_length(p.body) > 0 or not exists (select 1 from posts r where r.root_id = p.id and r.original_id is null))
             order by p.create_at, p.id limit $10 for update of p)",
             rules.now, channel.id, rules.needs_export, rules.exported_from, rules.exported_until,
             channel.cutoff, rules.keeps_pinned, mark.create_at, mark.id, limit)) {
        out.push_back(id_in<PostId>(r[0]));
        mark = {int_in(r[1]), out.back()};
        if (!r[2].is_null()) roots.insert(id_in<PostId>(r[2]));
    }
    return out;
}

ExpiredBatch ExpiryTable::remove_posts(const ExpiryRules& rules, const ExpiringChannel& channel,
                                       ExpiryMark& mark, std::int64_t limit) {
    ExpiredBatch batch;
    std::set<PostId> roots;
    const auto candidates = next_posts(rules, channel, mark, limit, roots);
    batch.looked_at = static_cast<std::int64_t>(candidates.size());
    if (candidates.empty()) return batch;

    const auto emptied = replied(array_of(candidates));
    const std::set<PostId> stay(emptied.begin(), emptied.end());
    for (const auto& id : candidates)
        if (!stay.contains(id)) batch.posts.push_back(id);
    remove_marks(array_of(candidates), batch.counts);
    empty_roots(array_of(emptied));
    remove_rows(batch.posts, batch.counts);
    batch.counts.posts = static_cast<std::int64_t>(batch.posts.size());
    batch.counts.emptied = static_cast<std::int64_t>(emptied.size());

    // Counted when their text went.
    const auto finished = finished_roots(array_of(std::vector<PostId>(roots.begin(), roots.end())));
    if (!finished.empty()) {
        remove_marks(array_of(finished), batch.counts);
        remove_rows(finished, batch.counts);
    }
    for (const auto& root : finished) roots.erase(root);
    for (const auto& root : roots) ThreadTable(tx_).recount(root);
    batch.posts.insert(batch.posts.end(), finished.begin(), finished.end());
    batch.posts.insert(batch.posts.end(), emptied.begin(), emptied.end());
    PostTable(tx_).channel_changed(channel.id);
    return batch;
}

ExpiredBatch ExpiryTable::remove_files(const ExpiryRules& rules, const ExpiringChannel& channel, FileId& mark,
                                       std::int64_t limit) {
    ExpiredBatch batch;
    std::vector<FileId> files;
    for (const auto& r : tx_.exec(R"(
             select f.id, f.post_id from files f join posts p on p.id = f.post_id
             where f.channel_id = $2::uuid and f.post_id is not null and f.create_at < $6::bigint and f.id > $8::uuid
               and not ($7::boolean and p.is_pinned) and )" +
                                      terms::exported + " and not " + terms::held +
                                      " order by f.id limit $9 for update of p, f",
                                  rules.now, channel.id, rules.needs_export, rules.exported_from,
                                  rules.exported_until, rules.file_cutoff, rules.keeps_pinned, mark, limit)) {
        files.push_back(id_in<FileId>(r[0]));
        batch.posts.push_back(id_in<PostId>(r[1]));
    }
    batch.looked_at = static_cast<std::int64_t>(files.size());
    if (files.empty()) return batch;
    mark = files.back();
    remove_files_of("{}", array_of(files), batch.counts);
    tx_.exec(R"(
        update posts set update_at = greatest(update_at, $3),
            file_ids = (select nullif(array_agg(f), '{}') from unnest(file_ids) f where f <> all($2::uuid[])) where id = any($1::uuid[]))",
             array_of(batch.posts), array_of(files), tx_.now());
    PostTable(tx_).channel_changed(channel.id);
    return batch;
}

void ExpiryTable::settle_unread(const ChannelId& channel, Millis cutoff) {
    const auto behind = tx_.exec(R"(
        select 1 from channel_members m join channels c on c.id = m.channel_id
        where m.channel_id = $1 and m.last_viewed_at < $2 and m.msg_count < c.total_msg_count limit 1)",
                                 channel, cutoff);
    if (behind.empty()) return;
    const auto [left, roots_left] = PostTable(tx_).count_from(channel, 0);
    tx_.exec(R"(
        update channel_members m set
            msg_count = greatest(m.msg_count, c.total_msg_count - $3::bigint),
            msg_count_root = greatest(m.msg_count_root, c.total_msg_count_root - $4::bigint),
            mention_count = least(m.mention_count, $3::bigint), mention_count_root = least(m.mention_count_root, $4::bigint),
            urgent_mention_count = least(m.urgent_mention_count, $4::bigint)
        from channels c where c.id = m.channel_id and m.channel_id = $1 and m.last_viewed_at < $2)",
             channel, cutoff, left, roots_left);
}

std::vector<AnyId> ExpiryTable::blobs_to_remove(std::int64_t limit) {
    std::vector<AnyId> out;
    for (const auto& r : tx_.exec("select blob from destroyed_blobs limit $1", limit))
        out.push_back(id_in<AnyId>(r[0]));
    return out;
}

void ExpiryTable::blobs_removed(const std::vector<AnyId>& blobs) {
    tx_.exec("delete from destroyed_blobs where blob = any($1::uuid[])", array_of(blobs));
}

}  // namespace concordat::storage
