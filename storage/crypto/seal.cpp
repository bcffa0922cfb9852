#include "storage/crypto/seal.hpp"

#include <cassert>
#include <cstring>

#include "core/base/error.hpp"
#include "storage/crypto/gcm.hpp"

namespace concordat::storage {
namespace {

constexpr std::uint8_t format = 1;
constexpr std::size_t day_at = 1, nonce_at = 5, text_at = 17;
static_assert(text_at + gcm_tag_size == seal_overhead);

// format | day | kind | scope | record | version
std::array<std::uint8_t, 46> associated_data(std::uint32_t day, const Place& place) {
    std::array<std::uint8_t, 46> out;
    out[0] = format;
    put_u32(&out[1], day);
    out[5] = place.kind;
    std::memcpy(&out[6], place.scope.data(), 16);
    std::memcpy(&out[22], place.record.data(), 16);
    put_u64(&out[38], static_cast<std::uint64_t>(place.version));
    return out;
}

// A record key that is gone when it leaves the scope, whatever happens.
struct RecordKey {
    std::uint8_t bytes[Secret::size];
    RecordKey(const DataKey& key, const Place& place) { key.record_key(place, bytes); }
    ~RecordKey() { wipe(bytes, sizeof bytes); }
};

[[noreturn]] void damaged(const char* why, const Place* place = nullptr) {
    std::string detail = why;
    if (place) detail += ", " + kind_name(place->kind) + " " + id_text(place->record);
    throw Error(Fault::internal, "storage.sealed.damaged", "Stored data is damaged and cannot be read.",
                std::move(detail));
}

}  // namespace

std::string kind_name(std::uint8_t kind) {
    static constexpr const char* names[] = {"",
                                            "post",
                                            "post_history",
                                            "draft",
                                            "file",
                                            "file_name",
                                            "thumbnail",
                                            "preview",
                                            "fact",
                                            "user_secret",
                                            "user_profile",
                                            "preference",
                                            "hook",
                                            "config",
                                            "channel_text",
                                            "category",
                                            "emoji_image",
                                            "profile_image",
                                            "upload",
                                            "session",
                                            "team_text",
                                            "team_icon",
                                            "scheduled_post",
                                            "audit",
                                            "export_file",
                                            "brand_image",
                                            "factor_secret",
                                            "federation_event",
                                            "federation_secret",
                                            "file_text",
                                            "passkey"};
    static_assert(std::size(names) == passkey + 1);
    return kind > 0 && kind < std::size(names) ? names[kind] : "kind " + std::to_string(kind);
}

Secret DataKey::derive(std::string_view info) const {
    assert(info.size() <= 30 || info.size() >= 40);
    return hkdf_key(hmac_, info);
}

void DataKey::record_key(const Place& place, std::uint8_t* out) const {
    std::array<std::uint8_t, 34> info;  // the last byte is HKDF's block counter
    info[0] = place.kind;
    std::memcpy(&info[1], place.scope.data(), 16);
    std::memcpy(&info[17], place.record.data(), 16);
    info[33] = 1;
    hmac_.mac(text_of(info), out);
}

std::string seal(const DataKey& key, std::uint32_t day, const Place& place, std::string_view plain) {
    const RecordKey record(key, place);
    const auto nonce = fresh_nonce();
    std::string out(plain.size() + seal_overhead, '\0');
    auto* bytes = reinterpret_cast<std::uint8_t*>(out.data());
    bytes[0] = format;
    put_u32(bytes + day_at, day);
    std::memcpy(bytes + nonce_at, nonce.data(), nonce.size());
    gcm_seal(record.bytes, nonce, text_of(associated_data(day, place)), plain, bytes + text_at);
    return out;
}

std::string open(const DataKey& key, const Place& place, std::string_view sealed) {
    if (sealed.size() < seal_overhead) damaged("too short", &place);
    if (static_cast<std::uint8_t>(sealed[0]) != format) damaged("unknown format", &place);
    const RecordKey record(key, place);
    Nonce nonce;
    std::memcpy(nonce.data(), sealed.data() + nonce_at, nonce.size());
    std::string out(sealed.size() - seal_overhead, '\0');
    const auto associated = associated_data(get_u32(sealed.data() + day_at), place);
    if (!gcm_open(record.bytes, nonce, text_of(associated), sealed.substr(text_at),
                  reinterpret_cast<std::uint8_t*>(out.data())))
        damaged("not what was sealed", &place);
    return out;
}

std::uint32_t day_of_sealed(std::string_view sealed) {
    if (sealed.size() < seal_overhead) damaged("too short");
    if (static_cast<std::uint8_t>(sealed[0]) != format) damaged("unknown format");
    return get_u32(sealed.data() + day_at);
}

}  // namespace concordat::storage
