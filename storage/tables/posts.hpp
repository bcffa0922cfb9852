// The posts table, and what posting changes beside it in the same statement.
//
// A post whose sealed text is damaged, or whose key is gone, throws when it is asked for alone. In a list it
// must not hide the others: it shows lost_message instead, has the prop `lost_post`, and is logged by id.
//
// A root whose time was up while its replies stay has an empty body, which no key is needed for: it shows
// emptied_message and has the prop `emptied_post`.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/model/post.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

inline constexpr const char* lost_message = "This message is damaged and cannot be shown.";
inline constexpr const char* lost_prop = "lost_post";
inline constexpr const char* emptied_message = "This message was removed when its time was up.";
inline constexpr const char* emptied_prop = "emptied_post";

// What is to be written for one new post.
struct NewPost {
    Post post;                 // id, times and all content set
    std::string pending;       // author and pending_post_id; "" when the client sent none
    bool counts = true;        // adds to the channel's totals (not: join and leave messages)
    bool views = true;         // the author has read the channel with it
    std::optional<Fact> fact;  // journal entry
};

// Bounds of a page. Times are create_at; ids break ties.
struct PostFilter {
    bool roots_only = false;
    bool with_deleted = false;
};

class PostTable {
public:
    explicit PostTable(Tx& tx) : tx_(tx) {}

    // One statement for all of them: posts, channel totals and revision, the authors' view marks, journal. A
    // post whose pending key exists already is not written again; the ids of those written come back.
    std::vector<PostId> insert(const std::vector<NewPost>& posts);
    std::optional<Post> by_pending(const std::string& pending);

    std::optional<Post> find(const PostId& id);
    std::vector<Post> find(const std::vector<PostId>& ids);
    std::optional<ChannelId> channel_of(const PostId& id);

    // Newest first.
    std::vector<Post> page(const ChannelId& channel, const PostFilter& filter, std::int64_t offset,
                           std::int64_t limit);
    std::vector<Post> before(const ChannelId& channel, Millis create_at, const PostId& id,
                             const PostFilter& filter, std::int64_t limit);
    // The oldest ones after it, newest first.
    std::vector<Post> after(const ChannelId& channel, Millis create_at, const PostId& id,
                            const PostFilter& filter, std::int64_t limit);
    // Changed later than `time`, deleted ones included, newest first.
    std::vector<Post> since(const ChannelId& channel, Millis time, bool roots_only, std::int64_t limit);
    std::optional<Post> oldest_after(const ChannelId& channel, Millis time, bool roots_only);
    // The oldest live roots after this one that were written before `upto`; oldest first.
    std::vector<Post> roots_after(const ChannelId& channel, Millis at, const PostId& id, Millis upto,
                                  std::int64_t limit);
    // The same of a thread's replies.
    std::vector<Post> replies_after(const PostId& root, Millis at, const PostId& id, Millis upto,
                                    std::int64_t limit);
    // Roots and live replies of these threads, oldest first.
    std::vector<Post> threads(const std::vector<PostId>& roots);
    std::vector<Post> replies(const PostId& root, bool with_deleted);
    std::vector<Post> pinned(const ChannelId& channel);
    // Earlier versions, newest first.
    std::vector<Post> history(const PostId& id);
    // Newest first, from all given channels; for search.
    std::vector<Post> scan(const std::vector<ChannelId>& channels, Millis before, const PostId& before_id,
                           Millis from, std::int64_t limit);

    // The row for update, so that a decision about it stands until the commit. `also_lost`: as in a list when
    // it cannot be read.
    std::optional<Post> lock(const PostId& id, bool also_lost = false);
    // Writes message, props, hashtags, files, edit_at and update_at.
    void update(const Post& post);
    // Keeps `previous` as a row of its own, under a new id.
    void keep_version(Post previous, Millis now);
    void set_pinned(const PostId& id, bool is_pinned, Millis now);
    void set_has_reactions(const PostId& id, bool has, Millis now);
    void touch(const PostId& id, Millis now);
    // The post and, when it is a root, its replies: the ids deleted now.
    std::vector<PostId> mark_deleted(const PostId& id, const UserId& by, Millis now);
    // Live posts from `from` on that count as messages, those of `except` left out: all, and roots.
    std::pair<std::int64_t, std::int64_t> count_from(const ChannelId& channel, Millis from,
                                                     const UserId& except = {});
    std::int64_t count_pinned(const ChannelId& channel);

    // Bumps the channel's revision: every change of a post that insert() did not make must call it.
    void channel_changed(const ChannelId& channel, std::optional<Millis> last_post_at = std::nullopt);
    std::int64_t revision(const ChannelId& channel);

    void set_priority(const PostId& id, const PostPriority& priority);
    std::map<std::string, PostPriority> priorities(const std::vector<PostId>& ids);
    bool acknowledge(const PostAcknowledgement& ack);
    bool unacknowledge(const PostId& post, const UserId& user);
    std::vector<PostAcknowledgement> acknowledgements(const std::vector<PostId>& ids);
    void set_reminder(const PostId& post, const UserId& user, std::int64_t target_time);
    // Removes and returns the reminders that are due.
    std::vector<std::pair<PostId, UserId>> take_due_reminders(std::int64_t now_seconds, std::int64_t limit);

private:
    std::vector<Post> rows(const pqxx::result& result);
    Post row(const pqxx::row& row);
    void open_body(const pqxx::row& row, Post& post);

    Tx& tx_;
};

}  // namespace concordat::storage
