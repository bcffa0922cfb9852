// Typed identifiers: a PostId cannot be passed where a UserId is wanted.
//
// 16 bytes in memory and in the database (uuid), 26 characters on the wire: base32 with the
// alphabet official clients use, no padding. New ids are time-ordered (RFC 9562, UUID version 7),
// so rows written together lie together. The empty id is 16 zero bytes and "" on the wire.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include "core/base/clock.hpp"

namespace concordat {

using IdBytes = std::array<std::uint8_t, 16>;

// 26 letters and digits, whether or not they decode.
bool looks_like_id(std::string_view text);
std::string id_text(const IdBytes& bytes);
// Any 26 letters or digits are well-formed for clients, but only some are ids we could have made.
// The others get bytes that no new id can have, so they are simply never found. "" is the empty
// id. Throws Error (invalid, "api.context.invalid_url_param.app_error") on anything else.
IdBytes id_bytes(std::string_view text);
IdBytes new_id_bytes(Millis now);
std::string uuid_text(const IdBytes& bytes);  // 8-4-4-4-12, as PostgreSQL prints it
IdBytes uuid_bytes(std::string_view text);    // its inverse
// 26 characters of 130 random bits in the same alphabet: sessions, invitations, hooks.
std::string new_token();

template <class Of>
class Id {
public:
    Id() = default;
    explicit Id(const IdBytes& bytes) : bytes_(bytes) {}
    static Id fresh(Millis now = wall_clock()) { return Id(new_id_bytes(now)); }
    static Id from_text(std::string_view text) { return Id(id_bytes(text)); }
    std::string text() const { return empty() ? std::string() : id_text(bytes_); }
    std::string uuid() const { return uuid_text(bytes_); }
    const IdBytes& bytes() const noexcept { return bytes_; }
    bool empty() const noexcept { return bytes_ == IdBytes{}; }
    auto operator<=>(const Id&) const = default;

private:
    IdBytes bytes_{};
};

using UserId = Id<struct UserTag>;
using TeamId = Id<struct TeamTag>;
using ChannelId = Id<struct ChannelTag>;
using PostId = Id<struct PostTag>;
using FileId = Id<struct FileTag>;
using EmojiId = Id<struct EmojiTag>;
using SessionId = Id<struct SessionTag>;
using RoleId = Id<struct RoleTag>;
using SchemeId = Id<struct SchemeTag>;
using CategoryId = Id<struct CategoryTag>;
using UploadId = Id<struct UploadTag>;
using ConnectionId = Id<struct ConnectionTag>;
using DecisionId = Id<struct DecisionTag>;
using GroupId = Id<struct GroupTag>;
using SchemeId = Id<struct SchemeTag>;
using TokenId = Id<struct TokenTag>;  // of an access token: what names it, not the secret
using OAuthAppId = Id<struct OAuthAppTag>;
using OAuthTokenId = Id<struct OAuthTokenTag>;
using TermsId = Id<struct TermsTag>;
using ProfileFieldId = Id<struct ProfileFieldTag>;
using PasskeyId = Id<struct PasskeyTag>;
using OrganisationId = Id<struct OrganisationTag>;  // the first bytes of its key's digest
using EventId = Id<struct EventTag>;                // of a federation's stream
using AnyId = Id<struct AnyTag>;

// The same bytes as another type: a thread is named by its root post, a channel keys its data.
template <class To, class Of>
To id_as(const Id<Of>& id) {
    return To(id.bytes());
}

}  // namespace concordat

template <class Of>
struct std::hash<concordat::Id<Of>> {
    std::size_t operator()(const concordat::Id<Of>& id) const noexcept {
        std::uint64_t a, b;
        std::memcpy(&a, id.bytes().data(), 8);
        std::memcpy(&b, id.bytes().data() + 8, 8);
        const auto mixed = (a ^ b) * 0x9E3779B97F4A7C15ull;
        return mixed ^ mixed >> 32;  // the low bits alone hold too few of the random ones
    }
};
