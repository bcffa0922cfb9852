// The JSON part of each frame. Members that a reader does not know are passed over; parse_json() throws
// bad_body() for values of a wrong type. Plain data.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "core/model/partner.hpp"
#include "federation/wire/frame.hpp"

namespace concordat::federation {

inline constexpr std::int64_t protocol_version = 1;

// The first frame of both sides.
struct Hello {
    std::int64_t version = protocol_version;
    OrganisationId organisation;
    std::string name;      // what it calls itself
    std::string software;  // for operators
    std::string address;   // where it listens; empty: it dials
    Millis clock = 0;
    bool is_ready = false;  // an administrator there has confirmed the pairing
    std::string proof;      // base64: a signature over this connection (binding.hpp)
    // Of whoever accepted an invitation, the first time.
    std::optional<AnyId> invitation;
    std::optional<std::string> invitation_proof;  // base64
    std::optional<bool> has_files;                // whether it knows the lane for files
    std::optional<std::string> lane;              // "files"; absent: events
    std::optional<bool> has_keys;                 // whether it knows frames of keys
    // Of an outside infrastructure, the node's first: base64 of DER; and a signature by its key
    // (binding.hpp).
    std::optional<std::vector<std::string>> certificates;
    std::optional<std::string> certificate_proof;
};
BOOST_DESCRIBE_STRUCT(Hello, (),
                      (version, organisation, name, software, address, clock, is_ready, proof, invitation,
                       invitation_proof, has_files, lane, has_keys, certificates, certificate_proof))
inline constexpr const char* lane_of_files = "files";

// The answer, once everything in the other side's hello was checked.
struct HelloOk {
    bool is_ready = false;
};
BOOST_DESCRIBE_STRUCT(HelloOk, (), (is_ready))

// All channels that the sender is home of and shares with the receiver: what is not in the list is shared no
// more. Sent after the hellos and whenever it changes.
struct SharedChannel {
    ChannelId channel;
    ShareDetails details;
};
BOOST_DESCRIBE_STRUCT(SharedChannel, (), (channel, details))
struct ShareList {
    std::vector<SharedChannel> channels;
    std::optional<bool> direct;  // the sender allows conversations with people of the receiver
};
BOOST_DESCRIBE_STRUCT(ShareList, (), (channels, direct))

// The sender does not take a conversation that it was offered; said only to who has said `direct`.
struct Declined {
    ChannelId channel;
    std::string code;
};
BOOST_DESCRIBE_STRUCT(Declined, (), (channel, code))

// All streams that the sender wants to have, and where each stands. What is not in the list is not sent.
struct Want {
    OrganisationId origin;
    ChannelId channel;
    std::int64_t next = 1;
    std::string head;  // hex: digest of the last event that is there
};
BOOST_DESCRIBE_STRUCT(Want, (), (origin, channel, next, head))
struct Wants {
    std::vector<Want> streams;
    bool again = false;  // from there on once more, whatever was sent meanwhile
};
BOOST_DESCRIBE_STRUCT(Wants, (), (streams, again))

// Keys: the second part is all keys of an organisation (key_chain.hpp). Sent before the first batch that may
// be sealed by another than the first, and whenever the sender's own have changed; to whoever knows them.
struct Keys {
    OrganisationId organisation;
};
BOOST_DESCRIBE_STRUCT(Keys, (), (organisation))

// A batch is one sealed group. Parts: seal, signature, then header and body of each event.

// What the sender has on its disk now.
struct Ack {
    OrganisationId origin;
    ChannelId channel;
    std::int64_t seq = 0;
};
BOOST_DESCRIBE_STRUCT(Ack, (), (origin, channel, seq))

// An event was taken but will not be shown. The stream goes on.
struct Refused {
    OrganisationId origin;
    ChannelId channel;
    std::int64_t seq = 0;
    std::string code;
};
BOOST_DESCRIBE_STRUCT(Refused, (), (origin, channel, seq, code))

// -- the lane for files: who wants one gives it a number that is new in this session --

// Says that `number` is this file, and asks for its bytes from `offset` up to `upto`.
struct FileWant {
    std::int64_t number = 0;
    OrganisationId origin;
    ChannelId channel;
    FileId file;  // at its origin
    std::int64_t offset = 0, upto = 0;
};
BOOST_DESCRIBE_STRUCT(FileWant, (), (number, origin, channel, file, offset, upto))

// The second part is the bytes, 1 to most_file_bytes, from `offset` on.
struct FileData {
    std::int64_t number = 0, offset = 0;
};
BOOST_DESCRIBE_STRUCT(FileData, (), (number, offset))
inline constexpr std::size_t most_file_bytes = 64 << 10;

// More of it may come: up to this offset.
struct FileCredit {
    std::int64_t number = 0, upto = 0;
};
BOOST_DESCRIBE_STRUCT(FileCredit, (), (number, upto))

// It is not wanted any more.
struct FileStop {
    std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(FileStop, (), (number))

// It does not come; "later" is the one code after which to ask again.
struct FileNo {
    std::int64_t number = 0;
    std::string code;
};
BOOST_DESCRIBE_STRUCT(FileNo, (), (number, code))

// The sender will not have it.
struct FileRefused {
    OrganisationId origin;
    ChannelId channel;
    FileId file;
    std::string code;
};
BOOST_DESCRIBE_STRUCT(FileRefused, (), (origin, channel, file, code))

struct Ping {
    Millis clock = 0;
};
BOOST_DESCRIBE_STRUCT(Ping, (), (clock))

// The last frame of a session, or what is wrong with one stream of it (`channel` is there).
struct Problem {
    std::string code;
    std::string text;  // at most 200 bytes, for operators
    OrganisationId origin;
    ChannelId channel;
};
BOOST_DESCRIBE_STRUCT(Problem, (), (code, text, origin, channel))

template <class T>
std::string frame_of(FrameType type, const T& message) {
    return encode({type, {json_text(message)}});
}

}  // namespace concordat::federation
