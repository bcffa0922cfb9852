#include "compliance/export/officer.hpp"

#include <algorithm>

#include "identity/decision/decisions.hpp"
#include "storage/database/database.hpp"

namespace concordat::compliance {
namespace {

identity::Trail officer_trail(const char* act, const Request& request) {
    identity::Trail trail(act, request.attempt, request.address);
    trail.decision.user_id = request.actor.user_id;
    trail.decision.session_id = request.actor.session_id;
    if (request.is_operator) trail.noted(std::string(act) + ".operator", "done at the machine");
    return trail;
}

}  // namespace

void Officer::refuse(const Request& request, const char* rule, const std::string& detail,
                     const Error& error) {
    auto trail = officer_trail(act_, request);
    trail.refused(std::string(act_) + '.' + rule, detail);
    decisions_.record(trail);
    throw error;
}

void Officer::require_role(const Request& request, const char* what) {
    if (request.is_operator || std::ranges::count(request.actor.roles, role_) > 0) return;
    refuse(request, "role",
           std::string(what) + " needs the role " + role_ + "; administration does not count.",
           lacks_permission(role_));
}

void Officer::require_change(const Request& request, const char* what) {
    require_role(request, what);
    const auto minutes = settings_.current()->ConcordatSettings.StepUpMinutes;
    const auto& actor = request.actor;
    const bool is_fresh = actor.factor_at > 0 && db_.now() - actor.factor_at <= minutes * 60000;
    if (request.is_operator || minutes == 0 || is_fresh) return;
    refuse(request, "fresh_factor", what,
           Error(Fault::forbidden, "identity.step_up.needed",
                 actor.has_factor ? "Show your second factor again first."
                                  : "This needs a second factor. Set one up first."));
}

void Officer::note(storage::Tx& tx, const Request& request, const char* rule, const std::string& detail) {
    auto trail = officer_trail(act_, request);
    trail.admitted(std::string(act_) + '.' + rule, detail);
    decisions_.record(tx, trail);
}

void Officer::look(const Request& request, const char* what) {
    require_role(request, what);
    db_.transact([&](storage::Tx& tx) { note(tx, request, "looked_at", what); });
}

}  // namespace concordat::compliance
