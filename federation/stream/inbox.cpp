#include "federation/stream/inbox.hpp"

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "federation/trust/known_keys.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/tables/federation.hpp"

namespace concordat::federation {
namespace {

[[noreturn]] void refuse(const char* why) {
    throw Error(Fault::invalid, "federation.event", "The other side sent what is no batch.", why);
}

std::string zeroes() {
    return std::string(32, '\0');
}

// One of two histories: the headers from where they part up to the seal, which is over the last of them.
std::string proof_text(const json::array& headers, const std::string& seal, const std::string& signature) {
    return json::serialize(
        json::object{{"headers", headers}, {"seal", seal}, {"signature", storage::base64(signature)}});
}

}  // namespace

struct Inbox::Group {
    Seal seal;
    std::string seal_text, signature;
    std::vector<StoredEvent> events;          // up to the last that the seal is over
    std::vector<std::string> prevs, digests;  // of each event, 32 bytes

    std::int64_t first() const { return events.front().seq; }
};

// Everything that can be checked without knowing the stream.
Inbox::Group Inbox::checked(const std::vector<std::string>& parts) {
    if (parts.size() < 4 || parts.size() % 2 != 0) refuse("it has too few parts");
    Group out;
    out.seal_text = parts[0];
    out.signature = parts[1];
    out.seal = decode_seal(out.seal_text);
    const auto& s = out.seal;
    const auto count = static_cast<std::int64_t>(parts.size() / 2 - 1);
    if (count > s.last) refuse("it has more events than there can be");
    const auto first = s.last - count + 1;
    const auto bad = [&](const char* code, const char* why) {
        return StreamError(code, s.origin, s.channel, why);
    };
    for (std::size_t at = 2; at < parts.size(); at += 2) {
        const auto h = decode_header(parts[at]);
        const auto& body = parts[at + 1];
        if (h.origin != s.origin || h.channel != s.channel ||
            h.seq != first + static_cast<std::int64_t>(out.events.size()))
            throw bad("chain", "an event is not the one that its place asks for");
        const auto prev = storage::from_hex(h.prev).value_or("");
        if (!out.digests.empty() && prev != out.digests.back()) throw bad("chain", "the chain is broken");
        if (out.digests.empty() && first == 1 && prev != zeroes())
            throw bad("chain", "the chain does not begin");
        const bool is_erased = body.empty() && h.body_size > 0;
        if (!is_erased && (static_cast<std::int64_t>(body.size()) != h.body_size ||
                           hex_of(storage::text_of(storage::sha256(body))) != h.body_hash))
            throw bad("chain", "a body is not the one that its header names");
        StoredEvent e{s.origin, s.channel, h.seq,     h.kind, h.target, EventState::received,
                      {},       0,         parts[at], body};
        e.is_erased = is_erased;
        out.events.push_back(std::move(e));
        out.prevs.push_back(prev);
        out.digests.push_back(event_digest(parts[at]));
    }
    if (hex_of(out.digests.back()) != s.head) throw bad("seal", "the seal is of other events");
    return out;
}

// Both histories, from `ours` and `theirs` on; throws the fault of the stream.
void Inbox::keep_evidence(const Group& group, const StoredEvent& ours, std::int64_t theirs) {
    db_.transact([&](storage::Tx& tx) {
        storage::StreamTable table(tx);
        const auto seals = table.seals(ours.origin, ours.channel_id, ours.seq, 1);
        const auto seal = seals.empty() ? StoredSeal() : seals[0];
        json::array our_headers, their_headers;
        for (const auto& e :
             table.headers(ours.origin, ours.channel_id, ours.seq, std::max(ours.seq, seal.last_seq)))
            our_headers.emplace_back(e);
        for (const auto& e : group.events)
            if (e.seq >= theirs) their_headers.emplace_back(e.header);
        Evidence e;
        e.id = AnyId::fresh(tx.now());
        e.origin = ours.origin;
        e.channel_id = ours.channel_id;
        e.seq = ours.seq;
        e.create_at = tx.now();
        e.ours = proof_text(our_headers, seal.seal, seal.signature);
        e.theirs = proof_text(their_headers, group.seal_text, group.signature);
        table.insert(e);
        table.set_fault(ours.origin, ours.channel_id, "fork");
    });
    log_error("an organisation has signed two different histories of a channel; both are kept as evidence",
              {{"origin", ours.origin.text()}, {"channel", ours.channel_id.text()}, {"seq", ours.seq}});
    throw StreamError("fork", ours.origin, ours.channel_id, "the stream was said in two ways");
}

// How many events are new. A fork is told by a fault, after this transaction.
std::int64_t Inbox::store(storage::Tx& tx, Group& group) {
    const auto& s = group.seal;
    storage::StreamTable table(tx);
    auto stream = table.lock(s.origin, s.channel);
    const auto bad = [&](const char* code, const char* why) {
        return StreamError(code, s.origin, s.channel, why);
    };
    if (!stream.fault.empty()) throw bad("fork", "the stream is frozen");
    if (group.first() > stream.next_seq) throw bad("gap", "events are missing before it");
    if (s.last < stream.next_seq) return 0;
    const auto known = static_cast<std::size_t>(stream.next_seq - group.first());
    if (group.prevs[known] != stream.head) return -1;
    std::vector<StoredEvent> fresh(group.events.begin() + static_cast<std::ptrdiff_t>(known),
                                   group.events.end());
    for (auto& e : fresh) {
        e.received_at = tx.now();
        if (!e.is_erased) continue;
        e.state = EventState::refused;
        e.reason = "erased";
    }
    table.insert(s.origin, s.channel, fresh);
    table.insert({s.origin, s.channel, s.last, group.seal_text, group.signature});
    stream.next_seq = s.last + 1;
    stream.head = group.digests.back();
    table.advance(stream);
    return static_cast<std::int64_t>(fresh.size());
}

Taken Inbox::take(const std::vector<std::string>& parts,
                  const std::function<bool(const OrganisationId&, const ChannelId&)>& is_wanted) {
    auto group = checked(parts);
    const auto& s = group.seal;
    if (!is_wanted(s.origin, s.channel) || s.origin == own_.id())
        throw StreamError("not_wanted", s.origin, s.channel, "it was not asked for");
    const auto keys = db_.read([&](storage::Tx& tx) { return known_keys(tx, s.origin); });
    if (!keys.has_sealed(group.seal_text, s.at, group.signature))
        throw StreamError("seal", s.origin, s.channel, "the seal is not the origin's");
    // What is known already must be the same, or the origin has said two things.
    const auto fresh = db_.transact([&](storage::Tx& tx) { return store(tx, group); });
    if (fresh <= 0) {
        const auto upto = db_.read([&](storage::Tx& tx) {
            return storage::StreamTable(tx).find(s.origin, s.channel)->next_seq - 1;
        });
        for (auto at = group.first(); at <= std::min(s.last, upto); ++at) {
            const auto ours = db_.read(
                [&](storage::Tx& tx) { return storage::StreamTable(tx).event(s.origin, s.channel, at); });
            const auto& theirs = group.events[static_cast<std::size_t>(at - group.first())].header;
            if (ours && ours->header != theirs) keep_evidence(group, *ours, at);
        }
        // The same events, and yet the next does not follow: the one before them differs.
        if (fresh < 0) {
            const auto before = db_.read([&](storage::Tx& tx) {
                return storage::StreamTable(tx).event(s.origin, s.channel, group.first() - 1);
            });
            if (before) keep_evidence(group, *before, group.first());
            throw StreamError("chain", s.origin, s.channel, "it does not follow what is there");
        }
        return {s.origin, s.channel, upto, 0};
    }
    taken_();
    return {s.origin, s.channel, s.last, fresh};
}

}  // namespace concordat::federation
