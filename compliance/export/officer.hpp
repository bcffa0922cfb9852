// The holder of a role who makes rules for others: who counts as one, and that everything they do is written
// down.
//
// Holders of the role, by that role alone, and the operator at the machine. Records are decisions of the act;
// their rules begin with it ("content.role", "content.looked_at", "content.fresh_factor" …).
//
// Thread-safe; calls block. Errors beside those of the database:
//   forbidden  api.context.permissions.app_error   the role is missing
//   forbidden  identity.step_up.needed             a change needs a second factor shown lately
#pragma once
#include <string>
#include "compliance/export/requests.hpp"

namespace concordat::compliance {

class Officer {
public:
    // All must outlive this object; `act` and `role` are constants.
    Officer(storage::Database& db, identity::Decisions& decisions, const LiveSettings& settings,
            const char* act, const char* role)
        : db_(db), decisions_(decisions), settings_(settings), act_(act), role_(role) {}

    // `what` is the subject of a sentence: "A new rule".
    void require_role(const Request& request, const char* what);
    // For changes: the role, and a second factor shown lately where changes need one.
    void require_change(const Request& request, const char* what);
    // Written down before it is answered.
    void look(const Request& request, const char* what);
    void note(storage::Tx& tx, const Request& request, const char* rule, const std::string& detail);

private:
    [[noreturn]] void refuse(const Request& request, const char* rule, const std::string& detail,
                             const Error& error);
    storage::Database& db_;
    identity::Decisions& decisions_;
    const LiveSettings& settings_;
    const char* act_;
    const char* role_;
};

}  // namespace concordat::compliance
