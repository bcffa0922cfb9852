// Sign-in by SAML 2.0: sends a browser to its provider, and takes what it brings back.
//
// A request is bound to the browser by a cookie, to the provider, and to ten minutes; it is answered once.
// What an assertion says is believed by the rules of identity/saml_message, once. Who is let in is SignIn's
// decision; every rule's word stands in its record.
//
// Thread-safe; calls block: password lane.
#pragma once
#include <atomic>
#include <string>
#include "core/config/live.hpp"
#include "identity/saml/providers.hpp"
#include "identity/saml_message/response.hpp"
#include "identity/signin/intent.hpp"
#include "identity/signin/sign_in.hpp"

namespace concordat::identity {

struct SamlStarted {
    std::string location;  // where the browser goes
    std::string browser;   // the cookie's value, worth ten minutes
};

// What a browser brings.
struct SamlArrival {
    std::string response;  // base64
    std::string relay_state;
    std::string browser;    // the cookie's value
    SignInAttempt attempt;  // its code is that of the second factor
};

struct SamlAdmitted {
    Admitted admitted;
    SignInIntent intent;
};

class SamlSignIn {
public:
    static constexpr Millis request_lifetime = 600'000;
    static constexpr std::int64_t most_open_requests = 200'000;

    // All must outlive this object.
    SamlSignIn(storage::Database& db, SamlProviders& providers, MessageReaders& readers, SignIn& sign_in,
               const LiveSettings& settings)
        : db_(db), providers_(providers), readers_(readers), sign_in_(sign_in), settings_(settings) {}

    // `browser` is the cookie of a sign-in that is under way, or "": then a new one is made. Errors: those of
    // SamlProvider::ready, of SamlProviders::named; unavailable saml.busy.
    SamlStarted start(const std::string& provider, const SignInIntent& intent, const std::string& browser);
    // Errors: those of SignIn::with_identity; too_large saml.too_large; those of MessageReaders::read. Where
    // a code of the second factor is missing or wrong, the same response may come again with one.
    SamlAdmitted finish(const SamlArrival& arrival);

    // Removes what has expired; how many.
    std::int64_t sweep();

private:
    struct Pending;
    struct Message;
    Pending pending_of(const SamlArrival& arrival, Trail& trail);
    Message read(const Pending& pending, const SamlArrival& arrival, Trail& trail);
    bool use(const Pending& pending, const saml::Claims& claims, Trail& trail);
    void give_back(const Pending& pending, const saml::Claims& claims);

    storage::Database& db_;
    SamlProviders& providers_;
    MessageReaders& readers_;
    SignIn& sign_in_;
    const LiveSettings& settings_;
    std::atomic<std::int64_t> open_requests_{0};  // as last counted, and those begun since
};

// The person whom the claims describe; what is wrong with that refuses in the trail.
ExternalIdentity saml_identity(const std::string& provider, const SamlSection& section,
                               const saml::Claims& claims, Trail& trail);

}  // namespace concordat::identity
