// Who somebody is said to be, and what was decided about it. Plain data.
//
// Directories and identity providers describe a person with an ExternalIdentity; nothing of it is believed
// before the room that made it has verified it. Every decision of the identity gateway (somebody may sign in,
// may not, was deactivated by a sync, got a role) is an IdentityDecision: what each rule saw, which one
// decided. Neither ever holds a password, a code, a token or a key.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

// A person as a directory or provider vouches for them, verified.
struct ExternalIdentity {
    std::string
        service;  // as User::auth_service: "ldap", "saml", "openid", "gitlab", "google", "office365", "scim"
    std::string provider;  // which of them: the configured name; "" is the one in the main settings
    std::string subject;   // the immutable id there: entryUUID, objectGUID, persistent NameID, sub
    std::string username, email, nickname, first_name, last_name, position, locale;  // "" is not said
    std::optional<bool> is_guest, is_admin;                                          // nothing: not said
    std::vector<std::string> groups;  // remote ids, nesting resolved
    std::string picture;              // bytes of an image, "" is not said
    Millis session_ends_at = 0;       // a session may not outlive this; 0: not said
    bool is_owner_of_profile = true;  // what is said may not be changed here
};

// One rule, and what it saw.
struct IdentityStep {
    std::string rule;     // stable words, "password.matches", "saml.audience"
    std::string outcome;  // passed, refused, noted
    std::string detail;   // a sentence for an administrator: what was compared, what to change
};
BOOST_DESCRIBE_STRUCT(IdentityStep, (), (rule, outcome, detail))

struct IdentityDecision {
    DecisionId id;
    Millis create_at = 0;
    std::string attempt;  // what the person was shown: the request id of the call, or the id of the job
    std::string act;      // sign_in, sign_out, factor, session, token, account, directory_sync,
                          // provisioning, settings, oauth, terms …
    bool is_admitted = false;
    std::string rule;  // the rule that decided
    UserId user_id;    // whom it is about; empty when no account was meant
    UserId actor_id;   // who acted, when that is somebody else
    SessionId session_id;
    std::string service, provider, address;
    std::vector<IdentityStep> steps;
};
BOOST_DESCRIBE_STRUCT(IdentityDecision, (),
                      (id, create_at, attempt, act, is_admitted, rule, user_id, actor_id, session_id, service,
                       provider, address, steps))

// Which person of a source an account is.
struct IdentityLink {
    UserId user_id;
    std::string service, provider, subject;  // as in ExternalIdentity
    Millis create_at = 0;
    bool is_off = false;  // deactivated because the source no longer has them, or says so
};
BOOST_DESCRIBE_STRUCT(IdentityLink, (), (user_id, service, provider, subject, create_at, is_off))

}  // namespace concordat
