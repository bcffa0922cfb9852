#include "identity/saml/saml_sign_in.hpp"

#include "core/base/text.hpp"
#include "identity/saml/saml_sign_out.hpp"
#include "identity/saml_message/gate.hpp"
#include "identity/saml_message/names.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/saml.hpp"

namespace concordat::identity {
namespace {

constexpr std::int64_t sweep_batch = 5000;

bool is_token(const std::string& text) {
    return text.size() >= 20 && text.size() <= 64 &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") ==
               text.npos;
}

}  // namespace

// What a message belongs to: a request that was begun here, or nothing.
struct SamlSignIn::Pending {
    SamlProvider* provider = nullptr;  // none when refused
    std::shared_ptr<const SamlProviderState> state;
    std::string handle_hash;
    std::optional<storage::SamlRequest> request;
};

// What is left of a message that was read.
struct SamlSignIn::Message {
    std::optional<saml::Claims> claims;
    ExternalIdentity identity;
};

SamlStarted SamlSignIn::start(const std::string& provider_name, const SignInIntent& intent,
                              const std::string& browser) {
    auto& provider = providers_.named(provider_name);
    const auto state = provider.ready();
    if (open_requests_.fetch_add(1) >= most_open_requests)
        throw Error(Fault::unavailable, "saml.busy",
                    "Too many people sign in at the moment. Try again in a while.");
    const auto& section = *state->section;
    const auto relay_state = new_token();
    SamlStarted started;
    started.browser = is_token(browser) ? browser : new_token() + new_token();
    saml::SignInRequest request;
    request.id = "_" + new_token() + new_token();  // must not begin with a digit
    request.destination = state->facts.sign_in_url;
    request.now = db_.now();
    request.wants_persistent_id = section.IdAttribute.empty();
    request.scoping_id = section.ScopingIDPProviderId;
    request.scoping_name = section.ScopingIDPName;
    std::optional<saml::Signing> signing;
    if (section.SignRequest) signing = state->signing();
    started.location = saml::redirect_to(state->facts.sign_in_url, "SAMLRequest",
                                         saml::sign_in_request(request, state->us), relay_state, signing);
    const storage::Database::Relaxed relaxed;  // after a crash the person begins again
    db_.transact([&](storage::Tx& tx) {
        storage::SamlTable(tx).put(storage::token_hash(relay_state),
                                   {request.id, provider.name(), storage::token_hash(started.browser),
                                    json_text(intent), tx.now() + request_lifetime});
    });
    return started;
}

// Finds the request that a browser's message answers. Before anything is parsed, since it costs less.
SamlSignIn::Pending SamlSignIn::pending_of(const SamlArrival& arrival, Trail& trail) {
    Pending pending;
    pending.handle_hash = storage::token_hash(arrival.relay_state);
    pending.request =
        db_.read([&](storage::Tx& tx) { return storage::SamlTable(tx).find(pending.handle_hash, tx.now()); });
    if (pending.request) {
        pending.provider = &providers_.named(pending.request->provider);
        trail.decision.provider = pending.provider->name();
        if (storage::constant_time_equal(storage::token_hash(arrival.browser),
                                         pending.request->browser_hash)) {
            trail.passed("saml.browser");
        } else {
            trail.refused(
                "saml.browser",
                "Another browser began this sign-in, or this one keeps no cookies. The cookie lasts ten "
                "minutes and needs https, or the same address throughout.");
            pending.provider = nullptr;
        }
        return pending;
    }
    for (const auto& provider : providers_.all()) {
        if (!provider->is_enabled() || !provider->state()->section->AllowIdpInitiated) continue;
        const auto xml = saml::decoded(arrival.response);
        if (xml && saml::claimed_issuer(*xml) == provider->state()->facts.entity_id)
            pending.provider = provider.get();
    }
    if (pending.provider)
        trail.noted("saml.request", "The sign-in began at the provider.");
    else
        trail.refused(
            "saml.request",
            "Nobody began this sign-in here within ten minutes, or it was finished already; and no provider "
            "of this name may begin one (AllowIdpInitiated).");
    return pending;
}

SamlSignIn::Message SamlSignIn::read(const Pending& pending, const SamlArrival& arrival, Trail& trail) {
    Message out;
    out.identity.service = "saml";
    out.identity.provider = pending.provider->name();
    const auto xml = saml::decoded(arrival.response);
    auto problem = xml ? saml::gate_problem(*xml) : std::optional<std::string>("It is not base64.");
    if (problem) {
        trail.refused("saml.form", *problem);
        return out;
    }
    const auto& state = *pending.state;
    saml::SamlTask task;
    task.kind = "response";
    task.message = *xml;
    task.entity_id = state.us.entity_id;
    task.consumer_url = state.us.consumer_url;
    task.provider = state.facts;
    if (xml->find("EncryptedAssertion") != xml->npos) task.key = state.key;
    const auto answer = readers_.read(task);
    if (!answer || !answer->problem.empty()) {
        trail.refused("saml.form",
                      answer ? answer->problem
                             : "The message took too much time or memory, or ended the process that "
                               "reads it.");
        return out;
    }
    saml::Expectation expected;
    expected.entity_id = state.us.entity_id;
    expected.consumer_url = state.us.consumer_url;
    expected.request_id = pending.request ? pending.request->request_id : std::string();
    expected.now = db_.now();
    expected.skew = state.section->ClockSkewSeconds * 1000;
    saml::Findings findings;
    out.claims = saml::claims_in(*answer, state.facts, expected, findings);
    take_over(findings, trail);
    if (!answer->library.empty()) trail.refused("saml.library", answer->library);
    if (trail.is_refused() || !out.claims) return out;
    trail.passed("saml.library");
    out.identity = saml_identity(pending.provider->name(), *state.section, *out.claims, trail);
    return out;
}

// The request and the assertion count once, over all nodes and restarts.
bool SamlSignIn::use(const Pending& pending, const saml::Claims& claims, Trail& trail) {
    enum class Use { first, answered, replayed };
    const auto outcome = db_.transact([&](storage::Tx& tx) {
        storage::SamlTable table(tx);
        if (pending.request && !table.remove(pending.handle_hash)) return Use::answered;
        return table.use(pending.provider->name(), storage::token_hash(claims.assertion_id),
                         claims.expires_at)
                   ? Use::first
                   : Use::replayed;
    });
    if (outcome == Use::answered) trail.refused("saml.in_response_to", "This sign-in was finished already.");
    if (outcome == Use::replayed) trail.refused("saml.replay", "The assertion was used before.");
    if (outcome == Use::first) trail.passed("saml.replay");
    return outcome == Use::first;
}

void SamlSignIn::give_back(const Pending& pending, const saml::Claims& claims) {
    db_.transact([&](storage::Tx& tx) {
        storage::SamlTable table(tx);
        table.forget(pending.provider->name(), storage::token_hash(claims.assertion_id));
        if (pending.request) table.put(pending.handle_hash, *pending.request);
    });
}

SamlAdmitted SamlSignIn::finish(const SamlArrival& arrival) {
    Trail trail("sign_in", arrival.attempt.id, arrival.attempt.device.address);
    trail.decision.service = "saml";
    ExternalIdentity nobody;
    nobody.service = "saml";
    auto pending = pending_of(arrival, trail);
    nobody.provider = trail.decision.provider;
    if (!pending.provider) sign_in_.with_identity(nobody, arrival.attempt, trail);  // records, and refuses
    require(pending.provider != nullptr, Fault::internal, "saml.refusal");
    pending.state = pending.provider->ready();
    const auto most = static_cast<std::size_t>(pending.state->section->MaximumMessageBytes);
    require(arrival.response.size() / 4 * 3 <= most, Fault::too_large, "saml.too_large",
            "The provider's message is longer than this server takes.");
    const auto message = read(pending, arrival, trail);
    if (!message.claims || trail.is_refused() || !use(pending, *message.claims, trail))
        sign_in_.with_identity(message.identity, arrival.attempt, trail);  // records, and refuses
    require(message.claims && !trail.is_refused(), Fault::internal, "saml.refusal");
    SignInIntent intent;
    if (pending.request) intent = parse_json<SignInIntent>(pending.request->intent);
    auto attempt = arrival.attempt;
    attempt.switches = intent.switches;
    attempt.password_set_at = intent.password_set_at;
    attempt.on_session = [&](storage::Tx& tx, const Session& session) {
        remember_saml_session(tx, session, pending.provider->name(), *message.claims);
    };
    try {  // a code that is missing or wrong: the same response comes again with one
        auto admitted = sign_in_.with_identity(message.identity, attempt, trail);
        return {std::move(admitted), std::move(intent)};
    } catch (const Error& e) {
        if (asks_for_code(e)) give_back(pending, *message.claims);
        throw;
    }
}

std::int64_t SamlSignIn::sweep() {
    return db_.transact([&](storage::Tx& tx) {
        storage::SamlTable table(tx);
        const auto gone = table.sweep(tx.now(), sweep_batch);
        open_requests_ = table.open_requests();
        return gone;
    });
}

}  // namespace concordat::identity
