#include "storage/search/search_index.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "core/base/log.hpp"
#include "storage/crypto/keyring.hpp"
#include "storage/database/data_keys.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {
namespace {

constexpr std::size_t cache_bytes = 64 << 20;
constexpr std::chrono::minutes kept_open{10};  // what no search looks into gives back its memory
constexpr Millis one_day = 86'400'000;
constexpr std::uint32_t days_of_week = 7;
constexpr std::int64_t few_stale = 1;       // worth a new copy when the last is old enough
constexpr std::int64_t part_stale = 5;      // a fifth is worth it at once ...
constexpr std::int64_t least_stale = 1000;  // ... if it is that many

}  // namespace

std::uint32_t index_period(Millis time) {
    return week_of_day(day_of(std::max<Millis>(time, 0)));
}

Millis period_start(std::uint32_t period) {
    // Weeks begin on Monday; the first has no days before the fourth.
    return period == 0 ? 0 : (Millis{period} * days_of_week - 3) * one_day;
}

SearchIndex::SearchIndex(Database& db, Keyring& keyring, std::string directory)
    : db_(db), keyring_(keyring), directory_(std::move(directory)), cache_(cache_bytes) {
    std::error_code ec;
    std::filesystem::create_directories(directory_, ec);
    if (!std::filesystem::is_directory(directory_))
        throw Error(Fault::invalid, "search.index.directory",
                    "The directory " + directory_ + " for the search index cannot be made.");
    ::chmod(directory_.c_str(), 0700);
}

// -- for any thread

std::vector<SearchIndex::Span> SearchIndex::spans(Millis from, Millis until) const {
    std::lock_guard lock(state_);
    if (!is_loaded_) return {{from, until}};
    std::set<std::uint32_t> periods(pending_);
    for (const auto& [period, part] : parts_) periods.insert(period);
    std::vector<Span> out;
    for (auto at = periods.rbegin(); at != periods.rend(); ++at) {
        Span span{std::max(from, period_start(*at)), std::min(until, period_start(*at + 1)), *at};
        if (span.from >= span.until) continue;
        if (const auto part = parts_.find(*at); part != parts_.end()) span.partition = part->second.partition;
        if (!out.empty() && !span.partition && !out.back().partition)
            out.back().from = span.from;  // one look through both
        else
            out.push_back(std::move(span));
    }
    return out;
}

IndexStatus SearchIndex::status() const {
    std::lock_guard lock(state_);
    IndexStatus out;
    out.is_loaded = is_loaded_;
    out.generation = manifest_.generation;
    for (const auto& [period, part] : parts_) {
        out.items += part.entry.items;
        out.stale += part.entry.stale;
        for (const auto& slice : part.entry.slices)
            for (const auto& file : slice.files) out.bytes += file.bytes;
    }
    out.partitions = parts_.size();
    out.pending = pending_.size();
    out.to_build = std::max<std::uint64_t>(manifest_.to_build, pending_.size());
    return out;
}

void SearchIndex::report_damage(const Span& span, const Error& error) {
    std::lock_guard writing(writing_);
    std::unique_lock lock(state_);
    const auto at = parts_.find(span.period);
    if (at == parts_.end() || at->second.partition != span.partition) return;  // it was replaced meanwhile
    lock.unlock();
    damaged(span.period, error);
}

std::set<std::uint32_t> SearchIndex::outlived() const {
    std::map<std::uint32_t, Millis> ended;
    for (const auto& bucket : keyring_.status())
        if (bucket.data_class == "messages" && bucket.state == BucketState::destroyed)
            ended[bucket.period] = std::max(ended[bucket.period], bucket.ended_at);
    std::lock_guard lock(state_);
    std::set<std::uint32_t> out;
    for (const auto& [period, part] : parts_)
        if (const auto at = ended.find(period); at != ended.end() && part.entry.built_at <= at->second)
            out.insert(period);
    return out;
}

std::set<std::uint32_t> SearchIndex::worn(Millis before) const {
    std::lock_guard lock(state_);
    std::set<std::uint32_t> out;
    for (const auto& [period, part] : parts_) {
        const auto& entry = part.entry;
        const bool is_old = entry.stale >= few_stale && entry.built_at < before;
        const bool is_many = entry.stale >= least_stale && entry.stale * part_stale >= entry.items;
        if ((is_old || is_many) && !pending_.contains(period)) out.insert(period);
    }
    return out;
}

// -- writing

// Takes the week out; its files go when no manifest names them.
void SearchIndex::condemn(std::uint32_t period) {
    std::lock_guard lock(state_);
    const auto at = parts_.find(period);
    if (at == parts_.end()) return;
    condemned_.push_back(std::move(at->second.partition));
    parts_.erase(at);
}

void SearchIndex::damaged(std::uint32_t period, const Error& error) {
    log_error("a week of the search index is damaged and will be written anew",
              {{"period", period}, {"id", error.id()}, {"detail", error.detail()}});
    condemn(period);
    if (shadow_ && shadow_->entry.period == period) shadow_.reset();
    std::lock_guard lock(state_);
    pending_.insert(period);
    manifest_.to_build = std::max<std::uint64_t>(manifest_.to_build, pending_.size());
}

template <class Body>
void SearchIndex::guarded(std::uint32_t period, Body body) {
    try {
        body();
    } catch (const Error& e) {  // the week is written anew, the others go on
        if (e.id() != "search.index.damaged") throw;
        damaged(period, e);
    }
}

void SearchIndex::renew(const std::set<std::uint32_t>& periods) {
    std::lock_guard writing(writing_);
    // One that is being built may have read already what has changed since.
    if (shadow_ && periods.contains(shadow_->entry.period)) shadow_.reset();
    {
        std::lock_guard lock(state_);
        if (!is_loaded_) return;  // load() or begin() decides
        pending_.insert(periods.begin(), periods.end());
        manifest_.to_build = pending_.size();
    }
    write(reached_);
}

void SearchIndex::add(const IndexItem& item) {
    std::lock_guard writing(writing_);
    const auto period = index_period(item.create_at);
    if (shadow_ && shadow_->entry.period == period) guarded(period, [&] { shadow_->partition->add(item); });
    std::shared_ptr<Partition> partition;
    {
        std::lock_guard lock(state_);
        const auto at = parts_.find(period);
        if (at != parts_.end()) {
            partition = at->second.partition;
            at->second.is_dirty = true;
            ++at->second.entry.items;
        } else if (pending_.contains(period)) {
            return;  // it will be read when the week is built
        }
    }
    if (!partition) {
        auto entry = fresh_entry(period);
        partition = open(entry, true, false);
        entry.items = 1;
        std::lock_guard lock(state_);
        parts_[period] = {std::move(entry), partition, true};
    }
    guarded(period, [&] { partition->add(item); });
}

void SearchIndex::note_stale(Millis create_at) {
    std::lock_guard writing(writing_);
    std::lock_guard lock(state_);
    const auto at = parts_.find(index_period(create_at));
    if (at == parts_.end()) return;
    ++at->second.entry.stale;
    at->second.is_dirty = true;
}

void SearchIndex::refresh() {
    std::lock_guard writing(writing_);
    std::vector<std::pair<std::uint32_t, std::shared_ptr<Partition>>> dirty;
    {
        std::lock_guard lock(state_);
        for (const auto& [period, part] : parts_)
            if (part.is_dirty) dirty.emplace_back(period, part.partition);
    }
    for (const auto& [period, partition] : dirty) guarded(period, [&] { partition->refresh(); });
}

void SearchIndex::commit(const Position& reached) {
    std::lock_guard writing(writing_);
    write(reached);
}

void SearchIndex::write(const Position& reached) {
    if (manifest_.generation > 0 && recorded_ != manifest_.generation) record();
    std::vector<std::uint32_t> dirty;
    for (const auto& [period, part] : parts_)  // only writers change it
        if (part.is_dirty) dirty.push_back(period);
    const auto newest = parts_.empty() ? 0 : parts_.rbegin()->first;
    for (const auto period : dirty)
        guarded(period, [&] {
            const auto partition = parts_.at(period).partition;
            if (period != newest) partition->rest();
            auto slices = partition->sync();
            std::lock_guard lock(state_);
            auto& entry = parts_.at(period).entry;
            entry.slices = std::move(slices);
        });
    if (!dirty.empty()) sync_directory(directory_);
    auto next = manifest_;
    ++next.generation;
    next.tx = reached.tx;
    next.seq = reached.seq;
    next.pending.assign(pending_.begin(), pending_.end());
    if (pending_.empty()) next.to_build = 0;
    next.partitions.clear();
    for (const auto& [period, part] : parts_) next.partitions.push_back(part.entry);
    write_manifest(directory_, db_.keys(), next, day_of(db_.now()));
    {
        std::lock_guard lock(state_);
        manifest_ = std::move(next);
        manifest_.partitions.clear();
        for (const auto period : dirty)
            if (const auto at = parts_.find(period); at != parts_.end()) {
                at->second.is_dirty = false;
                at->second.partition->forget_removed();
            }
    }
    reached_ = reached;
    for (const auto& [period, part] : parts_) part.partition->let_go(Partition::Clock::now() - kept_open);
    for (const auto& partition : condemned_) partition->remove_all();
    condemned_.clear();
    record();
}

// -- a week written anew

std::optional<SearchIndex::Build> SearchIndex::build() {
    std::lock_guard writing(writing_);
    if (shadow_) return Build{shadow_->entry.period, shadow_->entry.id};
    std::uint32_t period = 0;
    {
        std::lock_guard lock(state_);
        if (pending_.empty()) return std::nullopt;
        period = *pending_.rbegin();
    }
    auto entry = fresh_entry(period);
    auto partition = open(entry, true, true);
    shadow_ = Part{std::move(entry), std::move(partition), true};
    return Build{period, shadow_->entry.id};
}

void SearchIndex::add_built(const IndexItem& item) {
    std::lock_guard writing(writing_);
    if (!shadow_) return;  // dropped meanwhile
    ++shadow_->entry.items;
    guarded(shadow_->entry.period, [&] { shadow_->partition->add(item); });
}

bool SearchIndex::finish(const Position& reached) {
    std::lock_guard writing(writing_);
    if (!shadow_) return false;
    const auto period = shadow_->entry.period;
    guarded(period, [&] {
        shadow_->partition->rest();
        shadow_->entry.items = shadow_->partition->items();
        condemn(period);
        std::lock_guard lock(state_);
        pending_.erase(period);
        if (shadow_->entry.items > 0) parts_[period] = std::move(*shadow_);
    });
    shadow_.reset();
    write(reached);
    std::lock_guard lock(state_);
    return !pending_.contains(period);
}

void SearchIndex::drop(std::uint32_t period) {
    std::lock_guard writing(writing_);
    std::vector<BucketId> buckets;
    for (const auto& bucket : keyring_.status())
        if (bucket.data_class == "search" && bucket.period == period && bucket.state == BucketState::live)
            buckets.push_back(bucket.id);
    keyring_.destroy(buckets);
    db_.keys().forget();
    if (shadow_ && shadow_->entry.period == period) shadow_.reset();
    condemn(period);
    {
        std::lock_guard lock(state_);
        pending_.erase(period);
    }
    if (lock_) write(reached_);
}

}  // namespace concordat::storage
