// Sealing: how a field of a row is encrypted.
//
// A data key is random and belongs to one scope (a channel, the accounts, ...) and one day. From it
// comes a key for each record, so no two records share an AES key. A sealed text carries the
// day, so that the data key can be found again, and is bound to its place: moved to another row,
// another column or another version of the row, it no longer opens.
//
//   sealed text = format (1) | day (4) | nonce (12) | ciphertext | tag (16)
//
// Thread-safe; no I/O; about a microsecond for a message.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/model/ids.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/secret.hpp"

namespace concordat::storage {

// What is sealed. The numbers are part of every sealed text: never change or reuse one.
enum Kind : std::uint8_t {
    post = 1,
    post_history = 2,
    draft = 3,
    file = 4,
    file_name = 5,
    thumbnail = 6,
    preview = 7,
    fact = 8,
    user_secret = 9,
    user_profile = 10,
    preference = 11,
    hook = 12,
    config = 13,
    channel_text = 14,
    category = 15,
    emoji_image = 16,
    profile_image = 17,
    upload = 18,
    session = 19,
    team_text = 20,
    team_icon = 21,
    scheduled_post = 22,
    audit = 23,
    export_file = 24,
    brand_image = 25,
    factor_secret = 26,
    federation_event = 27,
    federation_secret = 28,
    file_text = 29,
    passkey = 30
};
// "post", "post_history", ...; "kind 200" for a number without a name.
std::string kind_name(std::uint8_t kind);

// Where a sealed text belongs.
struct Place {
    std::uint8_t kind = 0;
    IdBytes scope{};
    IdBytes record{};
    std::int64_t version = 0;
};

// An unwrapped data key, prepared for deriving many record keys. May be shared by threads.
class DataKey {
public:
    explicit DataKey(const Secret& key) : hmac_(key) {}
    // A key for a purpose that seal() does not cover. `info` is at least 40 bytes or at most 30, so that
    // it is never that of a record.
    Secret derive(std::string_view info) const;
    // HKDF-Expand(key, kind | scope | record): writes 32 bytes, which the caller wipes.
    void record_key(const Place& place, std::uint8_t* out) const;

private:
    HmacKey hmac_;
};

// `day` is the one `key` was made for: days since 1970-01-01, UTC.
std::string seal(const DataKey& key, std::uint32_t day, const Place& place, std::string_view plain);
// Throws Error (internal, "storage.sealed.damaged") unless `sealed` was made by seal() with this key
// for this place, and is unchanged.
std::string open(const DataKey& key, const Place& place, std::string_view sealed);
// The day whose data key opens `sealed`. Not yet authenticated: open() does that. Throws Error
// (internal, "storage.sealed.damaged") when it cannot be a sealed text at all.
std::uint32_t day_of_sealed(std::string_view sealed);

// Bytes that sealing adds.
inline constexpr std::size_t seal_overhead = 1 + 4 + 12 + 16;

}  // namespace concordat::storage
