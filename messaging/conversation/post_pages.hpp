// Reading posts: single ones, pages, windows round the first unread, threads, flagged, pinned, search.
//
// Thread-safe; calls block. Lists are newest first and carry what clients show beside a post: files,
// reactions, priority, acknowledgements. The newest page of a channel is kept as text and served while the
// channel's revision in the database is the same, so a hot page costs one small query.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>
#include "core/base/memo.hpp"
#include "core/config/live.hpp"
#include "core/model/post.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
class Tx;
class SearchIndex;
struct Fact;
}  // namespace concordat::storage

namespace concordat::messaging {

// How threads appear in a list.
struct ThreadView {
    bool skip_threads = false;  // no other posts of the threads that appear
    bool collapsed = false;     // roots only, with thread fields
    bool extended = false;      // participants in full, not only ids
};

struct PageQuery {
    ChannelId channel;
    std::int64_t offset = 0, limit = 60;
    PostId before, after;  // at most one
    Millis since = 0;      // instead of a page: whatever changed later
    bool with_deleted = false;
    ThreadView threads;
};

struct ThreadQueryOptions {
    std::int64_t limit = 0;  // 0: everything
    PostId from_post;
    Millis from_create_at = 0, from_update_at = 0;
    bool is_up = false, updates_only = false, with_deleted = false;
    ThreadView threads;
};

struct FoundPosts {
    PostList list;
    std::map<std::string, std::vector<std::string>> matches;
};

class PostPages {
public:
    PostPages(storage::Database& db, identity::Gate& gate, const LiveSettings& settings)
        : db_(db), gate_(gate), settings_(settings) {}
    void on_facts(const std::vector<storage::Fact>& facts);
    // Where search() looks first; it must outlive this object. Before the first search.
    void use_index(storage::SearchIndex& index) { index_ = &index; }

    // Adds files, reactions, priority, acknowledgements, emoji, embeds; in few queries for all posts.
    void dress(storage::Tx& tx, std::vector<Post>& posts);
    Post dressed(Post post);
    // Participants of threads as anybody may see them.
    std::map<UserId, User> people(storage::Tx& tx, const std::set<UserId>& ids);

    // Throws app.post.get.app_error (404) when there is none, or it is deleted and not asked for.
    Post get(const PostId& id, bool with_deleted = false);
    // Only those the reader may read; others are left out.
    std::vector<Post> get(const Actor& reader, const std::vector<PostId>& ids);

    // A page as JSON text, and its tag. Pages with a position are not cached.
    struct Page {
        std::shared_ptr<const std::string> text;
        std::string etag;
    };
    // `known_etag` is what the client has: text is null when that is still right.
    Page page(const Actor& reader, const PageQuery& query, const std::string& known_etag);
    PostList around_unread(const UserId& user, const ChannelId& channel, std::int64_t before,
                           std::int64_t after, const ThreadView& view);
    PostList thread(const Actor& reader, const PostId& post, const ThreadQueryOptions& options);
    PostList pinned(const ChannelId& channel);
    std::vector<Post> history(const PostId& id);
    PostList flagged(const Actor& reader, const UserId& user, const TeamId& team, const ChannelId& channel,
                     std::int64_t offset, std::int64_t limit);
    // Newest first, in the reader's channels as they are now. The index says which posts may fit; each is
    // opened and asked itself, so what is shown is true now, however old the index is. Where there is no
    // index the posts are opened one after the other, at most `most_scanned`. It ends after `longest_scan`,
    // and with the first `most_found`. Throws store.sql_post.search.disabled (unsupported) when
    // EnablePostSearch is off.
    FoundPosts search(const Actor& reader, const std::optional<TeamId>& team, const std::string& terms,
                      bool is_or, int time_zone_offset, bool with_deleted_channels, std::int64_t page,
                      std::int64_t per_page);

    static constexpr std::int64_t most_scanned = 50000;
    static constexpr Millis longest_scan = 3000;
    static constexpr std::size_t most_found = 1000;

private:
    PostList listed(storage::Tx& tx, std::vector<Post> posts, const UserId& reader, const ThreadView& view);
    PostList read_page(storage::Tx& tx, const UserId& reader, const PageQuery& query);
    void add_thread_fields(storage::Tx& tx, std::vector<Post>& posts, const UserId& reader, bool extended);
    void find_neighbours(storage::Tx& tx, PostList& list, const PageQuery& query);

    storage::Database& db_;
    identity::Gate& gate_;
    const LiveSettings& settings_;
    storage::SearchIndex* index_ = nullptr;
    struct Cached {
        std::int64_t revision = -1;
        std::shared_ptr<const std::string> text;
    };
    Memo<std::string, Cached> pages_cache_{256};
};

}  // namespace concordat::messaging
