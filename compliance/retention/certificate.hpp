// The certificate of a destruction: what went, by which rule, and where copies may still be.
//
// A JSON object with sorted keys, signed with the node's evidence key (Ed25519 over the text); each names the
// digest of the one before, and its own digest stands in the chain of decisions (rule retention.destroyed):
//   format            "concordat-destruction/1"
//   installation      id of the node's installation
//   number            from 1, without gaps
//   previous_sha256   hex, of the text of the certificate before; "" in the first
//   job, time         which run; milliseconds
//   policy            {"messages_until", "files_until", "keeps_pinned", "only_exported"}: what was older went
//   policies          [{"id", "post_duration"}] of teams and channels
//   buckets           [{"id", "class", "week_begins", "data_keys"}] whose keys are gone
//   counts            rows by class
//   holds_in_force    how many legal holds there were
//   copies            {"exports": [ids], "partners": [names]}: who may still have copies
#pragma once
#include <string>
#include <vector>
#include "core/model/job.hpp"
#include "core/model/retention.hpp"
#include "storage/tables/destructions.hpp"

namespace concordat::compliance {

struct CertificateMatter {
    std::string installation, previous_sha256;
    std::int64_t number = 0;
    Millis time = 0;
    JobId job_id;
    storage::ExpiryRules rules;
    std::vector<RetentionPolicy> policies;
    std::vector<storage::DestroyedBucket> buckets;
    DestroyedCounts counts;
    std::int64_t holds_in_force = 0;
    std::vector<std::string> exports, partners;
};

std::string certificate_text(const CertificateMatter& matter);

}  // namespace concordat::compliance
