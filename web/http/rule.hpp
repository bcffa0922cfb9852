// Who may call a route, as data: one rule stands in every route line, the router asks the doorkeeper.
#pragma once
#include <string>
#include <type_traits>
#include "core/base/error.hpp"
#include "core/model/permission.hpp"

namespace concordat::web {

enum class Scope { anyone, signed_in, system, team, channel, post, self_or, checked_inside };

// `where` says how to find the scope's id: a path parameter, or a member of the request body.
// For self_or: whoever is the user named there, or holds the permission in the system.
template <class Where>
struct Rule {
    Scope scope;
    Permission permission;
    Where where;
};

// No session needed; one is used when there is one.
inline Rule<const char*> anyone() {
    return {Scope::anyone, Permission::none, ""};
}
inline Rule<const char*> signed_in() {
    return {Scope::signed_in, Permission::none, ""};
}
inline Rule<const char*> on_system(Permission p) {
    return {Scope::system, p, ""};
}
// Signed in, and the handler's service decides; `why` is printed in the permission matrix.
inline Rule<const char*> checked_inside(const char* why) {
    return {Scope::checked_inside, Permission::none, why};
}
template <class Where>
Rule<Where> on_team(Permission p, Where where) {
    return {Scope::team, p, where};
}
template <class Where>
Rule<Where> on_channel(Permission p, Where where) {
    return {Scope::channel, p, where};
}
template <class Where>
Rule<Where> on_post(Permission p, Where where) {
    return {Scope::post, p, where};
}
template <class Where>
Rule<Where> self_or(Permission p, Where where) {
    return {Scope::self_or, p, where};
}

struct Call;
struct Reply;

// Knows sessions and permissions; web/api implements it with identity.
class Doorkeeper {
public:
    virtual ~Doorkeeper() = default;
    // Fills call.actor from cookie or header. `csrf_applies` is false for trusting routes and GET. A missing
    // or expired session is not an error here. Throws Error (unauthenticated) for a failed CSRF check.
    virtual void identify(Call& call, bool csrf_applies) = 0;
    // Throws Error unauthenticated or forbidden. `id` is "" for scopes without one.
    virtual void admit(const Call& call, Scope scope, Permission permission, const std::string& id) = 0;
    // A call ended with this error; may add headers to its reply, such as cookies that are worth nothing any
    // more.
    virtual void refused(const Call& /*call*/, const Error& /*error*/, Reply& /*reply*/) {}
};

}  // namespace concordat::web
