#include "web/api/ledger.hpp"

#include <algorithm>
#include <charconv>

#include "compliance/export/evidence_key.hpp"
#include "compliance/ledger/ledger_reader.hpp"
#include "web/api/compliance_request.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

constexpr std::int64_t usual_records = 100, most_records = 1000;

// Unlike elsewhere a number that makes no sense is no number that was left out: a proof of something else
// would be worse than none.
std::int64_t exact_number(const Call& call, const char* name, std::int64_t fallback) {
    const auto text = call.head.query_value(name);
    if (text.empty()) return fallback;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) throw bad_url(name);
    return value;
}

compliance::BundleQuery records_in(const Call& call) {
    compliance::BundleQuery query;
    query.first = exact_number(call, "from", 0);
    query.count = std::min(exact_number(call, "limit", usual_records), most_records);
    query.size = exact_number(call, "size", 0);
    query.since = exact_number(call, "since", 0);
    return query;
}

compliance::BundleQuery growth_in(const Call& call) {
    compliance::BundleQuery query;
    query.since = exact_number(call, "from", 0);
    query.size = exact_number(call, "to", 0);
    if (query.since == 0) throw bad_url("from");
    return query;
}

}  // namespace

void add_ledger_routes(Router& routes, compliance::LedgerReader& ledger, compliance::EvidenceKey& key) {
    routes.get("/concordat/audit/keys", on_system(Permission::read_audits), [&](Call&) {
        return json::object{{"pem", key.public_pem()}};
    });
    routes.get("/concordat/audit/checkpoint", on_system(Permission::read_audits), [&](Call& call) {
        return ledger.checkpoint(request_of(call), exact_number(call, "size", 0));
    });
    routes.get("/concordat/audit/records", on_system(Permission::read_audits),
               [&](Call& call) { return ledger.bundle(request_of(call), records_in(call)); });
    routes.get("/concordat/audit/consistency", on_system(Permission::read_audits),
               [&](Call& call) { return ledger.bundle(request_of(call), growth_in(call)); });
    routes.get("/concordat/audit/records/{record_id}/proof", on_system(Permission::read_audits),
               [&](Call& call) {
                   return ledger.proof(request_of(call), call.id<DecisionId>("record_id"),
                                       exact_number(call, "size", 0));
               });
}

}  // namespace concordat::web
