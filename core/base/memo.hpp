// Memo: a bounded memory of answers that came from the database.
//
// Thread-safe. The danger of such a memory is an answer read before a change and remembered after
// it; get() therefore drops an answer when anything was forgotten while it was being fetched.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace concordat {

template <class Key, class Value, class Hash = std::hash<Key>>
class Memo {
public:
    explicit Memo(std::size_t capacity) : per_shard_(std::max<std::size_t>(1, capacity / shards)) {}

    // The remembered answer, or fetch()'s. fetch may throw; then nothing is remembered.
    template <class Fetch>
    Value get(const Key& key, Fetch fetch) {
        auto& shard = of(key);
        std::uint64_t before;
        {
            std::lock_guard lock(shard.mutex);
            if (auto at = shard.by_key.find(key); at != shard.by_key.end()) {
                shard.recent.splice(shard.recent.begin(), shard.recent, at->second);
                return at->second->second;
            }
            before = shard.forgotten;
        }
        Value value = fetch();
        std::lock_guard lock(shard.mutex);
        if (shard.forgotten == before && !shard.by_key.contains(key)) add(shard, key, value);
        return value;
    }

    std::optional<Value> find(const Key& key) {
        auto& shard = of(key);
        std::lock_guard lock(shard.mutex);
        const auto at = shard.by_key.find(key);
        if (at == shard.by_key.end()) return std::nullopt;
        shard.recent.splice(shard.recent.begin(), shard.recent, at->second);
        return at->second->second;
    }

    // For answers that carry their own proof of freshness; replaces what was remembered.
    void put(const Key& key, Value value) {
        auto& shard = of(key);
        std::lock_guard lock(shard.mutex);
        if (const auto at = shard.by_key.find(key); at != shard.by_key.end()) {
            shard.recent.erase(at->second);
            shard.by_key.erase(at);
        }
        add(shard, key, std::move(value));
    }

    void forget(const Key& key) {
        auto& shard = of(key);
        std::lock_guard lock(shard.mutex);
        ++shard.forgotten;
        if (auto at = shard.by_key.find(key); at != shard.by_key.end()) {
            shard.recent.erase(at->second);
            shard.by_key.erase(at);
        }
    }

    // Forgets every entry for which predicate(key, value) holds. Walks the whole memory.
    template <class Predicate>
    void forget_if(Predicate predicate) {
        for (auto& shard : shards_) {
            std::lock_guard lock(shard.mutex);
            ++shard.forgotten;
            for (auto at = shard.recent.begin(); at != shard.recent.end();) {
                if (predicate(at->first, at->second)) {
                    shard.by_key.erase(at->first);
                    at = shard.recent.erase(at);
                } else {
                    ++at;
                }
            }
        }
    }
    void clear() {
        forget_if([](const Key&, const Value&) { return true; });
    }

private:
    static constexpr std::size_t shards = 8;
    using Recent = std::list<std::pair<Key, Value>>;
    struct Shard {
        std::mutex mutex;
        Recent recent;
        std::unordered_map<Key, typename Recent::iterator, Hash> by_key;
        std::uint64_t forgotten = 0;
    };
    void add(Shard& shard, const Key& key, Value value) {
        shard.recent.emplace_front(key, std::move(value));
        shard.by_key[key] = shard.recent.begin();
        if (shard.recent.size() > per_shard_) {
            shard.by_key.erase(shard.recent.back().first);
            shard.recent.pop_back();
        }
    }
    Shard& of(const Key& key) { return shards_[(Hash()(key) >> 7) % shards]; }

    std::size_t per_shard_;
    std::array<Shard, shards> shards_;
};

}  // namespace concordat
