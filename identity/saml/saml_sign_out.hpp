// Single logout by SAML 2.0: a session that a provider vouched for ends here and there, whoever begins.
//
// Begun here, the session ends first, whatever becomes of the rest; then the browser carries a signed request
// to the provider, and its signed answer back. Begun there, a request ends the sessions of its subject when
// the provider signed it and it holds by the rules of identity/saml_message, once; a signed answer goes back.
// A message that the provider did not sign is not answered and ends nothing. A provider takes part when
// EnableSingleLogout is on, its description has an address for it, and there is a key of ours to sign with.
//
// Every sign-out is a decision, sessions without a provider included. Thread-safe; calls block: password
// lane, but for leave().
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include "core/model/actor.hpp"
#include "identity/decision/decisions.hpp"
#include "identity/saml/providers.hpp"
#include "identity/saml_message/logout.hpp"
#include "identity/saml_message/response.hpp"
#include "identity/session/sessions.hpp"

namespace concordat::identity {

// What a browser carries to a provider.
struct SamlCourier {
    std::string url;
    std::vector<std::pair<const char*, std::string>> fields;  // of a form; empty: it goes by redirect
};

// What a browser brings, decoded from its form or query.
struct SamlLogoutArrival {
    bool is_request = false;  // SAMLRequest, or else SAMLResponse
    bool is_by_redirect = false;
    std::string message;                             // base64
    std::string relay_state;                         // the provider's; goes back to it
    std::string signed_query, algorithm, signature;  // by redirect: what is signed, as it came; and how
    std::string attempt, address;
};

class SamlSignOut {
public:
    static constexpr Millis ticket_lifetime = 600'000;
    static constexpr std::size_t longest_relay_state = 1024;  // bytes
    static constexpr std::int64_t most_sessions = 10'000;     // of one subject, that a request ends at once

    // All must outlive this object. `readers` should be others than those of sign-ins: anybody can keep them
    // busy.
    SamlSignOut(storage::Database& db, SamlProviders& providers, MessageReaders& readers, Sessions& sessions,
                Decisions& decisions)
        : db_(db), providers_(providers), readers_(readers), sessions_(sessions), decisions_(decisions) {}

    // Ends the session of the actor. Returns a ticket for request() when its provider is to hear of it, or
    // "".
    std::string leave(const Actor& actor, const std::string& attempt, const std::string& address);
    // The same request each time, until its answer came or ten minutes are over. Errors: not_found
    // saml.sign_out.ticket; those of SamlProvider::ready.
    SamlCourier request(const std::string& ticket);
    // What the provider is answered; nothing when this was its answer, and it has ended its session. Errors:
    // unauthenticated saml.sign_out.refused (nothing was ended), unavailable saml.sign_out.partial (the
    // provider did not end everything), too_large saml.too_large; those of MessageReaders::read.
    std::optional<SamlCourier> take(const SamlLogoutArrival& arrival);

private:
    struct Read;
    Read read(const SamlLogoutArrival& arrival, Trail& trail);
    SamlCourier end_sessions(const Read& read, const SamlLogoutArrival& arrival, Trail& trail);
    void finish(const Read& read, Trail& trail);
    [[noreturn]] void refuse(const Trail& trail);
    SamlProvider* partner(const std::string& name) const;

    storage::Database& db_;
    SamlProviders& providers_;
    MessageReaders& readers_;
    Sessions& sessions_;
    Decisions& decisions_;
};

// Writes down whom the provider means by a session, in the transaction that starts it.
void remember_saml_session(storage::Tx& tx, const Session& session, const std::string& provider,
                           const saml::Claims& claims);

}  // namespace concordat::identity
