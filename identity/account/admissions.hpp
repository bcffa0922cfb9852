// Admissions: the account of a person whom a directory or an identity provider vouches for.
//
// A person there is matched to an account here by their immutable id (the subject) alone, never by name or
// address; whoever finds their name taken by an account that is not linked is refused until an administrator
// links the two. What the source says of a person is written to the account; roles only as far as
// ConcordatSettings.RolesFromProviders allows; those that groups of the person's
// directory give, or gave once, belong to these groups: whoever is in none of them loses the role. An account
// that was deactivated here stays so whatever the source says; one that was deactivated because of the source
// comes back with it.
//
// plan() says what admit() would do and changes nothing; admit() does what plan() said, in the caller's
// transaction. Thread-safe; calls block.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/identity.hpp"
#include "core/model/user.hpp"
#include "identity/decision/decisions.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::identity {

class Sessions;

struct FieldChange {
    std::string field, before, after;
};
BOOST_DESCRIBE_STRUCT(FieldChange, (), (field, before, after))

struct AdmissionPlan {
    // What would happen: create, update (perhaps of nothing), reactivate, refuse.
    std::string action;
    std::string rule;                  // of a refusal
    std::string detail;                // a sentence for an administrator
    std::optional<User> before;        // none when it would be created
    User after;                        // nothing to see when refused
    std::vector<FieldChange> changes;  // between the two
    std::vector<std::string> notes;    // what the source says and is not done, and why
    bool loses_role = false;           // of the account that it has
};

struct Admission {
    User user;
    bool is_new = false;
};

class Admissions {
public:
    Admissions(storage::Database& db, Sessions& sessions, Decisions& decisions, const LiveSettings& settings)
        : db_(db), sessions_(sessions), decisions_(decisions), settings_(settings) {}

    AdmissionPlan plan(storage::Tx& tx, const ExternalIdentity& identity);
    // Nothing when refused; the trail then says why. The caller records the trail.
    std::optional<Admission> admit(storage::Tx& tx, const ExternalIdentity& identity, Trail& trail);
    // Because the source no longer has this person, or says that they may not: ends their sessions. False
    // when they are deactivated already. The caller records the trail.
    bool deactivate(storage::Tx& tx, const IdentityLink& link, Trail& trail);

    std::optional<IdentityLink> link_of(storage::Tx& tx, const UserId& user);
    std::optional<UserId> linked(storage::Tx& tx, const std::string& service, const std::string& provider,
                                 const std::string& subject);
    // All links of one source, ordered by subject, `limit` after the subject `after`.
    std::vector<IdentityLink> links(storage::Tx& tx, const std::string& service, const std::string& provider,
                                    const std::string& after, std::int64_t limit);

    // By an administrator: from now on the account signs in as this person, its password is gone and its
    // sessions end. Throws Error conflict, identity.link.taken, when the person is linked to another.
    void link(const Actor& actor, const UserId& user, const std::string& service, const std::string& provider,
              const std::string& subject, const std::string& attempt);
    // From now on the account signs in with a password, this one or one that has to be set anew; its sessions
    // end.
    void unlink(const Actor& actor, const UserId& user, const std::string& attempt,
                const std::string& password_hash = {});

private:
    storage::Database& db_;
    Sessions& sessions_;
    Decisions& decisions_;
    const LiveSettings& settings_;
};

}  // namespace concordat::identity
