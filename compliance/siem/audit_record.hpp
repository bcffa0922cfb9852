// A recorded decision as it leaves the node, and its two spellings: a syslog message and a line of JSON.
//
// What is spelled are ids, names, words and addresses. The sentences of a decision's steps stay in the store,
// so nothing that people wrote can be in them. Values may come from strangers (an address, a name that was
// typed at the sign-in): they are cut, and what could end a line, forge a field or turn a terminal's text
// round is taken out.
//
// Pure functions, any thread.
#pragma once
#include <string>
#include <string_view>
#include "core/model/identity.hpp"

namespace concordat::compliance {

struct AuditRecord {
    std::int64_t seq = 0;          // grows from record to record, sometimes by more than one; 0: a test
    std::string digest, previous;  // of this record and the one before, as the chain has them
    std::string fault;             // a sentence when it is not as it was written; "" when it is
    IdentityDecision decision;
    std::string user, actor;  // user names of user_id and actor_id, when they have one
};

// Most bytes of one value.
inline constexpr std::size_t longest_audit_value = 255;

// RFC 5424, without framing, in at most 8 KiB. `host` becomes HOSTNAME. The structured data has the keys of
// audit_json; empty ones are left out.
std::string audit_syslog(const AuditRecord& record, const std::string& host);
// One JSON object, with its line feed.
std::string audit_json(const AuditRecord& record, const std::string& host);

// Whole, well-formed UTF-8 of at most `most` bytes, without control characters, line separators and marks
// that change the direction of text; each of those, and each byte that is not UTF-8, becomes U+FFFD.
std::string audit_text(std::string_view value, std::size_t most = longest_audit_value);

}  // namespace concordat::compliance
