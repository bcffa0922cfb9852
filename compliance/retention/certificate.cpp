#include "compliance/retention/certificate.hpp"

#include <map>

#include "compliance/retention/key_destruction.hpp"

namespace concordat::compliance {
namespace {

json::array texts(const std::vector<std::string>& all) {
    json::array out;
    for (const auto& one : all) out.emplace_back(one);
    return out;
}

// Keys in order, so that the text is the same whoever writes it.
json::object sorted(std::map<std::string, json::value> members) {
    json::object out;
    for (auto& [name, value] : members) out.emplace(name, std::move(value));
    return out;
}

json::object sorted(const json::object& members) {
    std::map<std::string, json::value> all;
    for (const auto& member : members) all.emplace(member.key(), member.value());
    return sorted(std::move(all));
}

}  // namespace

std::string certificate_text(const CertificateMatter& m) {
    json::array policies, buckets;
    for (const auto& p : m.policies)
        policies.push_back(json::object{{"id", p.id.text()}, {"post_duration", p.post_duration}});
    for (const auto& b : m.buckets)
        buckets.push_back(json::object{{"class", b.data_class},
                                       {"data_keys", b.data_keys},
                                       {"id", b.bucket.text()},
                                       {"week_begins", week_begins(static_cast<std::uint32_t>(b.week))}});
    return json::serialize(
        sorted({{"buckets", buckets},
                {"copies", json::object{{"exports", texts(m.exports)}, {"partners", texts(m.partners)}}},
                {"counts", sorted(json::parse(json_text(m.counts)).as_object())},
                {"format", "concordat-destruction/1"},
                {"holds_in_force", m.holds_in_force},
                {"installation", m.installation},
                {"job", m.job_id.text()},
                {"number", m.number},
                {"policies", policies},
                {"policy", json::object{{"files_until", m.rules.file_cutoff},
                                        {"keeps_pinned", m.rules.keeps_pinned},
                                        {"messages_until", m.rules.message_cutoff},
                                        {"only_exported", m.rules.needs_export}}},
                {"previous_sha256", m.previous_sha256},
                {"time", m.time}}));
}

}  // namespace concordat::compliance
