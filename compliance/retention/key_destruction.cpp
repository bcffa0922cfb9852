#include "compliance/retention/key_destruction.hpp"

#include <algorithm>
#include <charconv>

#include "core/base/log.hpp"
#include "core/model/scope.hpp"
#include "storage/database/data_keys.hpp"
#include "storage/tables/drafts.hpp"
#include "storage/tables/scheduled_posts.hpp"

namespace concordat::compliance {
namespace {

constexpr Millis day = 86400000;
constexpr std::string_view kept_prefix = "kept-";

std::int64_t first_day_of(std::uint32_t week) {
    return std::int64_t{week} * 7 - 3;
}

// 0 for a class that is not "kept-N".
std::int64_t kept_number(std::string_view data_class) {
    if (!data_class.starts_with(kept_prefix)) return 0;
    std::int64_t number = 0;
    std::from_chars(data_class.data() + kept_prefix.size(), data_class.data() + data_class.size(), number);
    return number;
}

}  // namespace

Millis week_begins(std::uint32_t week) {
    return std::max<std::int64_t>(first_day_of(week), 0) * day;
}

Millis week_ends(std::uint32_t week) {
    return (first_day_of(week) + 7) * day;
}

void refuse_old_key_store(storage::Database& db, const storage::Keyring& keyring) {
    keyring.refuse_restored(db.read([](storage::Tx& tx) { return storage::DestructionTable(tx).gone(); }));
}

std::vector<storage::BucketStatus> KeyDestruction::candidates(const storage::ExpiryRules& rules) {
    const auto newest =
        db_.read([&](storage::Tx& tx) { return storage::ExpiryTable(tx).newest_cutoff(rules); });
    auto buckets = keyring_.status();
    std::erase_if(buckets, [&](const storage::BucketStatus& b) {
        const bool is_ours =
            b.data_class == "messages" || b.data_class == "drafts" || kept_number(b.data_class) > 0;
        return !is_ours || b.state != storage::BucketState::live || week_ends(b.period) > newest ||
               (rules.needs_export &&
                (week_ends(b.period) > rules.exported_until || week_begins(b.period) < rules.exported_from));
    });
    return buckets;
}

void KeyDestruction::add_needed(storage::Tx& tx, const storage::ExpiryRules& rules, std::int64_t first_day,
                                std::int64_t last_day, std::set<storage::ChannelDay>& needed) {
    storage::DestructionTable table(tx);
    for (auto& found : {table.held(rules, first_day, last_day), table.pinned(rules, first_day, last_day),
                        table.uploads(first_day, last_day)})
        needed.insert(found.begin(), found.end());
    for (const auto& file : table.files(rules, first_day, last_day)) {
        std::int64_t sealed_on = file.day;
        try {
            sealed_on = files_.day_of(id_as<storage::BlobId>(file.blob));
        } catch (const Error& e) {  // a body that is missing needs no key; its row says which day it was
            log_warn("the body of a file cannot be looked at", {{"blob", file.blob.text()}, {"id", e.id()}});
        }
        needed.insert({file.channel_id, sealed_on});
        needed.insert({file.channel_id, file.day});  // the row's name is sealed, too
    }
}

KeyDestruction::Plan KeyDestruction::plan(storage::Tx& tx, const storage::BucketStatus& bucket,
                                          const storage::ExpiryRules& rules) {
    storage::DestructionTable table(tx);
    const auto first = first_day_of(bucket.period), last = first + 6;
    const bool is_of_drafts = bucket.data_class == "drafts";
    auto of_bucket = rules;
    if (is_of_drafts) of_bucket.message_cutoff = storage::ExpiryTable(tx).newest_cutoff(rules);
    std::set<storage::ChannelDay> needed;
    const bool keeps_all = is_of_drafts && table.is_any_held(rules, last);
    if (!is_of_drafts) add_needed(tx, rules, first, last, needed);
    Plan plan;
    for (auto& key : table.keys_in(bucket.id, of_bucket, week_ends(bucket.period)))
        (key.is_expired && !keeps_all && !needed.contains(key.at) ? plan.dies : plan.stays)
            .push_back(std::move(key));
    // A bucket from which everything was moved away still opens what old copies of the database hold.
    plan.is_worth_it = !plan.dies.empty() || plan.stays.empty();
    return plan;
}

std::string KeyDestruction::class_for_kept(const storage::BucketStatus& bucket) const {
    const auto buckets = keyring_.status();
    std::int64_t newest = 0;
    for (const auto& other : buckets)
        if (other.period == bucket.period) newest = std::max(newest, kept_number(other.data_class));
    const bool is_live = std::ranges::any_of(buckets, [&](const storage::BucketStatus& other) {
        return other.period == bucket.period && kept_number(other.data_class) == newest && newest > 0 &&
               other.state == storage::BucketState::live;
    });
    const bool joins = is_live && kept_number(bucket.data_class) < newest;
    return std::string(kept_prefix) + std::to_string(joins ? newest : newest + 1);
}

bool KeyDestruction::condemn(storage::Tx& tx, const storage::BucketStatus& bucket,
                             const storage::ExpiryRules& rules, const JobId& job) {
    storage::ExpiryTable(tx).keep_holds();
    storage::DestructionTable table(tx);
    const auto first = first_day_of(bucket.period);
    if (bucket.data_class == "drafts") {
        storage::DraftTable(tx).seal_again(first, first + 6);
        storage::ScheduledPostTable(tx).seal_again(first, first + 6);
    }
    table.lock_keys();
    auto now = plan(tx, bucket, rules);
    if (!now.is_worth_it) return false;
    if (!now.stays.empty()) {
        const auto to = keyring_.bucket_for(class_for_kept(bucket),
                                            static_cast<std::uint32_t>(std::max<std::int64_t>(first, 0)));
        for (auto& key : now.stays)
            key.wrapped = keyring_.rewrap(bucket.id, key.wrapped, to, key.at.scope.bytes(),
                                          static_cast<std::uint32_t>(key.at.day));
        table.move_keys(bucket.id, to, now.stays);
    }
    std::vector<storage::ChannelDay> gone;
    for (const auto& key : now.dies) gone.push_back(key.at);
    storage::DestroyedBucket record;
    record.bucket = bucket.id;
    record.data_class = bucket.data_class;
    record.week = bucket.period;
    record.job_id = job;
    record.create_at = tx.now();
    record.data_keys = static_cast<std::int64_t>(gone.size());
    table.condemn(record, gone);
    return true;
}

std::vector<BucketPreview> KeyDestruction::preview(const storage::ExpiryRules& rules) {
    std::vector<BucketPreview> out;
    for (const auto& bucket : candidates(rules)) {
        const auto found = db_.read([&](storage::Tx& tx) { return plan(tx, bucket, rules); });
        if (found.is_worth_it)
            out.push_back({bucket.id, bucket.data_class, week_begins(bucket.period),
                           static_cast<std::int64_t>(found.dies.size()),
                           static_cast<std::int64_t>(found.stays.size())});
    }
    return out;
}

void KeyDestruction::run(const storage::ExpiryRules& rules, const JobId& job) {
    finish();
    for (const auto& bucket : candidates(rules)) {
        // Most buckets have nothing that dies: found out without locking anybody out.
        if (!db_.read([&](storage::Tx& tx) { return plan(tx, bucket, rules).is_worth_it; })) continue;
        if (!db_.transact([&](storage::Tx& tx) { return condemn(tx, bucket, rules, job); })) continue;
        after("condemned");
        finish();
    }
}

void KeyDestruction::finish() {
    for (const auto& bucket :
         db_.read([](storage::Tx& tx) { return storage::DestructionTable(tx).condemned(); })) {
        keyring_.destroy(bucket.bucket);
        db_.keys().forget();
        after("destroyed");
        db_.transact([&](storage::Tx& tx) { storage::DestructionTable(tx).mark_gone(bucket.bucket); });
        log_info("a key was destroyed",
                 {{"bucket", bucket.bucket.text()}, {"class", bucket.data_class}, {"week", bucket.week}});
    }
}

}  // namespace concordat::compliance
