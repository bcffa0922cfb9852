// Events and seals: what an organisation says in a shared channel, so that nobody can change, cut or re-order
// it on the way.
//
// An event is a header and a body. Headers are chained by SHA-256, and the last of a group is sealed with the
// organisation's Ed25519 key; a header names the digest of its body, so bodies can be erased and the chain
// still holds. What is hashed and signed are the bytes as they came: a header has one spelling only (members
// in the order below, no spaces), and decode() refuses every other.
//
// Pure functions, thread-safe. decode_* throw Error (invalid, "federation.event").
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/partner.hpp"
#include "core/model/post.hpp"
#include "storage/crypto/signing.hpp"

namespace concordat::federation {

inline constexpr std::size_t longest_header = 1024;
inline constexpr std::size_t longest_body = 1 << 20;
inline constexpr std::int64_t largest_number = (std::int64_t{1} << 53) - 1;  // exact in every JSON reader
inline constexpr std::int64_t most_in_a_seal = 256;                          // events
inline constexpr std::size_t most_bytes_in_a_seal = 2 << 20;                 // of bodies

struct EventHeader {
    std::int64_t v = 1;
    OrganisationId origin;
    ChannelId channel;
    std::int64_t seq = 0;  // from 1, without gaps, for each origin and channel
    std::string prev;      // digest of the header before, in hex; zeroes for the first
    EventId id;
    std::string kind;  // 1 to 32 of a-z, . and _
    Millis at = 0;
    UserId actor;  // of the origin
    AnyId target;  // what must be there first: a post, for a reply its root; empty: nothing
    std::string body_hash;
    std::int64_t body_size = 0;
};
BOOST_DESCRIBE_STRUCT(EventHeader, (),
                      (v, origin, channel, seq, prev, id, kind, at, actor, target, body_hash, body_size))

struct Seal {
    std::int64_t v = 1;
    OrganisationId origin;
    ChannelId channel;
    std::int64_t first = 0, last = 0;
    std::string head;  // digest of the header of `last`, in hex
    Millis at = 0;
};
BOOST_DESCRIBE_STRUCT(Seal, (), (v, origin, channel, first, last, head, at))

std::string encode_header(const EventHeader& header);
EventHeader decode_header(std::string_view text);
std::string encode_seal(const Seal& seal);
Seal decode_seal(std::string_view text);

// 32 bytes.
std::string event_digest(std::string_view header);
std::string sign_seal(const storage::SigningKey& key, std::string_view seal);
bool is_sealed_by(std::string_view public_key, std::string_view seal, std::string_view signature);

// The kinds, and what their bodies hold. A body is JSON; members that a reader does not know are kept and
// passed over. `salt` keeps the digest of a short text from being guessed after the text was erased.
namespace kinds {
inline constexpr const char* post_create = "post.create";
inline constexpr const char* post_edit = "post.edit";
inline constexpr const char* post_history = "post.history";  // what was said before the channel was shared
inline constexpr const char* post_delete = "post.delete";
inline constexpr const char* react_set = "react.set";
inline constexpr const char* react_clear = "react.clear";
inline constexpr const char* ack_set = "ack.set";
inline constexpr const char* ack_clear = "ack.clear";
inline constexpr const char* pin_set = "pin.set";
inline constexpr const char* pin_clear = "pin.clear";
inline constexpr const char* emoji_set = "emoji.set";
inline constexpr const char* emoji_clear = "emoji.clear";
inline constexpr const char* user_upsert = "user.upsert";
inline constexpr const char* member_join = "member.join";
inline constexpr const char* member_leave = "member.leave";
inline constexpr const char* channel_update = "channel.update";    // the home only
inline constexpr const char* moderate_delete = "moderate.delete";  // the home only
inline constexpr const char* moderate_remove =
    "moderate.remove";  // the home only: a person, from the channel
}  // namespace kinds

struct AttachedFile {
    std::string name, mime_type;
    std::int64_t size = 0;
    std::optional<FileId> file;          // at its origin; absent: nobody gets it
    std::optional<std::string> sha256;   // of its bytes, 64 hexadecimal digits
    std::optional<std::string> refused;  // by the origin's policy, and why; nothing else is told of it then
};
BOOST_DESCRIBE_STRUCT(AttachedFile, (), (name, mime_type, size, file, sha256, refused))

// A word `:as:` of a text is a custom emoji of an organisation, `name` there.
struct EmojiUse {
    std::string as, name;
    OrganisationId of;
};
BOOST_DESCRIBE_STRUCT(EmojiUse, (), (as, name, of))
inline constexpr std::size_t most_emoji_in_a_post = 100;

// What became of a post before the channel was shared; of people of the origin.
struct PastReaction {
    UserId user;
    std::string emoji;
    Millis at = 0;
    std::optional<OrganisationId> of;  // as of MarkBody
};
BOOST_DESCRIBE_STRUCT(PastReaction, (), (user, emoji, at, of))
struct PostPast {
    Millis edit_at = 0;
    bool is_pinned = false;
    std::vector<PastReaction> reactions;  // at most most_past_reactions
};
BOOST_DESCRIBE_STRUCT(PostPast, (), (edit_at, is_pinned, reactions))
inline constexpr std::size_t most_past_reactions = 1000;

struct PostBody {  // post.create, post.edit, post.history
    std::string salt;
    PostId post;
    PostId root;
    std::string type, message;
    json::object props;
    Millis create_at = 0;
    std::optional<PostPriority> priority;
    std::vector<UserId> mentions;  // people of other organisations whom the text names
    std::vector<AttachedFile> files;
    std::optional<PostPast> past;  // of post.history
    std::optional<std::vector<EmojiUse>> emoji;
};
BOOST_DESCRIBE_STRUCT(PostBody, (),
                      (salt, post, root, type, message, props, create_at, priority, mentions, files, past,
                       emoji))

struct MarkBody {  // react.*, ack.*, pin.*, post.delete, moderate.*, member.*
    std::string salt;
    std::optional<std::string> emoji;
    std::optional<OrganisationId> of = {};  // whose custom emoji it is; absent: everybody's
};
BOOST_DESCRIBE_STRUCT(MarkBody, (), (salt, emoji, of))

struct EmojiBody {  // emoji.set; of emoji.clear only `emoji`
    std::string salt;
    EmojiId emoji;  // at the origin
    std::string name;
    std::optional<std::string> picture;  // base64: a PNG or GIF of at most 512 KiB
    std::optional<std::string> refused;  // why there is none
};
BOOST_DESCRIBE_STRUCT(EmojiBody, (), (salt, emoji, name, picture, refused))

struct UserBody {
    std::string salt;
    UserId user;
    std::string username, first_name, last_name, nickname;
    std::optional<std::string> position;
    bool is_bot = false;
};
BOOST_DESCRIBE_STRUCT(UserBody, (), (salt, user, username, first_name, last_name, nickname, position, is_bot))

struct ChannelBody {
    std::string salt;
    std::string display_name, header, purpose;
};
BOOST_DESCRIBE_STRUCT(ChannelBody, (), (salt, display_name, header, purpose))

// 128 random bits.
std::string fresh_salt();

// What is to be said next; everything else of its header follows from the chain.
struct NewEvent {
    std::string kind;
    UserId actor;
    AnyId target;
    Millis at = 0;
    std::string body;
};

// Where the stream of an origin in a channel stands. Belongs to one thread.
struct Chain {
    OrganisationId origin;
    ChannelId channel;
    std::int64_t next_seq = 1;
    std::string head = std::string(32, '\0');  // digest of the header before next_seq

    // Says it, and moves on; the header's text.
    std::string append(const NewEvent& event);
    // Over the events from `first` to the last one.
    Seal seal_from(std::int64_t first, Millis at) const;
};

}  // namespace concordat::federation
