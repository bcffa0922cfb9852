// Screen: asks the rules about content before something is written or kept.
//
// What strikes is written down (the table content_hits, and a record of decisions, act "content"), in a
// transaction of its own before anything else: rule, place, offset and length, never the text. What cannot be
// written down is refused, and so is everything as long as the rules cannot be read. Without rules a check is
// one look at a pointer; without hits it is one pass over the text and no database.
//
// A rule that warns refuses once. The same person who sends the same to the same channel again within
// `word_counts` has given their word, and it is sent; words are kept in memory, `most_words` at most, and a
// node that ends forgets them.
//
// A rule that holds keeps a new message, sealed, until an officer has decided
// (compliance/content/held_posts.hpp); it is written down together with its hits. The same pending_post_id
// again is not kept twice. Of an edit or a move such a rule is one that blocks. A file by itself is shown to
// nobody, so it is taken, and the message that brings it is held.
//
// Written elsewhere, messages are not asked for: partners have rules of their own, and what both sides show
// must stay the same.
//
// Thread-safe; calls block. Errors beside those of the database:
//   invalid  content.blocked   a rule blocks it; the text is the rule's
//   invalid  content.warned    a rule warns; the text is the rule's, and how to send it all the same
//   invalid  content.held      it waits for review; the text is the rule's
//   unavailable  content.held_full   `most_held` messages wait already
//   unavailable  content.rules  they cannot be read just now
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>
#include "core/model/actor.hpp"
#include "core/model/content_rule.hpp"
#include "core/model/file_info.hpp"
#include "core/model/post.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage
namespace concordat::identity {
class Decisions;
}

namespace concordat::messaging {

class RuleSet;
struct Strike;

class Screen {
public:
    static constexpr Millis word_counts = 5LL * 60 * 1000;
    static constexpr std::size_t most_words = 10000;
    static constexpr Millis held_for = 7LL * 24 * 3600 * 1000;
    static constexpr std::int64_t most_held = 10000;

    // All must outlive this object.
    Screen(storage::Database& db, identity::Gate& gate, identity::Decisions& decisions)
        : db_(db), gate_(gate), decisions_(decisions) {}
    Screen(const Screen&) = delete;
    ~Screen();

    // Reads the rules anew: after a change of them.
    void reload();
    bool has_rules();
    // A new message: its text, texts of its attachments, and by rules that hold its files.
    void check_new(const Actor& actor, const identity::ChannelPlace& channel, const Post& post);
    // One that is there already: an edit, or a move to this channel.
    void check_message(const Actor& actor, const identity::ChannelPlace& channel, const Post& post);
    // Whether a message that is here already may go to other organisations with what was said before its
    // channel was shared, which its author cannot be asked: not when a rule blocks it, or warns of it, or of
    // the name of a file. That is written down.
    bool keeps_here(const identity::ChannelPlace& channel, const Post& post,
                    const std::vector<FileInfo>& files);
    // Name and type.
    void check_file(const Actor& actor, const FileInfo& file);

private:
    std::shared_ptr<const RuleSet> rules();
    bool counts_here(const ContentRule& rule, const identity::ChannelPlace& channel);
    // What struck, and what a word is given for.
    struct Struck {
        std::vector<ContentHit> hits;
        std::shared_ptr<const RuleSet> set;     // which `rules` point into
        std::vector<const ContentRule*> rules;  // of each hit
        std::string what;
    };
    Struck struck_by(const UserId& author, const identity::ChannelPlace& channel, const Post& post);
    void add_file(Struck& struck, const identity::ChannelPlace& channel, const FileInfo& file,
                  const PostId& post, bool only_holding);
    // Notes them, and throws when one refuses. A rule that holds keeps `held_post`; without one it blocks,
    // unless this is an upload.
    void settle(const Actor& actor, const identity::ChannelPlace& channel, Struck struck,
                const Post* held_post, bool is_upload);
    // False when it is kept already.
    bool keep(storage::Tx& tx, const Actor& actor, const Post& post, const ContentRuleId& rule);
    bool has_word(const std::string& what);

    storage::Database& db_;
    identity::Gate& gate_;
    identity::Decisions& decisions_;
    std::mutex reloading_;  // one after the other, so that the newest stays
    std::mutex mutex_;      // guards what follows
    std::shared_ptr<const RuleSet> rules_;
    std::unordered_map<std::string, Millis>
        words_;  // digest of what was warned about, and until when it counts
};

}  // namespace concordat::messaging
