// What has had its time: messages and files older than the policy over their channel, but for those that a
// legal hold keeps, that are pinned where pins keep, or that exports have not covered yet. And how they go.
//
// A policy of the channel goes before one of its team, and that before the settings. No text is opened.
// Whoever deletes calls keep_holds() first in the same transaction: from then until the commit no hold can
// come into force, so one that is in force was seen.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>
#include "core/model/retention.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// What the settings say, made into times. A cutoff of 0 lets nothing go.
struct ExpiryRules {
    Millis now = 0;
    Millis message_cutoff = 0, file_cutoff = 0;  // of channels without a policy of their own
    bool keeps_pinned = false;
    bool needs_export = false;
    Millis exported_from = 0, exported_until = 0;  // what happened between is covered by exports
};

struct ExpiringChannel {
    ChannelId id;
    Millis cutoff = 0;
    bool has_policy = false;  // of its own or of its team
};

struct ExpiryPreview {
    ChannelId channel_id;
    std::string channel_type;
    RetentionPolicyId policy_id;  // empty: the settings
    Millis cutoff = 0;
    std::int64_t posts = 0;                             // past their time
    std::int64_t held = 0, pinned = 0, unexported = 0;  // of these; one may count in several
    std::int64_t files = 0, bytes_of_files = 0;
};
BOOST_DESCRIBE_STRUCT(ExpiryPreview, (),
                      (channel_id, channel_type, policy_id, cutoff, posts, held, pinned, unexported, files,
                       bytes_of_files))

// Where in a channel a run is: nothing before it is looked at again.
struct ExpiryMark {
    Millis create_at = 0;
    PostId id;
};

struct ExpiredBatch {
    DestroyedCounts counts;
    std::vector<PostId> posts;   // gone, or emptied
    std::int64_t looked_at = 0;  // 0: there are no more
};

class ExpiryTable {
public:
    explicit ExpiryTable(Tx& tx) : tx_(tx) {}

    // Waits for holds that are being made, and keeps new ones out until the commit.
    void keep_holds();
    bool has_holds(Millis now);
    bool has_policies();
    // The time before which everything that happened is in a finished export of the chain; the second: from
    // which on. Both 0 when there is none.
    std::pair<Millis, Millis> exported(Millis now);

    // Those with a message or file past its time.
    std::vector<ExpiringChannel> channels(const ExpiryRules& rules);
    std::optional<ExpiringChannel> channel(const ExpiryRules& rules, const ChannelId& id);
    // The newest cutoff of any channel.
    Millis newest_cutoff(const ExpiryRules& rules);
    std::vector<ExpiryPreview> preview(const ExpiryRules& rules);
    // Messages past their time that no export has covered.
    std::int64_t unexported(const ExpiryRules& rules);

    // Takes the next `limit` messages of the channel away, with all that hangs on them, and moves `mark`. A
    // root whose replies stay is emptied instead. Bodies of their files are named in destroyed_blobs.
    ExpiredBatch remove_posts(const ExpiryRules& rules, const ExpiringChannel& channel, ExpiryMark& mark,
                              std::int64_t limit);
    // Files whose own time is up before that of their message.
    ExpiredBatch remove_files(const ExpiryRules& rules, const ExpiringChannel& channel, FileId& mark,
                              std::int64_t limit);
    // Members who had not read what is gone have that much less to read.
    void settle_unread(const ChannelId& channel, Millis cutoff);

    std::vector<AnyId> blobs_to_remove(std::int64_t limit);
    void blobs_removed(const std::vector<AnyId>& blobs);

private:
    void remove_marks(const std::string& ids, DestroyedCounts& counts);
    void remove_files_of(const std::string& posts, const std::string& files, DestroyedCounts& counts);
    void empty_roots(const std::string& ids);
    void remove_rows(const std::vector<PostId>& posts, DestroyedCounts& counts);
    // Their roots, where they are replies, go into `roots`.
    std::vector<PostId> next_posts(const ExpiryRules& rules, const ExpiringChannel& channel, ExpiryMark& mark,
                                   std::int64_t limit, std::set<PostId>& roots);
    std::vector<PostId> replied(const std::string& ids);
    std::vector<PostId> finished_roots(const std::string& roots);

    Tx& tx_;
};

}  // namespace concordat::storage
