// SearchIndex: what of it is on the disk can be gone on with, and the keys of its weeks.
#include <filesystem>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/model/search_scope.hpp"
#include "storage/database/data_keys.hpp"
#include "storage/database/database.hpp"
#include "storage/search/search_index.hpp"
#include "storage/tables/system.hpp"

namespace concordat::storage {
namespace {

constexpr std::size_t ram_when_fed = 16, ram_when_built = 32;  // MiB
const std::string recorded_name = "search_index";

}  // namespace

// "" when it can be gone on with, or why not.
std::string SearchIndex::usable(const std::optional<Manifest>& manifest) {
    if (!manifest) return "there is none";
    const auto words = split_words(
        db_.read([](Tx& tx) { return SystemTable(tx).find(recorded_name); }).value_or(std::string()));
    if (words.size() != 2 || words[0] != manifest->id.text()) return "it belongs to another database";
    recorded_ = std::stoull(words[1]);
    // A crash comes between the two at most once.
    if (manifest->generation < recorded_) return "it is older than the database says";
    if (manifest->generation > recorded_ + 1) return "the database is older than it";
    return {};
}

bool SearchIndex::load(Position& reached, std::string& why) {
    std::lock_guard writing(writing_);
    if (!lock_)
        lock_.emplace(directory_ + "/lock", "search.index.in_use",
                      "Another process has the search index open.");
    shadow_.reset();
    condemned_.clear();
    {
        std::lock_guard lock(state_);
        parts_.clear();
        is_loaded_ = false;
    }
    std::optional<Manifest> manifest;
    try {
        manifest = read_manifest(directory_, db_.keys());
        why = usable(manifest);
    } catch (const Error& e) {  // without it the index is made anew
        if (e.id() != "search.index.damaged" && !is_lost(e) && e.fault() != Fault::invalid) throw;
        why = "its manifest cannot be read";
    }
    if (!why.empty()) return false;
    clear_away(*manifest);
    std::map<std::uint32_t, Part> parts;
    std::set<std::uint32_t> pending(manifest->pending.begin(), manifest->pending.end());
    for (const auto& entry : manifest->partitions) {
        try {
            parts[entry.period] = {entry, open(entry, false, false), false};
        } catch (const Error&
                     e) {  // keys that were destroyed take the week with them; others do not go by themselves
            if (!is_lost(e)) throw;
            if (e.id() != "storage.key.destroyed") pending.insert(entry.period);
            log_warn("a week of the search index has no key", {{"period", entry.period}, {"id", e.id()}});
        }
    }
    reached_ = reached = {manifest->tx, manifest->seq};
    std::lock_guard lock(state_);
    manifest_ = std::move(*manifest);
    parts_ = std::move(parts);
    pending_ = std::move(pending);
    is_loaded_ = true;
    return true;
}

// What a crash left, and what an index that is not used any more had.
void SearchIndex::clear_away(const Manifest& manifest) {
    std::set<std::string> known{"lock", "manifest"};
    for (const auto& entry : manifest.partitions)
        for (const auto& slice : entry.slices)
            for (const auto& file : slice.files) known.insert(file.id.text());
    std::error_code ec;
    for (const auto& file : std::filesystem::directory_iterator(directory_, ec))
        if (!known.contains(file.path().filename().string())) std::filesystem::remove(file.path(), ec);
}

void SearchIndex::begin(const Position& reached, const std::set<std::uint32_t>& periods) {
    std::lock_guard writing(writing_);
    Manifest manifest;
    manifest.id = AnyId::fresh();
    recorded_ = 0;
    shadow_.reset();
    condemned_.clear();
    {
        std::lock_guard lock(state_);
        parts_.clear();
        manifest_ = manifest;
        pending_ = periods;
        manifest_.to_build = periods.size();
        is_loaded_ = true;
    }
    clear_away(manifest);
    write(reached);
}

std::shared_ptr<Partition> SearchIndex::open(const PartitionEntry& entry, bool is_new, bool is_built) {
    auto& keys = db_.keys();
    const auto data_key =
        is_new ? keys.writing(scopes::search, entry.key_day) : keys.reading(scopes::search, entry.key_day);
    const auto key = data_key->derive("search part " + std::string(text_of(entry.id.bytes())));
    return std::make_shared<Partition>(directory_, key, entry.slices, cache_,
                                       is_built ? ram_when_built : ram_when_fed);
}

// A week whose key was destroyed may come again, with what is written into it later: then under the key of
// another of its days.
PartitionEntry SearchIndex::fresh_entry(std::uint32_t period) {
    PartitionEntry entry;
    entry.period = period;
    entry.id = AnyId::fresh();
    entry.built_at = db_.now();
    const auto first = day_of(period_start(period)), next = day_of(period_start(period + 1));
    for (entry.key_day = first;; ++entry.key_day) {
        try {
            db_.keys().writing(scopes::search, entry.key_day);
            return entry;
        } catch (const Error& e) {
            if (e.id() != "storage.key.destroyed" || entry.key_day + 1 >= next) throw;
        }
    }
}

void SearchIndex::record() {
    const auto value = manifest_.id.text() + ' ' + std::to_string(manifest_.generation);
    db_.transact([&](Tx& tx) { SystemTable(tx).put(recorded_name, value); });
    recorded_ = manifest_.generation;
}

}  // namespace concordat::storage
