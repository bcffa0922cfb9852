// manifest.json of a package: what is in it, from where in the journal, and which package came before.
//
// An object with sorted keys:
//   approval      {"asked_at": ms, "asked_by": id, "asked_by_name", "needed", "reason", "votes": [{"at": ms,
//                 "reason", "user": id, "username"}]}: who approved that it is made; null where nobody had to
//   format        "concordat-export/1"
//   installation  id of the node's installation
//   export        id of the job; requested_by, initiated_by, generator (name and version)
//   type          csv, actiance, globalrelay-zip, native
//   period        {"from": ms, "to": ms}
//   journal       {"after": "tx/seq", "upto": "tx/seq"}
//   filter        {"channels": [ids], "custodians": [ids]}, empty where all
//   previous      {"export": id, "manifest_sha256": hex}, null for the first and for those outside the chain
//   counts        {"messages", "warnings"}
//   members       [{"path", "sha256": hex, "size"}] in the order of the package
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/approval.hpp"
#include "storage/tables/exports.hpp"

namespace concordat::compliance {

std::string manifest_text(const std::string& installation, const Job& job,
                          const std::optional<ApprovalRequest>& approval,
                          const std::vector<storage::ExportPart>& parts);

}  // namespace concordat::compliance
