#include "storage/search/partition.hpp"

#include <algorithm>

#include "storage/search/slice.hpp"

namespace concordat::storage {
namespace {

// Files have many: what is added stays in memory until it is on the disk.
constexpr std::size_t most_words_of_slice = 2'000'000;

}  // namespace

Partition::Partition(std::string directory, const Secret& key, const std::vector<SliceEntry>& slices,
                     BlockCache& cache, std::size_t ram_megabytes, std::int64_t most_of_slice)
    : directory_(std::move(directory)),
      key_(key.clone()),
      cache_(cache),
      ram_megabytes_(ram_megabytes),
      most_of_slice_(most_of_slice) {
    for (const auto& entry : slices)
        slices_.push_back(std::make_shared<Slice>(directory_, key_, entry, cache_, ram_megabytes_));
}

Partition::~Partition() = default;

Partition::Slices Partition::slices() const {
    std::lock_guard lock(mutex_);
    return slices_;
}

void Partition::add(const IndexItem& item) {
    if (slices_.empty() || slices_.back()->items() >= most_of_slice_ ||
        slices_.back()->words() >= most_words_of_slice) {
        if (!slices_.empty()) {
            slices_.back()->merge();
            slices_.back()->rest();
            slices_.back()->sync();
        }
        auto fresh = std::make_shared<Slice>(directory_, key_, SliceEntry{}, cache_, ram_megabytes_);
        std::lock_guard lock(mutex_);
        slices_.push_back(std::move(fresh));
    }
    slices_.back()->add(item);
}

void Partition::refresh() {
    if (!slices_.empty()) slices_.back()->refresh();
}

std::vector<SliceEntry> Partition::sync() {
    std::vector<SliceEntry> out;
    for (const auto& slice : slices_) out.push_back(slice->sync());
    return out;
}

void Partition::forget_removed() {
    for (const auto& slice : slices_) slice->forget_removed();
}

void Partition::rest() {
    if (!slices_.empty()) slices_.back()->rest();
}

void Partition::let_go(Clock::time_point since) {
    for (const auto& slice : slices_) slice->let_go(since);
}

void Partition::remove_all() {
    for (const auto& slice : slices_) slice->remove_all();
}

std::int64_t Partition::items() const {
    std::int64_t out = 0;
    for (const auto& slice : slices()) out += slice->items();
    return out;
}

IndexPage Partition::find(const IndexQuery& query, const std::optional<IndexHit>& before, std::size_t at_most,
                          Clock::time_point deadline) {
    struct Place {
        Millis last;
        std::shared_ptr<Slice> slice;
    };
    std::vector<Place> places;
    for (auto& slice : slices()) {
        const bool may_have = slice->last() >= query.from && slice->first() < query.until &&
                              (!before || slice->first() <= before->create_at);
        if (may_have) places.push_back({slice->last(), std::move(slice)});
    }
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.last > b.last; });
    IndexPage out;
    for (const auto& place : places) {
        if (out.hits.size() == at_most && out.hits.back().create_at > place.last) {
            out.is_last = false;
            break;
        }
        auto page = place.slice->find(query, before, at_most, deadline);
        out.is_whole &= page.is_whole;
        out.is_last &= page.is_last;
        const auto middle = static_cast<std::ptrdiff_t>(out.hits.size());
        out.hits.insert(out.hits.end(), page.hits.begin(), page.hits.end());
        std::inplace_merge(out.hits.begin(), out.hits.begin() + middle, out.hits.end(), std::greater<>());
        // Versions of a message may be in several slices.
        out.hits.erase(std::unique(out.hits.begin(), out.hits.end()), out.hits.end());
        if (out.hits.size() > at_most) {
            out.hits.resize(at_most);
            out.is_last = false;
        }
        if (!out.is_whole) break;
    }
    return out;
}

}  // namespace concordat::storage
