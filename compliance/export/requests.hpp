// Requests: who may ask for what has been said, and the record of every one.
//
// Rights over exports and reports come from any role but system_admin, since who runs the node must not read
// everything by that alone. The operator at the machine may, and has the keys anyway. What is asked for,
// refused and fetched is a decision (act "export") before it takes effect; what cannot be written is refused.
//
// Thread-safe; calls block.
#pragma once
#include <string>
#include "core/base/error.hpp"
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/permission.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::identity {
class Decisions;
class Roles;
}  // namespace concordat::identity

namespace concordat::compliance {

// Who asks, in which call, from where.
struct Request {
    const Actor& actor;
    std::string attempt;  // the request id
    std::string address;
    bool is_operator = false;  // at the machine
};

class Requests {
public:
    // All must outlive this object.
    Requests(storage::Database& db, identity::Roles& roles, identity::Decisions& decisions,
             const LiveSettings& settings)
        : db_(db), roles_(roles), decisions_(decisions), settings_(settings) {}

    // Throws Error (forbidden, api.context.permissions.app_error) when no role gives it. `what` begins a
    // sentence.
    void require(const Request& request, Permission permission, const char* what);
    // Throws Error (forbidden, identity.step_up.needed) when StepUpMinutes is set and no factor was shown
    // lately. `what` is for the record.
    void require_fresh_factor(const Request& request, const std::string& what);
    // That it was asked for, or done.
    void note(storage::Tx& tx, const Request& request, const char* rule, const std::string& detail);
    // That the node did it by itself.
    void note_of_node(storage::Tx& tx, const char* rule, const std::string& detail);
    [[noreturn]] void refuse(const Request& request, const char* rule, const std::string& detail,
                             const Error& error);

private:
    storage::Database& db_;
    identity::Roles& roles_;
    identity::Decisions& decisions_;
    const LiveSettings& settings_;
};

}  // namespace concordat::compliance
