// What one archive of an export holds: a stretch of the journal, folded into what was said, changed and
// deleted in it, by whom, and who was in the room.
//
// The journal is read in the order of commits, so that nothing that commits late is passed over, and an
// archive is the same whenever it is made again: what happened after its stretch is not in it. Who somebody
// was is what they were called at the time.
//
// Pure data and one function that reads; thread-safe, blocks.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>
#include "core/model/channel.hpp"
#include "core/model/file_info.hpp"
#include "core/model/post.hpp"
#include "core/model/team.hpp"
#include "storage/journal/journal.hpp"
#include "storage/tables/exports.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::compliance {

struct Identity {
    UserId id;
    std::string username, email;
    bool is_bot = false;
};

// What becomes of a post in this stretch.
enum class Change { created, edited_original, edited_new, touched, deleted };
// As archives know it: "", EditedOriginalMsg, EditedNewMsg, UpdatedNoMsgChange, Deleted.
const char* word_of(Change change);

struct ExportedPost {
    Post post;  // with the text of this row; of an original, the id of the kept version
    Change change = Change::created;
    Millis at = 0;          // of the change
    PostId new_version_id;  // of an original: the post that has the new text
    UserId actor_id;        // who changed or deleted it, if that is known
    Identity author;
};

struct ExportedFile {
    FileInfo info;
    PostId post_id;
    Millis post_create_at = 0;
    Identity author;
    bool is_upload = false;   // it came with a post of this stretch
    bool is_deleted = false;  // in this stretch; delete_at says when
    AnyId blob;
};

struct Stay {
    Identity who;
    Millis join_at = 0, leave_at = 0;  // 0: still there at the end of the stretch
};

struct ExportedChannel {
    Channel channel;
    std::optional<Team> team;
    std::string display_name;  // "Direct Message", "Group Message" for those
    std::vector<Stay> stays;
    std::vector<ExportedPost> posts;
    std::vector<ExportedFile> files;
};

// "public", "private", "direct", "group".
const char* type_word(const std::string& channel_type);

struct Stretch {
    storage::Position from, upto;  // after `from`, with `upto`
    // Only facts of these times, inclusive; for exports of a period.
    Millis not_before = 0, not_after = 0;  // 0: no such bound
    // Only these channels; only channels where one of these people was or wrote. Empty: all.
    std::set<ChannelId> channels;
    std::set<UserId> custodians;
    std::int64_t most_posts = 10000;
    bool keeps_entries = false;          // only the native format needs them
    std::size_t most_bytes = 64u << 20;  // of facts, so that memory is bounded
};

struct Batch {
    storage::Position reached;  // the stretch ends here
    bool is_last = false;
    Millis starts = 0, ends = 0;
    std::int64_t posts = 0;                      // that something happened to
    std::vector<ExportedChannel> channels;       // in the order of their ids
    std::vector<storage::JournalEntry> entries;  // as they stand in the journal, for the native format
    std::map<std::string, Identity> people;      // as of the end
    std::vector<std::string> warnings;           // damaged entries
};

// The next batch of the stretch. `starts` is where the one before ended; `last_end` is the end of the whole,
// which the last batch gets.
Batch collect(storage::Journal& journal, storage::Database& db, const Stretch& stretch, Millis starts,
              Millis last_end);

}  // namespace concordat::compliance
