// Partners: how two organisations come to know each other, and stop.
//
// One invites: the invitation is a word that its administrator sends by any way they trust a little. The
// other accepts it and dials. Both then know each other's key, both show the same check number, and nothing
// is exchanged before an administrator has confirmed it on each side. Every step is a decision in the log,
// act "federation".
//
// Thread-safe; calls block. Errors: invalid, not_found or conflict, "federation.partner*" and
// "federation.invitation*"; forbidden, "federation.refused", for the other side.
#pragma once
#include <functional>
#include <string>
#include <vector>
#include "federation/trust/certificates.hpp"
#include "federation/trust/organisation.hpp"
#include "federation/wire/binding.hpp"
#include "federation/wire/messages.hpp"

namespace concordat::identity {
class Decisions;
}

namespace concordat::federation {

inline constexpr std::int64_t longest_invitation_hours = 24 * 14;
inline constexpr std::int64_t most_wrong_proofs = 5;
inline constexpr std::size_t most_partners = 256;
inline constexpr std::int64_t largest_policy_size = std::int64_t{1} << 40;  // of files, in bytes
inline constexpr std::int64_t most_history_days = 36500;
inline constexpr std::size_t most_policy_types = 100, longest_policy_type = 20;

// A connection whose other end is this, and says that.
struct Caller {
    Peer peer;
    std::string own_key;  // that signed this end's certificate
    Hello hello;
    std::string exporter;
    End end = End::dialler;  // which end the other one is
    std::string remote;      // address, for the log
};

// What a partner is to be here.
struct PartnerPlan {
    std::string name;        // what it will be called: 2 to 22 of a-z, 0-9 and -; its people are USER:NAME
    std::string label = {};  // for administrators
    TeamId default_team_id = {};
    UserId creator_id = {};
};

struct Invited {
    PartnerInvitation invitation;
    std::string word;  // for the other organisation; shown once
};

class Partners {
public:
    // All must outlive this object.
    Partners(storage::Database& db, Organisation& own, identity::Decisions& decisions)
        : db_(db), own_(own), decisions_(decisions) {}
    // Hears of every change, after its commit: sessions are ended or begun by it.
    void on_change(std::function<void(const OrganisationId&)> act) { changed_ = std::move(act); }

    // -- administrators --
    // `by` is who acts; empty: the machine's operator. An invitation with a password opens only with it.
    Invited invite(const PartnerPlan& plan, std::int64_t hours, const std::string& password = {});
    // Another word for it; the one before is worth nothing any more.
    Invited renew(const AnyId& invitation, std::int64_t hours, const std::string& password = {},
                  const UserId& by = {});
    void withdraw(const AnyId& invitation, const UserId& by = {});
    Partner accept(const std::string& invitation, const PartnerPlan& plan, const std::string& password = {});
    // From now on both sides exchange what is shared. `number` is what check_number() says there.
    Partner confirm(const std::string& name, const std::string& number, const UserId& by = {});
    Partner suspend(const std::string& name, const std::string& reason, const UserId& by = {});
    Partner resume(const std::string& name, const UserId& by = {});
    // For ever. Nothing that comes later is taken; what came before stays.
    Partner revoke(const std::string& name, const std::string& reason, const UserId& by = {});
    // What is absent stays.
    Partner describe(const std::string& name, const std::optional<std::string>& label,
                     const std::optional<TeamId>& default_team, const UserId& by = {});
    // Throws Error (invalid, "federation.policy.size", "federation.policy.history" or
    // "federation.policy.types").
    Partner set_policy(const std::string& name, const PartnerPolicy& policy, const UserId& by = {});
    // The name that its certificate of an outside infrastructure must have: DNS:… or URI:…; "": none. Throws
    // Error (invalid, "federation.certificate_name").
    Partner set_certificate_name(const std::string& name, const std::string& wanted, const UserId& by = {});
    std::string certificate_name(const OrganisationId& id);
    Partner set_address(const std::string& name, const std::string& address);

    std::vector<Partner> all();
    std::vector<PartnerInvitation> invitations();
    Partner by_name(const std::string& name);
    std::optional<Partner> find(const OrganisationId& id);
    bool is_own(const OrganisationId& id) { return id == own_.id(); }
    // Of organisations that a home introduced, too. Empty when it is unknown.
    KeyChain keys_of(const OrganisationId& id);
    // Of the keys that both have now.
    std::string number_of(const Partner& partner) {
        return check_number(own_.public_key(), keys_of(partner.id).key());
    }

    // -- sessions --
    // In a handshake: a partner that is not revoked, with a key that counts, or anybody while an invitation
    // is open.
    bool may_speak(const Peer& peer);
    // What this node says first on a connection. `key` has signed its certificate.
    Hello hello(const Peer& peer, const storage::SigningKey& key, const std::string& exporter, End own_end);
    // Who calls, proved; makes a pending partner of who holds an invitation. Throws Error (forbidden) with a
    // reason for the log; the other side is told only that it is refused.
    Partner admit(const Caller& caller);
    // Whether an active partner still shows the certificate that it must; also when files have changed.
    // Throws as admit() does.
    void check_certificate(const Partner& partner, const Caller& caller);
    void seen(const OrganisationId& id);
    // Keys that a partner tells, of itself or of an organisation that it introduced. Whether there were new
    // ones; of nobody who is known here, none. Throws Error (forbidden, "federation.key_conflict"), once it
    // is recorded.
    bool take_keys(const KeyChain& told, const std::string& remote);

private:
    Partner change(const std::string& name, const char* rule, const UserId& by,
                   const std::function<std::string(Partner&)>& edit);
    void check_address();
    std::string word_of(const PartnerInvitation& invitation, const std::string& password);
    Partner welcome(const Caller& caller, const OrganisationId& id);
    void record_changes(storage::Tx& tx, const KeyChain& told, const std::string& remote);

    storage::Database& db_;
    Organisation& own_;
    identity::Decisions& decisions_;
    std::function<void(const OrganisationId&)> changed_ = [](const OrganisationId&) {};
};

}  // namespace concordat::federation
