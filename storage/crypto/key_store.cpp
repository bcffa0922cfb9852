#include "storage/crypto/key_store.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/gcm.hpp"

namespace concordat::storage {
namespace {

constexpr std::size_t longest_store = 64 * 1024 * 1024;
constexpr char wrap_format = 1;
constexpr std::size_t wrapped_size = 1 + gcm_overhead + Secret::size;

std::string purpose(const char* name, const KeyStore& store) {
    return std::string("concordat key store 1 ") + name + std::string(text_of(store.id.bytes()));
}

std::string check_of(const KeyStore& store, const Secret& master) {
    return hex_of(hkdf_expand(HmacKey(master), purpose("check", store), 16));
}

std::string mac_of(KeyStore store, const Secret& master) {
    store.mac.clear();
    const HmacKey key(hkdf_key(HmacKey(master), purpose("mac", store)));
    Digest mac;
    key.mac(json_text(store), mac.data());
    return hex_of(text_of(mac));
}

Secret wrapping_key(const KeyStore& store, const Secret& master) {
    return hkdf_key(HmacKey(master), purpose("wrap", store));
}

std::string associated(const BucketStatus& bucket) {
    std::string out = "bucket ";
    out += text_of(bucket.id.bytes());
    out += bucket.data_class + " " + std::to_string(bucket.period) + " " + std::to_string(bucket.generation);
    return out;
}

Error damaged(const std::string& path, const char* why) {
    return {Fault::internal, "storage.key_store.damaged",
            "The key store " + path + " is damaged: " + why + ".", path};
}

}  // namespace

StoredBucket* KeyStore::find(const BucketId& bucket) {
    const auto it =
        std::find_if(buckets.begin(), buckets.end(), [&](const auto& b) { return b.id == bucket; });
    return it == buckets.end() ? nullptr : &*it;
}

const StoredBucket* KeyStore::current(std::string_view data_class, std::uint32_t period) const {
    const auto it = std::find_if(buckets.begin(), buckets.end(), [&](const auto& b) {
        return b.state == BucketState::live && b.generation == generation && b.period == period &&
               b.data_class == data_class;
    });
    return it == buckets.end() ? nullptr : &*it;
}

KeyStore read_key_store(const std::string& path) {
    const auto text = read_file(path, longest_store);
    if (!text)
        throw Error(Fault::internal, "storage.key_store.missing", "There is no key store " + path + ".",
                    path);
    KeyStore store;
    try {
        store = parse_json<KeyStore>(*text);
    } catch (const Error&) {  // says "request body", which would mislead
        throw damaged(path, "it cannot be parsed");
    }
    if (store.version != KeyStore{}.version)
        throw damaged(path, "it was written by another version of the server");
    return store;
}

bool is_key_of(const KeyStore& store, const Secret& master) {
    return constant_time_equal(store.check, check_of(store, master));
}

void authenticate(const KeyStore& store, const Secret& master, const std::string& path) {
    if (!constant_time_equal(store.mac, mac_of(store, master)))
        throw damaged(path, "something other than the server changed it");
}

void write_key_store(KeyStore& store, const Secret& master, const std::string& path) {
    store.check = check_of(store, master);
    store.mac = mac_of(store, master);
    replace_file(path, json_text(store) + "\n");
}

std::string wrap_bucket(const KeyStore& store, const Secret& master, const BucketStatus& bucket,
                        const Secret& key) {
    return base64(wrap_key(wrapping_key(store, master), associated(bucket), key));
}

Secret unwrap_bucket(const KeyStore& store, const Secret& master, const StoredBucket& bucket,
                     const std::string& path) {
    auto key =
        unwrap_key(wrapping_key(store, master), associated(bucket), from_base64(bucket.wrapped).value_or(""));
    if (!key) throw damaged(path, "a bucket key does not unwrap");
    return *std::move(key);
}

std::string wrap_key(const Secret& by, std::string_view associated, const Secret& key) {
    const auto nonce = fresh_nonce();
    std::string out(wrapped_size, wrap_format);
    std::memcpy(&out[1], nonce.data(), nonce.size());
    gcm_seal(by.data(), nonce, associated, text_of(key.bytes()),
             reinterpret_cast<std::uint8_t*>(&out[1 + nonce.size()]));
    return out;
}

std::optional<Secret> unwrap_key(const Secret& by, std::string_view associated, std::string_view wrapped) {
    if (wrapped.size() != wrapped_size || wrapped[0] != wrap_format) return std::nullopt;
    Nonce nonce;
    std::memcpy(nonce.data(), &wrapped[1], nonce.size());
    Secret key;
    if (!gcm_open(by.data(), nonce, associated, wrapped.substr(1 + nonce.size()), key.writable().data()))
        return std::nullopt;
    return key;
}

}  // namespace concordat::storage
