// Checks packages of exports without the node that made them: every member against the manifest, the manifest
// against its signature, and each package against the one before.
//
// What is read may be hostile: whatever is wrong with it becomes a finding. One thread. Shape of packages:
// docs/compliance/native-format.md.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include "compliance/proof/finding.hpp"

namespace concordat::compliance {

// Who asked for the export and why, and who approved it when: "username id", without characters that control
// a terminal.
struct CheckedApproval {
    std::string asked_by, reason;
    std::int64_t asked_at = 0, needed = 0;
    std::vector<std::pair<std::string, std::int64_t>> votes;
};

struct CheckedPackage {
    std::string file;
    std::vector<Finding> findings;  // none: the package is what was signed
    std::string manifest_sha256;    // hex, as are digests below
    // Of the manifest; empty when that cannot be read.
    std::string export_id, installation, type, journal_after, journal_upto, previous_export, previous_sha256;
    std::optional<CheckedApproval> approval;  // nothing where nobody had to approve
    std::int64_t from = 0, to = 0, messages = 0, warnings = 0, members = 0, bytes = 0;
};

// Told the bytes read so far, now and then.
using Progress = std::function<void(std::int64_t)>;

// `keys`: public keys that are trusted, 32 bytes each; with none, signatures are not looked at.
CheckedPackage check_package(const std::string& file, const std::vector<std::string>& keys,
                             const Progress& progress = {});
// That each package is followed by the next without a gap. `packages` in any order; one of them begins the
// chain, those outside the chain (without a previous one, or of other installations) are not looked at.
std::vector<Finding> check_chain(const std::vector<CheckedPackage>& packages);

}  // namespace concordat::compliance
