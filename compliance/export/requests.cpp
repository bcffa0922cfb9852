#include "compliance/export/requests.hpp"

#include "identity/access/roles.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/database/database.hpp"

namespace concordat::compliance {
namespace {

identity::Trail trail_of(const Request& request) {
    identity::Trail trail("export", request.attempt, request.address);
    trail.decision.user_id = request.actor.user_id;
    trail.decision.session_id = request.actor.session_id;
    return trail;
}

}  // namespace

void Requests::require(const Request& request, Permission permission, const char* what) {
    if (request.is_operator) return;
    std::vector<std::string> roles = request.actor.roles;
    std::erase(roles, "system_admin");
    if (roles_.allowed_by(roles).test(static_cast<std::size_t>(permission))) return;
    refuse(request, "export.role",
           std::string(what) + " needs a role with " + std::string(name_of(permission)) +
               "; system_admin does not count.",
           lacks_permission(std::string(name_of(permission))));
}

void Requests::require_fresh_factor(const Request& request, const std::string& what) {
    if (request.is_operator) return;
    const auto minutes = settings_.current()->ConcordatSettings.StepUpMinutes;
    const auto& actor = request.actor;
    const bool is_fresh = actor.factor_at > 0 && db_.now() - actor.factor_at <= minutes * 60000;
    if (minutes == 0 || is_fresh) return;
    refuse(request, "export.fresh_factor", what,
           Error(Fault::forbidden, "identity.step_up.needed",
                 actor.has_factor ? "Show your second factor again first."
                                  : "This needs a second factor. Set one up first."));
}

void Requests::note(storage::Tx& tx, const Request& request, const char* rule, const std::string& detail) {
    auto trail = trail_of(request);
    if (request.is_operator) trail.noted("export.operator", "asked for at the machine");
    trail.admitted(rule, detail);
    decisions_.record(tx, trail);
}

void Requests::note_of_node(storage::Tx& tx, const char* rule, const std::string& detail) {
    identity::Trail trail("export", "node");
    trail.admitted(rule, detail);
    decisions_.record(tx, trail);
}

void Requests::refuse(const Request& request, const char* rule, const std::string& detail,
                      const Error& error) {
    auto trail = trail_of(request);
    trail.refused(rule, detail);
    decisions_.record(trail);
    throw error;
}

}  // namespace concordat::compliance
