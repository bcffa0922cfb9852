// Where passwords are checked that are not the node's own: a directory.
//
// An implementation is thread-safe and blocks no longer than its own time limit; it never throws for what a
// directory says, and an Error it does throw is a refusal. It writes what each of its rules saw to the trail.
#pragma once
#include <string>
#include "core/model/identity.hpp"
#include "identity/decision/decisions.hpp"

namespace concordat::identity {

struct PasswordAnswer {
    enum class Kind {
        unknown,      // nobody there has this login id: the next source is asked
        wrong,        // somebody has, and may not sign in with this; `identity.subject` is known
        proven,       // it is this person
        unavailable,  // the source cannot be asked now
    };
    Kind kind = Kind::unknown;
    ExternalIdentity identity;  // verified when proven
};

class PasswordSource {
public:
    virtual ~PasswordSource() = default;
    virtual std::string service() const = 0;   // as User::auth_service: "ldap"
    virtual std::string provider() const = 0;  // as ExternalIdentity::provider
    virtual bool is_enabled() const = 0;
    // Neither is empty. `login_id` is what the person typed.
    virtual PasswordAnswer check(const std::string& login_id, const std::string& password, Trail& trail) = 0;
};

}  // namespace concordat::identity
