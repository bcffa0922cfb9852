#include "storage/tables/reactions.hpp"

namespace concordat::storage {

bool ReactionTable::insert(const Reaction& r) {
    return tx_.exec(R"(
        insert into reactions as o (user_id, post_id, emoji_name, channel_id, create_at, update_at) values ($1, $2, $3, $4, $5, $5)
        on conflict (post_id, user_id, emoji_name) do update set delete_at = 0, create_at = $5, update_at = $5 where o.delete_at > 0)",
                    r.user_id, r.post_id, r.emoji_name, r.channel_id, r.create_at)
               .affected_rows() == 1;
}

bool ReactionTable::remove(const Reaction& r, Millis now) {
    return tx_.exec(
                  "update reactions set delete_at = $4, update_at = $4 where post_id = $1 and user_id = $2 "
                  "and emoji_name = $3 and delete_at = 0",
                  r.post_id, r.user_id, r.emoji_name, now)
               .affected_rows() == 1;
}

std::vector<Reaction> ReactionTable::of_posts(const std::vector<PostId>& posts) {
    std::vector<Reaction> out;
    for (const auto& row : tx_.exec(R"(
            select user_id, post_id, emoji_name, create_at, update_at, delete_at, remote_id, channel_id from reactions
            where post_id = any($1::uuid[]) and delete_at = 0 order by create_at, user_id)",
                                    array_of(posts))) {
        Reaction r;
        r.user_id = id_in<UserId>(row[0]);
        r.post_id = id_in<PostId>(row[1]);
        r.emoji_name = text_in(row[2]);
        r.create_at = int_in(row[3]);
        r.update_at = int_in(row[4]);
        r.delete_at = int_in(row[5]);
        r.remote_id = row[6].is_null() ? std::string() : text_in(row[6]);
        r.channel_id = id_in<ChannelId>(row[7]);
        out.push_back(std::move(r));
    }
    return out;
}

std::int64_t ReactionTable::distinct_emoji(const PostId& post) {
    return int_in(tx_.exec(
        "select count(distinct emoji_name) from reactions where post_id = $1 and delete_at = 0", post)[0][0]);
}

bool ReactionTable::has_any(const PostId& post) {
    return !tx_.exec("select 1 from reactions where post_id = $1 and delete_at = 0 limit 1", post).empty();
}

void ReactionTable::copy(const PostId& from, const PostId& to, const ChannelId& channel) {
    tx_.exec(R"(
        insert into reactions (user_id, post_id, emoji_name, channel_id, create_at, update_at, remote_id)
        select user_id, $2, emoji_name, $3, create_at, update_at, remote_id from reactions where post_id = $1 and delete_at = 0)",
             from, to, channel);
}

bool ReactionTable::has_emoji(const PostId& post, const std::string& emoji_name) {
    return !tx_.exec(
                   "select 1 from reactions where post_id = $1 and emoji_name = $2 and delete_at = 0 limit 1",
                   post, emoji_name)
                .empty();
}

}  // namespace concordat::storage
