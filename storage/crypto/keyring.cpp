#include "storage/crypto/keyring.hpp"

#include <algorithm>
#include <mutex>

#include "core/base/error.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/key_store.hpp"

namespace concordat::storage {
namespace {

FileLock lock_store(const std::string& path) {
    return FileLock(path + ".lock", "storage.key_store.in_use", "Another process uses the key store.");
}

Error wrong_master(const std::string& path) {
    return {Fault::invalid, "storage.master_key.wrong",
            "The master key is not the one of the key store " + path + "; nothing was opened.", path};
}

std::string associated(const BucketId& bucket, const IdBytes& scope, std::uint32_t day) {
    std::string out = "data key";
    out += text_of(bucket.bytes());
    out += text_of(scope);
    std::uint8_t number[4];
    put_u32(number, day);
    out += text_of(number);
    return out;
}

std::string week_detail(const BucketStatus& bucket) {
    return "bucket " + bucket.id.text() + ", " + bucket.data_class + ", week " +
           std::to_string(bucket.period);
}

}  // namespace

bool Keyring::exists(const std::string& path) {
    return file_exists(path);
}

std::optional<PassphraseRecipe> Keyring::recipe_of(const std::string& path) {
    return read_key_store(path).recipe;
}

bool Keyring::fits(const std::string& path, const MasterKey& master) {
    return is_key_of(read_key_store(path), master.secret());
}

void Keyring::create(const std::string& path, const MasterKey& master, Millis now) {
    const auto lock = lock_store(path);
    if (file_exists(path))
        throw Error(Fault::conflict, "storage.key_store.exists", "There already is a key store " + path + ".",
                    path);
    KeyStore store;
    store.id = AnyId::fresh(now);
    store.written_at = now;
    store.recipe = master.recipe();
    write_key_store(store, master.secret(), path);
}

Keyring::Keyring(std::string path, const MasterKey& master, Clock clock)
    : path_(std::move(path)),
      clock_(std::move(clock)),
      lock_(lock_store(path_)),
      master_(master.secret().clone()) {
    remove_file(path_ + ".new");  // a change that a crash kept from being made
    store_ = std::make_unique<KeyStore>(read_key_store(path_));
    if (!is_key_of(*store_, master_)) throw wrong_master(path_);
    authenticate(*store_, master_, path_);
    for (const auto& bucket : store_->buckets)
        if (bucket.state == BucketState::live)
            keys_.emplace(bucket.id, unwrap_bucket(*store_, master_, bucket, path_));
}

Keyring::~Keyring() = default;

BucketId Keyring::bucket_for(std::string_view data_class, std::uint32_t day) {
    const auto period = week_of_day(day);
    {
        std::shared_lock lock(mutex_);
        if (const auto* bucket = store_->current(data_class, period)) return bucket->id;
    }
    std::unique_lock lock(mutex_);
    if (const auto* bucket = store_->current(data_class, period)) return bucket->id;
    KeyStore next = *store_;
    std::unordered_map<BucketId, Secret> made;
    const auto id = add_bucket(next, data_class, period, made);
    commit(std::move(next));
    keys_.merge(made);
    return id;
}

std::string Keyring::wrap(const BucketId& bucket, const Secret& data_key, const IdBytes& scope,
                          std::uint32_t day) const {
    std::shared_lock lock(mutex_);
    return wrap_key(key_of(bucket), associated(bucket, scope, day), data_key);
}

Secret Keyring::unwrap(const BucketId& bucket, std::string_view wrapped, const IdBytes& scope,
                       std::uint32_t day) const {
    std::shared_lock lock(mutex_);
    auto key = unwrap_key(key_of(bucket), associated(bucket, scope, day), wrapped);
    if (!key)
        throw Error(Fault::internal, "storage.key.damaged", "A stored key is damaged.",
                    "data key of scope " + id_text(scope) + ", day " + std::to_string(day) + " in bucket " +
                        bucket.text());
    return *std::move(key);
}

std::string Keyring::rewrap(const BucketId& from, std::string_view wrapped, const BucketId& to,
                            const IdBytes& scope, std::uint32_t day) const {
    return wrap(to, unwrap(from, wrapped, scope, day), scope, day);
}

void Keyring::destroy(const std::vector<BucketId>& buckets) {
    std::unique_lock lock(mutex_);
    end(buckets, BucketState::destroyed);
}

void Keyring::rotate_master(const MasterKey& master) {
    std::unique_lock lock(mutex_);
    KeyStore next = *store_;
    for (auto& bucket : next.buckets)
        if (bucket.state == BucketState::live)
            bucket.wrapped = wrap_bucket(next, master.secret(), bucket, keys_.at(bucket.id));
    next.recipe = master.recipe();
    auto old = std::exchange(master_, master.secret().clone());
    try {
        commit(std::move(next));
    } catch (...) {  // the file still belongs to the old key
        master_ = std::move(old);
        throw;
    }
}

bool Keyring::is_opened_by(const MasterKey& master) const {
    std::shared_lock lock(mutex_);
    return master.secret() == master_;
}

std::uint32_t Keyring::start_generation() {
    std::unique_lock lock(mutex_);
    KeyStore next = *store_;
    ++next.generation;
    std::unordered_map<BucketId, Secret> made;
    for (const auto& bucket : store_->buckets)
        if (bucket.state == BucketState::live && !next.current(bucket.data_class, bucket.period))
            add_bucket(next, bucket.data_class, bucket.period, made);
    commit(std::move(next));
    keys_.merge(made);
    return store_->generation;
}

std::uint32_t Keyring::generation() const {
    std::shared_lock lock(mutex_);
    return store_->generation;
}

std::vector<BucketId> Keyring::outdated() const {
    std::shared_lock lock(mutex_);
    std::vector<BucketId> out;
    for (const auto& bucket : store_->buckets)
        if (bucket.state == BucketState::live && bucket.generation < store_->generation)
            out.push_back(bucket.id);
    return out;
}

BucketId Keyring::successor(const BucketId& bucket) {
    BucketStatus of;
    {
        std::shared_lock lock(mutex_);
        key_of(bucket);
        of = *store_->find(bucket);
        if (of.generation == store_->generation) return bucket;
    }
    const auto day = of.period == 0 ? 0 : of.period * 7 - 3;  // the Monday of that week
    return bucket_for(of.data_class, day);
}

void Keyring::retire(const std::vector<BucketId>& buckets) {
    std::unique_lock lock(mutex_);
    for (const auto& id : buckets) {
        const auto* bucket = store_->find(id);
        if (bucket && bucket->state == BucketState::live && bucket->generation == store_->generation)
            throw Error(Fault::conflict, "storage.key.current", "A key that is in use cannot be retired.",
                        week_detail(*bucket));
    }
    end(buckets, BucketState::retired);
}

std::vector<BucketStatus> Keyring::status() const {
    std::shared_lock lock(mutex_);
    return {store_->buckets.begin(), store_->buckets.end()};
}

std::uint64_t Keyring::revision() const {
    std::shared_lock lock(mutex_);
    return store_->revision;
}

void Keyring::refuse_restored(const std::vector<BucketId>& destroyed) const {
    std::shared_lock lock(mutex_);
    for (const auto& id : destroyed)
        if (keys_.contains(id))
            throw Error(Fault::internal, "storage.key_store.restored",
                        "The key store " + path_ +
                            " holds a key that has been destroyed; it was restored from an old copy.",
                        week_detail(*store_->find(id)));
}

const Secret& Keyring::key_of(const BucketId& bucket) const {
    const auto it = keys_.find(bucket);
    if (it != keys_.end()) return it->second;
    if (const auto* gone = store_->find(bucket))
        throw Error(Fault::not_found, "storage.key.destroyed", "This content has been destroyed.",
                    week_detail(*gone));
    throw Error(Fault::internal, "storage.key.unknown", "A key is missing from the key store.",
                "bucket " + bucket.text() + " in " + path_);
}

BucketId Keyring::add_bucket(KeyStore& store, std::string_view data_class, std::uint32_t period,
                             std::unordered_map<BucketId, Secret>& made) const {
    StoredBucket bucket;
    bucket.created_at = clock_();
    bucket.id = BucketId::fresh(bucket.created_at);
    bucket.data_class = data_class;
    bucket.period = period;
    bucket.generation = store.generation;
    auto key = Secret::random();
    bucket.wrapped = wrap_bucket(store, master_, bucket, key);
    made.emplace(bucket.id, std::move(key));
    store.buckets.push_back(bucket);
    return bucket.id;
}

void Keyring::end(const std::vector<BucketId>& buckets, BucketState state) {
    KeyStore next = *store_;
    const auto now = clock_();
    for (const auto& id : buckets) {
        auto* bucket = next.find(id);
        if (!bucket)
            throw Error(Fault::internal, "storage.key.unknown", "A key is missing from the key store.",
                        "bucket " + id.text());
        if (bucket->state != BucketState::live) continue;
        bucket->state = state;
        bucket->ended_at = now;
        bucket->wrapped.clear();
    }
    commit(std::move(next));
    for (const auto& id : buckets) keys_.erase(id);
}

void Keyring::commit(KeyStore next) {
    ++next.revision;
    next.written_at = clock_();
    write_key_store(next, master_, path_);
    *store_ = std::move(next);
}

}  // namespace concordat::storage
