// Inbox: takes what other organisations say, once everything about it has been checked, and keeps it byte by
// byte. Nothing is shown here; that is the applier's work.
//
// Thread-safe; calls block. What is taken is on the disk when take() returns.
#pragma once
#include <functional>
#include <string>
#include <vector>
#include "federation/trust/partners.hpp"
#include "federation/wire/event.hpp"
#include "storage/database/database.hpp"

namespace concordat::federation {

// What is wrong with one stream; the others go on. Codes: "gap" (ask again from where you stand), "chain",
// "seal", "fork" (nothing more is taken of it until an operator looks), "not_wanted".
class StreamError : public Error {
public:
    StreamError(std::string code, const OrganisationId& origin, const ChannelId& channel, std::string detail)
        : Error(Fault::invalid, "federation.stream." + code, "A partner's stream is not as it must be.",
                std::move(detail)),
          code(std::move(code)),
          origin(origin),
          channel(channel) {}
    const std::string code;
    const OrganisationId origin;
    const ChannelId channel;
};

struct Taken {
    OrganisationId origin;
    ChannelId channel;
    std::int64_t upto = 0;   // it has the stream up to here
    std::int64_t fresh = 0;  // events that it did not have
};

class Inbox {
public:
    // Both must outlive this object.
    Inbox(storage::Database& db, Organisation& own) : db_(db), own_(own) {}
    void on_taken(std::function<void()> act) { taken_ = std::move(act); }

    // The parts of a batch: a seal, its signature, and events up to the last that it is over. Their number
    // need not be the seal's: it is over everything before, by the chain. `is_wanted` says which streams the
    // partner was asked for. Throws StreamError; Error (invalid, "federation.event") for what is no batch at
    // all.
    Taken take(const std::vector<std::string>& parts,
               const std::function<bool(const OrganisationId&, const ChannelId&)>& is_wanted);

private:
    struct Group;
    Group checked(const std::vector<std::string>& parts);
    std::int64_t store(storage::Tx& tx, Group& group);
    void keep_evidence(const Group& group, const StoredEvent& ours, std::int64_t theirs);

    storage::Database& db_;
    Organisation& own_;
    std::function<void()> taken_ = [] {};
};

}  // namespace concordat::federation
