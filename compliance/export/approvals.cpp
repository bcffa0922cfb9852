#include "compliance/export/approvals.hpp"

#include <algorithm>

#include "compliance/export/message_exports.hpp"
#include "core/base/text.hpp"
#include "identity/access/roles.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/approvals.hpp"
#include "storage/tables/jobs.hpp"

namespace concordat::compliance {
namespace {

Error not_asked() {
    return {Fault::not_found, "export.approval.not_found", "Nobody was asked to approve such an export."};
}

Error not_in_state(const std::string& text) {
    return {Fault::conflict, "export.approval.state", text};
}

Error other_scope() {
    return {Fault::conflict, "export.approval.scope",
            "The export is not what was asked for. It has to be asked for again."};
}

std::string checked_reason(const std::string& text, bool is_wanted) {
    const std::string reason(trimmed(text));
    require(!(is_wanted && reason.empty()), Fault::invalid, "export.approval.reason",
            "Say why, or for which case.");
    static_assert(Approvals::longest_reason == 500);  // as the text says
    require(rune_count(reason) <= Approvals::longest_reason, Fault::invalid, "export.approval.reason",
            "A reason has at most 500 characters.");
    return reason;
}

// What an export is about, as it was asked for; of one that was made, its package.
std::string scope_of(const Job& job, bool is_release) {
    json::object scope{{"export", job.id.text()}};
    for (const auto* name :
         {"export_type", "is_chained", "has_period", "channel_ids", "custodian_ids", "export_from"})
        scope[name] = datum(job, name);
    if (datum(job, "has_period") == "true")
        for (const auto* name : {"job_start_time", "job_end_time"}) scope[name] = datum(job, name);
    if (is_release) scope["package_sha256"] = datum(job, "package_sha256");
    return std::string(storage::text_of(storage::sha256(json::serialize(scope))));
}

bool is_export(const std::optional<Job>& job) {
    return job && job->type == message_export;
}

bool is_about(const Job& job, const UserId& user) {
    return std::ranges::count(split_words(datum(job, "custodian_ids")), user.text()) > 0;
}

std::int64_t votes_for(const ApprovalRequest& asked) {
    return std::ranges::count_if(asked.votes, [](const ApprovalVote& vote) { return vote.is_for; });
}

bool has_voted(const ApprovalRequest& asked, const UserId& user) {
    return std::ranges::any_of(asked.votes, [&](const ApprovalVote& vote) { return vote.user_id == user; });
}

bool is_approver(const Actor& actor) {
    return actor.signed_in() && !actor.is_bot && !actor.is_guest && !actor.is_remote &&
           !actor.by_application && std::ranges::count(actor.roles, Approvals::role) > 0;
}

void end_request(storage::Tx& tx, ApprovalRequest& asked, const char* state) {
    asked.state = state;
    asked.decided_at = tx.now();
    storage::ApprovalTable(tx).update(asked);
}

// The export that waited for approval is given up; one that was made stays.
void give_up(storage::Tx& tx, Job& job, const std::string& state) {
    job.data["approval"] = state;
    if (job.status == "asked") {
        job.status = "canceled";
        job.data["progress_message"] = "It was not approved: " + state + ".";
    }
    job.last_activity_at = tx.now();
    storage::JobTable(tx).update(job);
}

}  // namespace

Job as_clients_know(Job job) {
    if (job.status == "asked") job.status = "pending";
    return job;
}

void check_approved(storage::Tx& tx, const Job& job) {
    storage::ApprovalTable table(tx);
    const auto asked = table.find(job.id);
    if (!asked || asked->is_release) return;
    if (asked->state != "approved" || votes_for(*asked) < asked->needed)
        throw not_in_state("The export was not approved: it is " + asked->state + ".");
    if (table.scope(job.id) != scope_of(job, false)) throw other_scope();
}

bool Approvals::is_needed(const Request& request) const {
    return !request.is_operator && needed() > 0;
}

void Approvals::hold_back(Job& job) const {
    const auto others = needed();
    job.status = "asked";
    job.data["approval"] = "asked";
    job.data["progress_message"] =
        "It waits for " + std::to_string(others) +
        (others == 1 ? " other person to approve it." : " other people to approve it.");
}

void Approvals::ask(storage::Tx& tx, const Request& request, const Job& job, const std::string& reason) {
    ApprovalRequest asked;
    asked.job_id = job.id;
    asked.asked_by = request.actor.user_id;
    asked.asked_at = tx.now();
    asked.expires_at = tx.now() + asking_ends;
    asked.needed = std::max<std::int64_t>(1, needed());
    asked.state = "asked";
    asked.is_release = job.status != "asked";
    asked.reason = checked_reason(reason, false);
    const auto scope = scope_of(job, asked.is_release);
    storage::ApprovalTable(tx).put(asked, scope);
    requests_.note(
        tx, request, "export.approval_asked",
        "export " + job.id.text() + ", " + std::to_string(asked.needed) + " needed, scope " + hex_of(scope));
}

void Approvals::withdraw(storage::Tx& tx, const Request& request, Job& job) {
    auto asked = storage::ApprovalTable(tx).find(job.id);
    if (!asked || asked->state != "asked") throw not_in_state("Nothing waits for approval any more.");
    end_request(tx, *asked, "withdrawn");
    give_up(tx, job, asked->state);
    requests_.note(tx, request, "export.approval_withdrawn", "export " + job.id.text());
}

void Approvals::require_release(const Request& request, const Job& job) {
    if (!is_needed(request)) return;
    const auto [asked, scope] = db_.read([&](storage::Tx& tx) {
        storage::ApprovalTable table(tx);
        return std::make_pair(table.find(job.id), table.scope(job.id));
    });
    const bool is_released = asked && asked->state == "approved" && votes_for(*asked) >= asked->needed &&
                             db_.now() < asked->decided_at + fetching_ends &&
                             scope == scope_of(job, asked->is_release);
    if (is_released) return;
    requests_.refuse(request, "export.approval", "export " + job.id.text(),
                     Error(Fault::forbidden, "export.approval.needed",
                           "Other people have to approve that this package is fetched. Ask for it first."));
}

AskedExport Approvals::seen(const Request& request, Job job, ApprovalRequest asked) const {
    const auto& who = request.actor;
    AskedExport out;
    out.may_vote = is_approver(who) && asked.state == "asked" && !asked.reason.empty() &&
                   asked.expires_at > db_.now() && who.user_id != asked.asked_by &&
                   !is_about(job, who.user_id) && !has_voted(asked, who.user_id);
    out.job = as_clients_know(std::move(job));
    out.request = std::move(asked);
    return out;
}

void Approvals::require_reader(const Request& request) {
    if (is_approver(request.actor)) return;
    requests_.require(request, Permission::read_compliance_export_job, "What was asked of exports");
}

AskedExport Approvals::ask(const Request& request, const JobId& id, const std::string& reason) {
    requests_.require(request, Permission::create_compliance_export_job, "The release of an export");
    require(!request.is_operator, Fault::conflict, "export.approval.state",
            "The operator at the machine needs no approval.");
    const auto why = checked_reason(reason, true);
    return db_.transact([&](storage::Tx& tx) {
        storage::ApprovalTable table(tx);
        auto job = storage::JobTable(tx).lock(id);
        if (!is_export(job)) throw not_asked();
        auto asked = table.find(id);
        if (asked && asked->state == "asked" && asked->expires_at > tx.now()) {
            if (!asked->reason.empty()) throw not_in_state("It was asked for already.");
            require(asked->asked_by == request.actor.user_id, Fault::forbidden, "export.approval.own",
                    "Only who asked for the export says why.");
            asked->reason = why;
            table.update(*asked);
            requests_.note(tx, request, "export.approval_reason", "export " + id.text());
            return seen(request, *std::move(job), *table.find(id));
        }
        if (datum(*job, "package_sha256").empty())
            throw not_in_state("There is no package to be fetched: ask for a new export.");
        if (asked && asked->state == "approved" && tx.now() < asked->decided_at + fetching_ends)
            throw not_in_state("It is approved already.");
        ask(tx, request, *job, why);
        job->data["approval"] = "asked";
        job->last_activity_at = tx.now();
        storage::JobTable(tx).update(*job);
        return seen(request, *std::move(job), *table.find(id));
    });
}

void Approvals::check_voter(const Request& request, const Job& job, const ApprovalRequest& asked) {
    const auto detail = "export " + job.id.text();
    if (asked.asked_by == request.actor.user_id)
        requests_.refuse(request, "export.two_people", detail,
                         Error(Fault::forbidden, "export.approval.own",
                               "Somebody else than who asked for it has to approve or refuse it."));
    if (is_about(job, request.actor.user_id))
        requests_.refuse(request, "export.custodian", detail,
                         Error(Fault::forbidden, "export.approval.custodian",
                               "Whom an export is about does not approve or refuse it."));
}

AskedExport Approvals::vote(const Request& request, const JobId& id, bool is_for, const std::string& reason) {
    if (!is_approver(request.actor))
        requests_.refuse(request, "export.approver_role",
                         "A vote needs a person with the role export_approver; system_admin does not count.",
                         lacks_permission(role));
    requests_.require_fresh_factor(request, "vote on export " + id.text());
    const auto why = checked_reason(reason, !is_for);
    const auto before = db_.read([&](storage::Tx& tx) {
        return std::make_pair(storage::JobTable(tx).find(id), storage::ApprovalTable(tx).find(id));
    });
    if (!is_export(before.first) || !before.second) throw not_asked();
    check_voter(request, *before.first, *before.second);
    auto result = db_.transact([&](storage::Tx& tx) {
        storage::ApprovalTable table(tx);
        auto job = storage::JobTable(tx).lock(id);
        auto asked = table.find(id);
        if (!is_export(job) || !asked) throw not_asked();
        // Asked anew since it was looked at, perhaps by who votes.
        if (asked->asked_by == request.actor.user_id || asked->state != "asked" ||
            asked->expires_at <= tx.now())
            throw not_in_state("It does not wait for approval: it is " +
                               (asked->state == "asked" ? std::string("too old") : asked->state) + ".");
        if (has_voted(*asked, request.actor.user_id))
            throw Error(Fault::conflict, "export.approval.voted", "You have approved it already.");
        if (asked->reason.empty())
            throw Error(Fault::conflict, "export.approval.no_reason",
                        "Who asked for it has not said why yet.");
        if (table.scope(id) != scope_of(*job, asked->is_release)) throw other_scope();
        ApprovalVote vote;
        vote.user_id = request.actor.user_id;
        vote.at = tx.now();
        vote.is_for = is_for;
        vote.reason = why;
        table.add(id, static_cast<std::int64_t>(asked->votes.size()) + 1, vote);
        asked->votes.push_back(vote);
        requests_.note(tx, request, is_for ? "export.approved_by" : "export.refused_by",
                       "export " + id.text() + ", " + std::to_string(votes_for(*asked)) + " of " +
                           std::to_string(asked->needed) + ", scope " + hex_of(table.scope(id)));
        if (!is_for) {
            end_request(tx, *asked, "refused");
            give_up(tx, *job, asked->state);
        } else if (votes_for(*asked) >= asked->needed) {
            end_request(tx, *asked, "approved");
            if (job->status == "asked") job->status = "pending";
            job->data["approval"] = "approved";
            job->data.erase("progress_message");
            job->last_activity_at = tx.now();
            storage::JobTable(tx).update(*job);
        }
        return seen(request, *std::move(job), *table.find(id));
    });
    wake_();
    return result;
}

AskedExport Approvals::approve(const Request& request, const JobId& id, const std::string& reason) {
    return vote(request, id, true, reason);
}

AskedExport Approvals::refuse(const Request& request, const JobId& id, const std::string& reason) {
    return vote(request, id, false, reason);
}

AskedExport Approvals::withdraw(const Request& request, const JobId& id) {
    requests_.require(request, Permission::manage_compliance_export_job, "To withdraw what was asked");
    return db_.transact([&](storage::Tx& tx) {
        auto job = storage::JobTable(tx).lock(id);
        if (!is_export(job)) throw not_asked();
        withdraw(tx, request, *job);
        return seen(request, *std::move(job), *storage::ApprovalTable(tx).find(id));
    });
}

AskedExport Approvals::get(const Request& request, const JobId& id) {
    require_reader(request);
    auto [job, asked] = db_.read([&](storage::Tx& tx) {
        return std::make_pair(storage::JobTable(tx).find(id), storage::ApprovalTable(tx).find(id));
    });
    if (!is_export(job) || !asked) throw not_asked();
    return seen(request, *std::move(job), *std::move(asked));
}

std::vector<AskedExport> Approvals::list(const Request& request, const std::string& state,
                                         std::int64_t offset, std::int64_t limit) {
    require_reader(request);
    return db_.read([&](storage::Tx& tx) {
        std::vector<AskedExport> out;
        for (auto& asked : storage::ApprovalTable(tx).list(state, offset, limit))
            if (auto job = storage::JobTable(tx).find(asked.job_id))
                out.push_back(seen(request, *std::move(job), std::move(asked)));
        return out;
    });
}

void Approvals::expire() {
    const auto overdue =
        db_.read([&](storage::Tx& tx) { return storage::ApprovalTable(tx).overdue(db_.now()); });
    for (const auto& id : overdue)
        db_.transact([&](storage::Tx& tx) {
            auto job = storage::JobTable(tx).lock(id);
            auto asked = storage::ApprovalTable(tx).find(id);
            if (!job || !asked || asked->state != "asked" || asked->expires_at > tx.now()) return;
            end_request(tx, *asked, "expired");
            give_up(tx, *job, asked->state);
            requests_.note_of_node(tx, "export.approval_expired", "export " + id.text());
        });
}

}  // namespace concordat::compliance
