// Provisioning: an organisation's identity system makes, changes and switches off accounts by SCIM 2.0
// (RFC 7643, RFC 7644).
//
// A client has a name, a token, and the service by which the people it makes sign in ("saml", "openid", ...):
// a person's externalId is their immutable id there, so that the sign-in finds the account that was
// provisioned. A client sees and changes the people it made, nobody else. Who is switched off loses sessions
// and sockets at once. What was deactivated here stays so. Every change is a decision.
//
// Thread-safe; calls block. Errors: ScimError with the status and scimType of RFC 7644, section 3.12.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/user.hpp"
#include "identity/account/admissions.hpp"
#include "identity/decision/decisions.hpp"
#include "identity/scim/person.hpp"
#include "storage/tables/scim.hpp"

namespace concordat::identity {

// A person as a client sees them.
struct Provisioned {
    User user;
    ScimUser person;
    Millis update_at = 0;
};

struct ProvisionedPage {
    std::vector<Provisioned> people;
    std::int64_t total = 0, start_index = 1;  // from 1, as the standard counts
};

class Provisioning {
public:
    static constexpr std::int64_t most_listed = 200;

    // All must outlive this object.
    Provisioning(storage::Database& db, Admissions& admissions, Decisions& decisions,
                 const LiveSettings& settings)
        : db_(db), admissions_(admissions), decisions_(decisions), settings_(settings) {}

    // ---- clients; by the operator. The token is shown once and kept as a digest.
    struct NewClient {
        storage::ScimClient client;
        std::string token;
    };
    // Throws Error: conflict, identity.scim.name_taken; invalid, identity.scim.service.
    NewClient add_client(const std::string& name, const std::string& service, const std::string& provider);
    // A new token; the one before is worth nothing. Throws Error not_found.
    std::string renew_token(const std::string& name);
    void remove_client(const std::string& name);
    std::vector<storage::ScimClient> clients();
    // Nothing for a token that is none, and while ConcordatSettings.EnableScim is false.
    std::optional<storage::ScimClient> client_of(const std::string& token);

    // ---- people. `attempt` is the request's id.
    Provisioned create(const storage::ScimClient& client, const ScimUser& wanted, const std::string& attempt);
    Provisioned change(const storage::ScimClient& client, const UserId& user, const ScimUser& wanted,
                       const std::string& attempt);
    // The account is switched off and no longer the client's; the same externalId brings it back.
    void remove(const storage::ScimClient& client, const UserId& user, const std::string& attempt);
    Provisioned get(const storage::ScimClient& client, const UserId& user);
    ProvisionedPage list(const storage::ScimClient& client, const std::optional<ScimFilter>& filter,
                         std::int64_t start_index, std::int64_t count);

private:
    Provisioned read(storage::Tx& tx, const storage::ScimPerson& person);
    Provisioned write(const storage::ScimClient& client, const ScimUser& wanted,
                      const std::optional<UserId>& user, const std::string& attempt);
    std::optional<storage::ScimPerson> match(storage::Tx& tx, const storage::ScimClient& client,
                                             const ScimFilter& filter);
    storage::ScimClient named(storage::Tx& tx, const std::string& name);

    storage::Database& db_;
    Admissions& admissions_;
    Decisions& decisions_;
    const LiveSettings& settings_;
};

}  // namespace concordat::identity
