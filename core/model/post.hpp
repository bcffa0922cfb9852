// Posts and what hangs on them.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/file_info.hpp"
#include "core/model/ids.hpp"
#include "core/model/reaction.hpp"
#include "core/model/user.hpp"

namespace concordat {

struct PostPriority {
    Nullable<std::string> priority;  // "", important, urgent
    Nullable<bool> requested_ack;
    Nullable<bool> persistent_notifications;
};
BOOST_DESCRIBE_STRUCT(PostPriority, (), (priority, requested_ack, persistent_notifications))

struct PostAcknowledgement {
    UserId user_id;
    PostId post_id;
    Millis acknowledged_at = 0;
    ChannelId channel_id;
};
BOOST_DESCRIBE_STRUCT(PostAcknowledgement, (), (user_id, post_id, acknowledged_at, channel_id))

struct PostEmbed {
    std::string type;  // image, link, opengraph, message_attachment, permalink
    std::optional<std::string> url;
    std::optional<json::value> data;
};
BOOST_DESCRIBE_STRUCT(PostEmbed, (), (type, url, data))

struct PostMetadata {
    std::optional<std::vector<PostEmbed>> embeds;
    std::optional<std::vector<Emoji>> emojis;
    std::optional<std::vector<FileInfo>> files;
    std::optional<std::map<std::string, json::value>> images;
    std::optional<std::vector<Reaction>> reactions;
    std::optional<PostPriority> priority;
    std::optional<std::vector<PostAcknowledgement>> acknowledgements;
};
BOOST_DESCRIBE_STRUCT(PostMetadata, (),
                      (embeds, emojis, files, images, reactions, priority, acknowledgements))

struct Post {
    PostId id;
    Millis create_at = 0;
    Millis update_at = 0;
    Millis edit_at = 0;
    Millis delete_at = 0;
    bool is_pinned = false;
    UserId user_id;
    ChannelId channel_id;
    PostId root_id;
    PostId original_id;
    std::string message;
    std::string type;
    json::object props;
    std::string hashtags;
    std::vector<FileId> file_ids;
    std::string pending_post_id;
    std::optional<bool> has_reactions;
    std::optional<std::string> remote_id;
    std::int64_t reply_count = 0;
    Millis last_reply_at = 0;
    Nullable<std::vector<User>> participants;
    std::optional<bool> is_following;
    std::optional<PostMetadata> metadata;
};
BOOST_DESCRIBE_STRUCT(Post, (),
                      (id, create_at, update_at, edit_at, delete_at, is_pinned, user_id, channel_id, root_id,
                       original_id, message, type, props, hashtags, file_ids, pending_post_id, has_reactions,
                       remote_id, reply_count, last_reply_at, participants, is_following, metadata))

struct PostPatch {
    std::optional<bool> is_pinned;
    std::optional<std::string> message;
    std::optional<json::object> props;
    std::optional<std::vector<FileId>> file_ids;
    std::optional<bool> has_reactions;
};
BOOST_DESCRIBE_STRUCT(PostPatch, (), (is_pinned, message, props, file_ids, has_reactions))

// A page of posts: order is newest first; posts also holds thread context that order does not name.
struct PostList {
    std::vector<PostId> order;
    std::map<std::string, Post> posts;
    PostId next_post_id;
    PostId prev_post_id;
    std::optional<bool> has_next;
    Millis first_inaccessible_post_time = 0;
};
BOOST_DESCRIBE_STRUCT(PostList, (),
                      (order, posts, next_post_id, prev_post_id, has_next, first_inaccessible_post_time))

// Types that are written by the server when people come and go: they count as no message.
bool is_join_or_leave(const std::string& post_type);

struct Draft {
    Millis create_at = 0;
    Millis update_at = 0;
    Millis delete_at = 0;
    UserId user_id;
    ChannelId channel_id;
    PostId root_id;
    std::string message;
    std::string type;
    json::object props;
    std::optional<std::vector<FileId>> file_ids;
    std::optional<PostMetadata> metadata;
    std::optional<json::object> priority;
};
BOOST_DESCRIBE_STRUCT(Draft, (),
                      (create_at, update_at, delete_at, user_id, channel_id, root_id, message, type, props,
                       file_ids, metadata, priority))

struct ThreadResponse {
    PostId id;
    std::int64_t reply_count = 0;
    Millis last_reply_at = 0;
    Millis last_viewed_at = 0;
    std::vector<User> participants;
    Nullable<Post> post;
    std::int64_t unread_replies = 0;
    std::int64_t unread_mentions = 0;
    bool is_urgent = false;
    Millis delete_at = 0;
};
BOOST_DESCRIBE_STRUCT(ThreadResponse, (),
                      (id, reply_count, last_reply_at, last_viewed_at, participants, post, unread_replies,
                       unread_mentions, is_urgent, delete_at))

struct Threads {
    std::int64_t total = 0;
    std::int64_t total_unread_threads = 0;
    std::int64_t total_unread_mentions = 0;
    std::int64_t total_unread_urgent_mentions = 0;
    Nullable<std::vector<ThreadResponse>> threads;
};
BOOST_DESCRIBE_STRUCT(Threads, (),
                      (total, total_unread_threads, total_unread_mentions, total_unread_urgent_mentions,
                       threads))

}  // namespace concordat
