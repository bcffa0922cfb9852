// Posts: writing, changing, removing them. Reading is in post_pages.hpp.
//
// Thread-safe; calls block. When create() returns, the post is durable. Permission to post in the channel is
// the route's rule; what depends on the post (whose it is, its age, what it says) is decided here.
//
// Errors, as clients know them: model.post.is_valid.*, api.post.create_post.root_id.app_error,
// api.post.create_post.can_not_post_to_deleted.error, barrier.*, api.post.update_post.*,
// app.post.get.app_error.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/facts.hpp"
#include "core/model/integration.hpp"
#include "core/model/reaction.hpp"
#include "identity/access/gate.hpp"
#include "messaging/conversation/audience.hpp"
#include "messaging/conversation/post_writer.hpp"

namespace concordat::storage {
struct FileRow;
}
namespace concordat::identity {
class Barriers;
}

namespace concordat::messaging {

class PostPages;
class Screen;

inline constexpr std::size_t longest_message = 16383;  // runes
inline constexpr std::size_t longest_props = 800000;   // runes of JSON
inline constexpr std::size_t most_files_per_post = 10;

// What became of a post before its channel was shared. Nobody is told of such a post, and nobody has it
// unread.
struct WrittenBefore {
    Millis edit_at = 0;
    bool is_pinned = false;
    std::vector<Reaction> reactions;
};

// A post that was written in another organisation: its author is Actor::is_remote.
struct WrittenElsewhere {
    PostId id;
    Millis create_at = 0;
    std::vector<UserId> mentions;  // whom its text names by names that mean nothing here
    std::optional<WrittenBefore> before = {};
};
struct PostFromElsewhere {
    Actor author;
    Post post;
    WrittenElsewhere written;
};
// What create() would have returned or thrown.
struct PostOutcome {
    Post post;
    std::optional<Error> refusal;
};

// A post that a program writes in its owner's name: what only the server may say of it, and who is named as
// its sender. It shows nobody online and reads nothing for its owner.
struct WrittenByProgram {
    json::object props;
    std::string sender_name;  // "" is the owner's
};

// A post that waited for its time, while its author may be away. It reads nothing for them that they had not
// read before.
struct WrittenLater {
    // Runs in the transaction that writes the post, before it is written, maybe several times; false when it
    // must not be written after all. Nothing is written then.
    std::function<bool(storage::Tx&)> together;
};

struct PostOptions {
    bool set_online = true;
    std::optional<WrittenElsewhere> elsewhere = {};
    std::optional<WrittenByProgram> program = {};
    std::optional<WrittenLater> later = {};
    bool is_released = false;  // an officer has read it: rules about content are not asked again
};

enum class PostChange { create, edit, remove };

class Posts {
public:
    Posts(storage::Database& db, identity::Gate& gate, Audience& audience, PostPages& pages,
          const LiveSettings& settings)
        : db_(db), gate_(gate), audience_(audience), pages_(pages), settings_(settings), writer_(db) {}
    // Shows a post that is not stored to one person: hints after posting.
    void set_whisper(std::function<void(const UserId&, const Post&)> whisper) {
        whisper_ = std::move(whisper);
    }

    // Is asked before anybody of this organisation changes a post, or writes one to people, and throws when
    // they may not: what was written in another organisation is not theirs, and some people cannot be
    // reached.
    void set_guard(std::function<void(const Actor&, const Post&, PostChange)> guard) {
        guard_ = std::move(guard);
    }

    // Is asked before what is written here is: rules about content. It must outlive this object.
    void use_screen(Screen& screen) { screen_ = &screen; }

    // Is asked whether the actor may write where they are. It must outlive this object.
    void use_barriers(identity::Barriers& barriers) { barriers_ = &barriers; }

    // Hears of people who post, unless the client asks not to show them as online for it. Must not block.
    void set_active(std::function<void(const UserId&)> active) { active_ = std::move(active); }

    // The same pending_post_id twice is one post: the second call gets the first one's. So is the same id of
    // a post from elsewhere; when another post has that id, it is what comes back.
    Post create(const Actor& actor, Post post, const PostOptions& options = {});
    // Many at once, in their order, as create() would make them one by one; of those that need nothing but
    // their own row, several with one statement. Throws what says nothing of a single post (unavailable,
    // internal); what was made before stays.
    std::vector<PostOutcome> create_from_elsewhere(std::vector<PostFromElsewhere> posts);
    // Never stored; shown to one person. `program` as for create(); it may show a post anew, by its id.
    Post create_ephemeral(const Actor& actor, const UserId& user, Post post,
                          const std::optional<WrittenByProgram>& program = {});
    // Replaces message, props and files; patch changes what is present. A change of any of these counts as an
    // edit and keeps the version before.
    Post update(const Actor& actor, const PostId& id, Post post);
    // A program changes its message, because somebody used what stands on it; its author's rights do not
    // matter for that. What is unset stays; props that the server wrote stay, too.
    struct ProgramChange {
        std::optional<std::string> message;
        std::optional<json::object> props;
    };
    Post change_by_program(const Actor& actor, const PostId& id, const ProgramChange& change);
    Post patch(const Actor& actor, const PostId& id, const PostPatch& patch);
    // The same for a post from elsewhere; `edit` runs while its row is locked, maybe several times.
    Post edit_from_elsewhere(const Actor& actor, const PostId& id, const std::function<void(Post&)>& edit);
    // What a post from elsewhere shows of its files changes, which is no edit: `file` has come and is
    // inserted here, or it is known that one does not. `edit` changes its props, or puts it off by false;
    // false when nothing was changed, since the post is gone or for that.
    bool show_files(storage::Tx& tx, const PostId& id, std::optional<storage::FileRow> file,
                    const std::function<bool(Post&)>& edit);
    // Brings back the text of an earlier version.
    Post restore_version(const Actor& actor, const PostId& id, const PostId& version);
    void remove(const Actor& actor, const PostId& id);
    void set_pinned(const Actor& actor, const PostId& id, bool is_pinned);
    ChannelUnreadAt set_unread(const UserId& user, const PostId& id, bool collapsed_threads);
    PostAcknowledgement acknowledge(const UserId& user, const PostId& id);
    void unacknowledge(const UserId& user, const PostId& id);
    void set_reminder(const UserId& user, const PostId& id, std::int64_t target_time);
    // Tells people of the posts they asked to be reminded of; how many. Run every minute.
    std::size_t send_reminders();
    // Moves a thread to another channel of the same team (the mover must be able to post there). The posts
    // keep their authors, times and reactions, get new ids, and tell nobody anew. All of them move or none.
    PostId move_thread(const Actor& actor, const PostId& root, const ChannelId& target);

private:
    struct Written {
        Post post;
        bool is_new = true;
    };
    // A post that may be written, and who is told of it.
    struct Prepared {
        Post post;
        identity::ChannelPlace channel;
        Told told;
        std::vector<PostAction> actions;
        std::string pending;
        bool is_plain = false;  // needs nothing but its own row
    };
    Prepared prepare(const Actor& actor, Post in, const PostOptions& options);
    storage::NewPost entry_of(const Actor& actor, Prepared& prepared, const PostOptions& options);
    void write_together(std::vector<PostOutcome>& out, const std::vector<std::size_t>& places,
                        const std::vector<storage::NewPost>& entries);
    void write_past(std::vector<PostOutcome>& out, const std::vector<std::size_t>& places,
                    const std::vector<PostFromElsewhere>& posts, std::vector<Prepared>& past);
    Written write_simply(const Actor& actor, Prepared prepared, const PostOptions& options);
    Written write_fully(const Actor& actor, const Prepared& prepared, const PostOptions& options);
    std::optional<Post> written_before(storage::Tx& tx, const Post& post, const std::string& pending);
    void reply(storage::Tx& tx, const Post& post, const identity::ChannelPlace& channel, const Told& told,
               PostCreated& fact);
    void follow_after_reply(storage::Tx& tx, const Post& post, const Post& root, const Told& told);
    void require_writable(const Actor& actor, const PostId& id);
    Post change(const Actor& actor, const PostId& id, const std::function<void(Post&)>& edit);
    Post save_change(storage::Tx& tx, const Actor& actor, const Post& before, Post after);
    void change_files(storage::Tx& tx, const Actor& actor, const Post& before, const Post& after);
    void remove(storage::Tx& tx, const Actor& actor, Post post);
    PostId rewrite(storage::Tx& tx, const std::vector<Post>& posts, const identity::ChannelPlace& target);
    void set_thread_unread(storage::Tx& tx, const UserId& user, const Post& reply, const TeamId& team);
    void count_mentions(storage::Tx& tx, Millis from, ChannelUnreadAt& unread);
    void hint(const Post& post, const identity::ChannelPlace& channel, const Actor& author, const Told& told);
    PostCreated fact_of_new(const Post& post, const identity::ChannelPlace& channel, const Actor& actor,
                            const PostOptions& options) const;
    identity::ChannelPlace writable_place(const ChannelId& channel);
    void check_move(const Actor& actor, const PostId& root, const identity::ChannelPlace& target);
    void check_change(const Actor& actor, const PostId& id, const std::function<void(Post&)>& edit);

    storage::Database& db_;
    identity::Gate& gate_;
    Audience& audience_;
    PostPages& pages_;
    const LiveSettings& settings_;
    PostWriter writer_;
    Screen* screen_ = nullptr;
    identity::Barriers* barriers_ = nullptr;
    std::function<void(const UserId&, const Post&)> whisper_ = [](const UserId&, const Post&) {};
    std::function<void(const Actor&, const Post&, PostChange)> guard_ = [](const Actor&, const Post&,
                                                                           PostChange) {};
    std::function<void(const UserId&)> active_ = [](const UserId&) {};
};

}  // namespace concordat::messaging
