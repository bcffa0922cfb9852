#include "compliance/verify/evidence_check.hpp"

#include <boost/describe.hpp>

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "federation/wire/binding.hpp"
#include "federation/wire/event.hpp"
#include "federation/wire/key_chain.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::compliance {
namespace {

struct History {
    std::vector<std::string> headers;
    std::string seal, signature;
};
BOOST_DESCRIBE_STRUCT(History, (), (headers, seal, signature))

struct EvidenceFile {
    OrganisationId origin;
    std::string public_key;           // its first
    std::optional<std::string> keys;  // all, as key_chain.hpp writes them, in base64
    ChannelId channel;
    History one, other;
};
BOOST_DESCRIBE_STRUCT(EvidenceFile, (), (origin, public_key, keys, channel, one, other))

[[noreturn]] void object(const std::string& why) {
    throw Error(Fault::invalid, "verify.evidence", why);
}

// The first header, of a history that one of the keys has sealed while it counted.
federation::EventHeader first_of(const EvidenceFile& file, const History& history, const std::string& which,
                                 const federation::KeyChain& keys) {
    if (history.headers.empty()) object(which + " history has no headers");
    const auto seal = federation::decode_seal(history.seal);
    const auto first = federation::decode_header(history.headers[0]);
    auto seq = first.seq;
    std::string digest;
    for (const auto& text : history.headers) {
        const auto header = federation::decode_header(text);
        if (header.origin != file.origin || header.channel != file.channel || header.seq != seq++)
            object(which + " history is not of one stream, in its order");
        if (!digest.empty() && header.prev != hex_of(digest)) object(which + " history is no chain");
        digest = federation::event_digest(text);
    }
    if (seal.origin != file.origin || seal.channel != file.channel || seal.last != seq - 1 ||
        seal.head != hex_of(digest))
        object("the seal of the " + which + " history is over something else");
    if (!keys.has_sealed(history.seal, seal.at, storage::from_base64(history.signature).value_or("")))
        object("the " + which + " history is not signed by the organisation");
    return first;
}

}  // namespace

CheckedEvidence check_evidence(std::string_view text) {
    CheckedEvidence out;
    try {
        const auto file = parse_json<EvidenceFile>(text, "evidence");
        out.organisation = file.origin.text();
        out.channel = file.channel.text();
        const auto key = storage::from_base64(file.public_key).value_or("");
        if (key.size() != storage::public_key_size || federation::organisation_of(key) != file.origin)
            object("the public key is not that of the organisation");
        const auto keys = file.keys
                              ? federation::KeyChain::decode(storage::from_base64(*file.keys).value_or(""))
                              : federation::KeyChain(key);
        if (keys.first_key() != key) object("the keys are not those of the organisation");
        const auto one = first_of(file, file.one, "first", keys);
        const auto other = first_of(file, file.other, "second", keys);
        out.seq = one.seq;
        const auto digest = federation::event_digest(file.one.headers[0]);
        const bool is_other_event =
            other.seq == one.seq && federation::event_digest(file.other.headers[0]) != digest;
        const bool is_other_past = other.seq == one.seq + 1 && other.prev != hex_of(digest);
        if (!is_other_event && !is_other_past) object("the two histories do not contradict each other");
    } catch (const Error& e) {  // a finding like any other
        out.findings.push_back(e.text().empty() ? e.id() : e.text());
        if (!e.detail().empty()) out.findings.back() += " (" + e.detail() + ")";
    }
    return out;
}

}  // namespace concordat::compliance
