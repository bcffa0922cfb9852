// Evidence that an organisation has said two different things in a shared channel, checked with nothing but
// the file itself. docs/federation-protocol.md, "Streams", says what it holds.
//
// Pure; errors become findings.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace concordat::compliance {

inline constexpr std::size_t longest_evidence = 8 << 20;  // bytes; twice 256 headers of 1 KiB, and spelling

struct CheckedEvidence {
    std::string organisation, channel;  // who signed, where; "" when that cannot be read
    std::int64_t seq = 0;               // where the histories part
    std::vector<std::string> findings;  // why it proves nothing; empty: it proves it
};

CheckedEvidence check_evidence(std::string_view text);

}  // namespace concordat::compliance
