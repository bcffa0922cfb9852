#include "federation/wire/event.hpp"

#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::federation {
namespace {

constexpr std::size_t hex_digest = 64, longest_kind = 32;
const std::string event_domain("concordat-event-1\0", 18), seal_domain("concordat-seal-1\0", 17);

[[noreturn]] void refuse(const char* why) {
    throw Error(Fault::invalid, "federation.event", "The other side sent what is no event.", why);
}

bool is_digest(const std::string& text) {
    return text.size() == hex_digest && text.find_first_not_of("0123456789abcdef") == text.npos;
}

bool is_number(std::int64_t number, std::int64_t least) {
    return number >= least && number <= largest_number;
}

// One spelling only: what is read and written again must be the same bytes.
template <class T>
T decode(std::string_view text, const char* what) {
    if (text.size() > longest_header) refuse("it is too long");
    T out;
    try {
        out = parse_json<T>(text, what);
    } catch (const Error& e) {  // its id is for callers of the API
        refuse(e.id().c_str());
    }
    if (json_text(out) != text) refuse("it is not spelled as it must be");
    if (out.v != 1) refuse("it is of another version");
    if (out.origin.empty() || out.channel.empty()) refuse("it does not say whose it is");
    return out;
}

}  // namespace

std::string encode_header(const EventHeader& header) {
    return json_text(header);
}

EventHeader decode_header(std::string_view text) {
    auto header = decode<EventHeader>(text, "header");
    if (header.id.empty()) refuse("it has no id");
    if (!is_number(header.seq, 1) || !is_number(header.at, 0)) refuse("a number of the header is wrong");
    if (header.kind.empty() || header.kind.size() > longest_kind ||
        header.kind.find_first_not_of("abcdefghijklmnopqrstuvwxyz._") != header.kind.npos)
        refuse("the kind is wrong");
    if (!is_digest(header.prev) || !is_digest(header.body_hash)) refuse("a digest of the header is wrong");
    if (header.body_size < 0 || header.body_size > static_cast<std::int64_t>(longest_body))
        refuse("the body is too long");
    return header;
}

std::string encode_seal(const Seal& seal) {
    return json_text(seal);
}

Seal decode_seal(std::string_view text) {
    auto seal = decode<Seal>(text, "seal");
    if (!is_number(seal.first, 1) || !is_number(seal.last, seal.first) || !is_number(seal.at, 0) ||
        seal.last - seal.first >= most_in_a_seal)
        refuse("the range of the seal is wrong");
    if (!is_digest(seal.head)) refuse("the digest of the seal is wrong");
    return seal;
}

std::string event_digest(std::string_view header) {
    return std::string(storage::text_of(storage::sha256(event_domain + std::string(header))));
}

std::string sign_seal(const storage::SigningKey& key, std::string_view seal) {
    return key.sign(seal_domain + std::string(seal));
}

bool is_sealed_by(std::string_view public_key, std::string_view seal, std::string_view signature) {
    return storage::is_signed_by(public_key, seal_domain + std::string(seal), signature);
}

std::string fresh_salt() {
    return storage::base64(storage::random_bytes(16));
}

std::string Chain::append(const NewEvent& event) {
    EventHeader header;
    header.origin = origin;
    header.channel = channel;
    header.seq = next_seq;
    header.prev = hex_of(head);
    header.id = EventId::fresh(event.at);
    header.kind = event.kind;
    header.at = event.at;
    header.actor = event.actor;
    header.target = event.target;
    header.body_hash = hex_of(storage::text_of(storage::sha256(event.body)));
    header.body_size = static_cast<std::int64_t>(event.body.size());
    auto text = encode_header(header);
    head = event_digest(text);
    ++next_seq;
    return text;
}

Seal Chain::seal_from(std::int64_t first, Millis at) const {
    return {1, origin, channel, first, next_seq - 1, hex_of(head), at};
}

}  // namespace concordat::federation
