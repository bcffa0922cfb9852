// Posts that wait for their time.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "core/model/facts.hpp"
#include "core/model/post.hpp"

namespace concordat {

using ScheduledPostId = Id<struct ScheduledPostTag>;

// A draft with a time. With processed_at it was tried and could not be sent; error_code, one of the words
// that clients know, says why.
struct ScheduledPost {
    ScheduledPostId id;
    Millis create_at = 0;
    Millis update_at = 0;
    Millis delete_at = 0;  // set in what tells of a removal only
    UserId user_id;
    ChannelId channel_id;
    PostId root_id;
    std::string message;
    std::string type;
    json::object props;
    std::optional<std::vector<FileId>> file_ids;
    std::optional<PostMetadata> metadata;
    std::optional<json::object> priority;
    Millis scheduled_at = 0;
    Millis processed_at = 0;
    std::string error_code;
};
BOOST_DESCRIBE_STRUCT(ScheduledPost, (),
                      (id, create_at, update_at, delete_at, user_id, channel_id, root_id, message, type,
                       props, file_ids, metadata, priority, scheduled_at, processed_at, error_code))

// `connection_id` is the socket that did it and need not be told.
struct ScheduledPostSaved {
    ScheduledPost post;
    bool is_new = false;
    std::string connection_id;
    CONCORDAT_FACT(ScheduledPostSaved, "scheduled_post_saved", scopes::drafts, post, is_new, connection_id)
};
// By its author, or because it was sent. Without its text.
struct ScheduledPostRemoved {
    ScheduledPost post;
    std::string connection_id;
    CONCORDAT_FACT(ScheduledPostRemoved, "scheduled_post_removed", scopes::drafts, post, connection_id)
};

}  // namespace concordat
