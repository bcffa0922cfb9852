// Other organisations, the channels shared with them, and what was said there. Plain data.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

// What may pass between this organisation and a partner.
struct PartnerPolicy {
    bool positions = false;                       // profiles say what somebody's position is
    bool read_only = false;                       // what they write is not taken
    bool files = true;                            // files pass, in both directions
    std::int64_t largest_file = 100 << 20;        // bytes
    std::vector<std::string> file_types;          // endings of names that pass; none: all
    std::vector<std::string> refused_file_types;  // endings that do not
    bool direct = false;  // people of both write to each other directly, when the partner allows it, too
    // What a channel says from before it was shared goes along: 0 nothing, -1 everything, else so many days.
    std::int64_t history_days = 0;
    bool emoji = true;  // pictures of custom emoji
};
BOOST_DESCRIBE_STRUCT(PartnerPolicy, (),
                      (positions, read_only, files, largest_file, file_types, refused_file_types, direct,
                       history_days, emoji))

// What a partner's own policy is for this organisation, as far as it told; holds while it is away.
struct PartnerTold {
    bool direct = false;
    auto operator<=>(const PartnerTold&) const = default;
};
BOOST_DESCRIBE_STRUCT(PartnerTold, (), (direct))

struct Partner {
    OrganisationId id;
    std::string name;          // what it is called here; its people are USER:NAME
    std::string display_name;  // what it calls itself
    std::string
        public_key;       // Ed25519, 32 bytes: the first it had, from which its id is made; does not change
    std::string address;  // HOST:PORT; empty: it dials
    std::string state;    // pending: paired, not confirmed here; active; suspended; revoked
    PartnerPolicy policy;
    std::string invitation;  // of the invitation that was accepted here, until it was used: its id and token
    Millis create_at = 0, confirm_at = 0, last_seen_at = 0;
    std::string reason;      // of the state
    Millis state_at = 0;     // since when
    std::string label;       // what administrators here call it; "": as it calls itself
    TeamId default_team_id;  // channels that it offers are joined into this team; empty: they wait
    UserId creator_id;       // who brought it; empty: the machine's operator
    PartnerTold told;
};

// Handed to another organisation's administrator.
struct PartnerInvitation {
    AnyId id;
    std::string name;   // what the partner will be called here
    std::string token;  // 16 bytes; proves that who comes was invited
    Millis create_at = 0, expires_at = 0;
    std::int64_t failures = 0;
    std::string label;  // these three become the partner's
    TeamId default_team_id;
    UserId creator_id;
};

struct ShareMember {
    OrganisationId id;
    std::string display_name;
    std::string public_key;  // base64; its first
};
BOOST_DESCRIBE_STRUCT(ShareMember, (), (id, display_name, public_key))

// That an organisation has another key, signed by the one before and by the new one: text as it was signed.
struct SignedKeyChange {
    std::string text, old_signature, new_signature;  // signatures of 64 bytes
    bool operator==(const SignedKeyChange&) const = default;
};

// Somebody in a conversation.
struct SharePerson {
    UserId user;
    OrganisationId organisation;
};
BOOST_DESCRIBE_STRUCT(SharePerson, (), (user, organisation))

// A shared channel, as its home says it is. One of type D or G is a conversation: between people, and for
// ever between these.
struct ShareDetails {
    std::string name, display_name, header, purpose;
    std::string type;                  // O, P, D or G
    std::vector<ShareMember> members;  // every organisation that takes part, the home included
    std::vector<SharePerson> people;   // of a conversation
    bool is_conversation() const { return type == "D" || type == "G"; }
};
BOOST_DESCRIBE_STRUCT(ShareDetails, (), (name, display_name, header, purpose, type, members, people))

struct Share {
    ChannelId channel_id;
    OrganisationId home;
    bool is_home = false;
    std::string state;  // offered, joined, ended
    Millis since = 0;
    ShareDetails details;
};

struct SharePartner {
    ChannelId channel_id;
    OrganisationId partner_id;
    std::string state;  // invited, joined, ended
    Millis since = 0;
    UserId creator_id;
    std::string reason = {};  // why it does not take a conversation; "" unless it said so
    Millis history_from = 0;  // what is older is not told to it
};

// How far a home has told what was said in a channel before it was shared: thread by thread, the oldest
// first.
struct ShareHistory {
    ChannelId channel_id;
    Millis from_at = 0;        // of the oldest root that any partner is to have
    Millis roots_upto_at = 0;  // roots from here on were told before
    Millis upto_at = 0;        // what was said from here on is told as it is said
    // The last that was told or passed over: a root, and of its replies.
    Millis root_at = 0;
    PostId root_id;
    Millis reply_at = 0;
    PostId reply_id;
    Millis done_at = 0;                    // 0: not yet
    std::int64_t told = 0, kept_back = 0;  // messages; those that rules about content keep here
};

struct Stream {
    OrganisationId origin;
    ChannelId channel_id;
    std::int64_t next_seq = 1;
    std::string head;  // 32 bytes; zeroes before the first event
    std::int64_t applied_seq = 0;
    std::string fault;
};

enum class EventState { received, applied, refused, waiting };

struct StoredEvent {
    OrganisationId origin;
    ChannelId channel_id;
    std::int64_t seq = 0;
    std::string kind;
    AnyId target;
    EventState state = EventState::received;
    std::string reason;
    Millis received_at = 0;
    std::string header, body;
    bool is_erased = false;  // the body is gone for ever
};

struct StoredSeal {
    OrganisationId origin;
    ChannelId channel_id;
    std::int64_t last_seq = 0;
    std::string seal, signature;
};

struct Cursor {
    OrganisationId partner_id, origin;
    std::int64_t acked_seq = 0;
    Millis acked_at = 0;
};

// What a partner is to have and has not acknowledged.
struct Backlog {
    std::int64_t events = 0;
    Millis oldest_at = 0;  // 0: none
};

struct Refusal {
    OrganisationId partner_id, origin;
    ChannelId channel_id;
    std::int64_t seq = 0;
    std::string code;
    Millis create_at = 0;
};

// A file of a post that another organisation wrote.
struct PartnerFile {
    FileId id;  // of the file here
    OrganisationId origin;
    ChannelId channel_id;
    FileId file_id;  // of the file at its origin
    PostId post_id;
    OrganisationId partner_id;  // who is asked for it
    std::int64_t size = 0;
    std::string name, mime_type, sha256;  // as its origin says; the digest in hex, empty when it says none
    std::string state;                    // wanted, here, refused
    std::string reason;
    AnyId blob;
    Millis create_at = 0;
    std::int64_t attempts = 0;
    Millis retry_at = 0;
};

// A file that a partner does not take, or may not have.
struct FileRefusal {
    OrganisationId partner_id, origin;
    ChannelId channel_id;
    FileId file_id;
    std::string code;
    Millis create_at = 0;
};

// `ours` and `theirs` are JSON: header, seal and signature of each.
struct Evidence {
    AnyId id;
    OrganisationId origin;
    ChannelId channel_id;
    std::int64_t seq = 0;
    Millis create_at = 0;
    std::string ours, theirs;
};

}  // namespace concordat
