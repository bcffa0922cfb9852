#include "compliance/export/manifest.hpp"

#include "core/base/text.hpp"
#include "core/model/version.hpp"

namespace concordat::compliance {
namespace {

json::array ids_in(const Job& job, const char* name) {
    json::array out;
    for (const auto& id : split_words(datum(job, name))) out.emplace_back(id);
    return out;
}

std::int64_t number_in(const Job& job, const char* name) {
    const auto text = datum(job, name);
    return text.empty() ? 0 : std::stoll(text);
}

json::value approval_in(const std::optional<ApprovalRequest>& asked) {
    if (!asked || asked->is_release) return nullptr;
    json::array votes;
    for (const auto& vote : asked->votes)
        votes.push_back(json::object{{"at", vote.at},
                                     {"reason", vote.reason},
                                     {"user", vote.user_id.text()},
                                     {"username", vote.username}});
    return json::object{{"asked_at", asked->asked_at},
                        {"asked_by", asked->asked_by.text()},
                        {"asked_by_name", asked->asked_by_name},
                        {"needed", asked->needed},
                        {"reason", asked->reason},
                        {"votes", votes}};
}

}  // namespace

std::string manifest_text(const std::string& installation, const Job& job,
                          const std::optional<ApprovalRequest>& approval,
                          const std::vector<storage::ExportPart>& parts) {
    json::array members;
    for (const auto& part : parts)
        members.push_back(
            json::object{{"path", part.name}, {"sha256", hex_of(part.sha256)}, {"size", part.size}});
    json::value previous;
    if (const auto id = datum(job, "previous_export"); !id.empty())
        previous = json::object{{"export", id}, {"manifest_sha256", datum(job, "previous_manifest_sha256")}};
    return json::serialize(json::object{
        {"approval", approval_in(approval)},
        {"counts", json::object{{"messages", number_in(job, "messages_exported")},
                                {"warnings", number_in(job, "warning_count")}}},
        {"export", job.id.text()},
        {"filter", json::object{{"channels", ids_in(job, "channel_ids")},
                                {"custodians", ids_in(job, "custodian_ids")}}},
        {"format", "concordat-export/1"},
        {"generator", "concordat " + std::string(product_version)},
        {"initiated_by", datum(job, "initiated_by")},
        {"installation", installation},
        {"journal", json::object{{"after", datum(job, "from_tx") + "/" + datum(job, "from_seq")},
                                 {"upto", datum(job, "to_tx") + "/" + datum(job, "to_seq")}}},
        {"members", members},
        {"period",
         json::object{{"from", number_in(job, "job_start_time")}, {"to", number_in(job, "job_end_time")}}},
        {"previous", previous},
        {"requested_by", datum(job, "requested_by")},
        {"type", datum(job, "export_type")},
    });
}

}  // namespace concordat::compliance
