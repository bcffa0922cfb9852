// Which data keys a bucket wraps, which of them something still needs, and what is known of those that are
// gone: the tables destroyed_buckets, destroyed_keys and destruction_certificates, and data_keys for once
// from this side.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>
#include "core/model/retention.hpp"
#include "storage/crypto/keyring.hpp"
#include "storage/database/database.hpp"
#include "storage/database/position.hpp"
#include "storage/tables/expiry.hpp"

namespace concordat::storage {

// A data key of a channel: the channel and the day, counted from 1970-01-01.
struct ChannelDay {
    AnyId scope;
    std::int64_t day = 0;
    auto operator<=>(const ChannelDay&) const = default;
};

struct WrappedKey {
    ChannelDay at;
    std::string wrapped;
    bool is_expired = false;  // by policy, together with the whole week of the bucket
};

struct DestroyedBucket {
    BucketId bucket;
    std::string data_class;
    std::int64_t week = 0;
    JobId job_id;
    Millis create_at = 0;
    std::int64_t data_keys = 0;  // that went with it
    bool is_gone = false;        // the key store has confirmed it
};

// A file that stays, though it may be sealed in the week in question.
struct StayingFile {
    AnyId channel_id, blob;
    std::int64_t day = 0;  // of its row
};

class DestructionTable {
public:
    explicit DestructionTable(Tx& tx) : tx_(tx) {}

    // Keeps out whoever makes or moves data keys, until the commit.
    void lock_keys();
    // `week_ends`: the first millisecond after the bucket's week.
    std::vector<WrappedKey> keys_in(const BucketId& bucket, const ExpiryRules& rules, Millis week_ends);
    // Channel-days between the two days that a hold in force may need. More than it does need: every day of
    // a channel since a month before what it keeps begins, as text is sealed again when it is edited, and a
    // file before it is sent.
    std::vector<ChannelDay> held(const ExpiryRules& rules, std::int64_t first_day, std::int64_t last_day);
    // Whether a hold in force begins on that day or before.
    bool is_any_held(const ExpiryRules& rules, std::int64_t last_day);
    // Those of messages that stay because they are pinned, and of uploads and files of partners that have not
    // ended.
    std::vector<ChannelDay> pinned(const ExpiryRules& rules, std::int64_t first_day, std::int64_t last_day);
    std::vector<ChannelDay> uploads(std::int64_t first_day, std::int64_t last_day);
    // Files that no message has yet, or one that stays.
    std::vector<StayingFile> files(const ExpiryRules& rules, std::int64_t first_day, std::int64_t last_day);

    void move_keys(const BucketId& from, const BucketId& to, const std::vector<WrappedKey>& rewrapped);
    // Takes them out of data_keys; destroyed_keys knows them until clear_keys().
    void condemn(const DestroyedBucket& bucket, const std::vector<ChannelDay>& keys);
    std::vector<DestroyedBucket> condemned();
    std::vector<DestroyedBucket> of_job(const JobId& job);
    std::vector<BucketId> gone();
    void mark_gone(const BucketId& bucket);

    // What was sealed with destroyed keys on one day, at most `limit` entries of the journal after `mark`.
    struct Mark {
        Position at;
        std::string first_tx, last_tx;  // of the day; empty: not looked for yet
        bool is_done = false;
    };
    std::vector<std::int64_t> destroyed_days();
    std::int64_t remove_journal(std::int64_t day, Mark& mark, std::int64_t limit);
    std::int64_t erase_partner_events(std::int64_t day);
    void clear_keys(std::int64_t day);

    void insert(const DestructionCertificate& certificate);
    std::optional<DestructionCertificate> last_certificate();
    std::optional<DestructionCertificate> certificate(const CertificateId& id);
    std::vector<DestructionCertificate> certificates(std::int64_t offset, std::int64_t limit);
    // Finished exports, newest first, and partners that take part in channels: where copies are.
    std::vector<std::string> exports(std::int64_t limit);
    std::vector<std::string> partners();

private:
    Tx& tx_;
};

}  // namespace concordat::storage
