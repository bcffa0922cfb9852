#include "identity/saml/saml_sign_out.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/base/url_escape.hpp"
#include "identity/saml_message/gate.hpp"
#include "identity/saml_message/names.hpp"
#include "identity/saml_message/signature.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/saml.hpp"

namespace concordat::identity {
namespace {

// A request's id, and so what its answer names, is made of the ticket: an id must not begin with a digit.
constexpr std::string_view before_ticket = "_";

std::string name_hash(const std::string& name_id) {
    return std::string(storage::text_of(storage::sha256(name_id)));
}

bool takes_part(const SamlProviderState& state) {
    return state.problems.empty() && !state.us.sign_out_url.empty() && !state.facts.sign_out_url.empty();
}

saml::SubjectName name_in(const storage::SamlSession& session) {
    return parse_json<saml::SubjectName>(session.name);
}

// By the binding that the provider takes.
SamlCourier courier(const SamlProviderState& state, const std::string& url, const char* parameter,
                    const std::string& xml, const std::string& id, const std::string& relay_state) {
    const auto signing = state.signing();
    if (!state.facts.sign_out_by_post)
        return {saml::redirect_to(url, parameter, xml, relay_state, signing), {}};
    SamlCourier out{url, {{parameter, storage::base64(saml::with_signature(xml, id, signing))}}};
    if (!relay_state.empty()) out.fields.emplace_back("RelayState", relay_state);
    return out;
}

}  // namespace

void remember_saml_session(storage::Tx& tx, const Session& session, const std::string& provider,
                           const saml::Claims& claims) {
    if (claims.name_id.empty()) return;  // no logout can name it
    const saml::SubjectName name{claims.name_id, claims.name_id_format, claims.name_qualifier,
                                 claims.sp_name_qualifier, claims.session_index};
    storage::SamlTable(tx).remember({session.id, session.user_id, provider, name_hash(claims.name_id),
                                     json_text(name), session.create_at});
}

// A message of a provider that signed it.
struct SamlSignOut::Read {
    SamlProvider* provider = nullptr;
    std::shared_ptr<const SamlProviderState> state;
    std::optional<saml::Element> message;  // nothing when refused
    saml::LogoutExpectation expected;
};

SamlProvider* SamlSignOut::partner(const std::string& name) const {
    for (const auto& provider : providers_.all())
        if (provider->name() == name && provider->is_enabled()) return provider.get();
    return nullptr;
}

std::string SamlSignOut::leave(const Actor& actor, const std::string& attempt, const std::string& address) {
    Trail trail("sign_out", attempt, address);
    trail.decision.user_id = trail.decision.actor_id = actor.user_id;
    trail.decision.session_id = actor.session_id;
    trail.decision.service = actor.service;
    const auto kept =
        db_.read([&](storage::Tx& tx) { return storage::SamlTable(tx).session(actor.session_id); });
    std::string ticket;
    if (kept) {
        trail.decision.provider = kept->provider;
        try {  // the session ends here whatever is wrong with its provider
            auto* provider = partner(kept->provider);
            if (provider && takes_part(*provider->state())) ticket = new_token() + new_token();
        } catch (const Error& e) {
            trail.noted("saml.sign_out", "The provider cannot be told: " + e.id() + ".");
        }
    }
    if (!ticket.empty()) trail.noted("saml.sign_out", "The browser goes on to the provider.");
    return db_.transact([&](storage::Tx& tx) -> std::string {
        if (!sessions_.end(tx, actor.session_id, actor.user_id, actor.user_id, "logged_out")) return {};
        if (!ticket.empty())
            storage::SamlTable(tx).put_logout(storage::token_hash(ticket), actor.session_id,
                                              tx.now() + ticket_lifetime);
        auto entry = trail;
        entry.admitted("session.ended");
        decisions_.record(tx, entry);
        return ticket;
    });
}

SamlCourier SamlSignOut::request(const std::string& ticket) {
    const auto kept = db_.read([&](storage::Tx& tx) {
        return storage::SamlTable(tx).find_logout(storage::token_hash(ticket), tx.now());
    });
    require(kept.has_value(), Fault::not_found, "saml.sign_out.ticket",
            "This sign-out is finished, or is more than ten minutes old.");
    const auto state = providers_.named(kept->provider).ready();
    require(takes_part(*state), Fault::unavailable, "saml.settings",
            "The provider has no single logout any more.");
    const auto id = std::string(before_ticket) + ticket;
    return courier(
        *state, state->facts.sign_out_url, "SAMLRequest",
        saml::logout_request(id, state->facts.sign_out_url, db_.now(), name_in(*kept), state->us.entity_id),
        id, {});
}

void SamlSignOut::refuse(const Trail& trail) {
    decisions_.record(trail);
    throw Error(Fault::unauthenticated, "saml.sign_out.refused",
                "The provider's message could not be believed. Nobody was signed out by it.");
}

// Whose it is, and that they signed it. A redirect's signature is checked before anything parses the message.
SamlSignOut::Read SamlSignOut::read(const SamlLogoutArrival& arrival, Trail& trail) {
    Read out;
    const auto refused = [&](const char* rule, const std::string& why) -> Read& {
        trail.refused(rule, why);
        return out;
    };
    std::int64_t most = 0;
    for (const auto& one : providers_.all())
        if (one->is_enabled()) most = std::max(most, one->section()->MaximumMessageBytes);
    require(static_cast<std::int64_t>(arrival.message.size() / 4 * 3) <= most, Fault::too_large,
            "saml.too_large", "The provider's message is longer than this server takes.");
    auto xml = saml::decoded(arrival.message);
    if (xml && arrival.is_by_redirect) xml = saml::inflated(*xml, static_cast<std::size_t>(most));
    if (!xml) return refused("saml.form", "It is not base64, or not compressed as redirects are.");
    if (arrival.relay_state.size() > longest_relay_state)
        return refused("saml.form", "RelayState is longer than 1024 bytes.");
    if (const auto problem = saml::gate_problem(*xml)) return refused("saml.form", *problem);
    const auto issuer = saml::claimed_issuer(*xml);
    for (const auto& one : providers_.all())
        if (!out.provider && one->is_enabled() && one->state()->facts.entity_id == issuer)
            out.provider = one.get();
    if (!out.provider)
        return refused("saml.issuer", "No provider has the entity id \"" + issuer.substr(0, 200) + "\".");
    trail.decision.provider = out.provider->name();
    out.state = out.provider->ready();
    const auto& state = *out.state;
    if (!takes_part(state))
        return refused("saml.sign_out",
                       "Single logout is off for this provider: EnableSingleLogout, PrivateKeyFile, and an "
                       "address for it in the metadata or IdpLogoutURL.");
    saml::Findings findings;
    if (arrival.is_by_redirect) {
        if (arrival.signature.empty()) return refused("saml.signature", "The message is not signed.");
        if (saml::is_signed_query(arrival.signed_query, arrival.algorithm, arrival.signature,
                                  state.facts.certificates, findings))
            findings.pass("saml.signature", "Of the query.");
        take_over(findings, trail);
        if (trail.is_refused()) return out;
    }
    saml::SamlTask task;
    task.kind = "logout";
    task.message = *xml;
    task.entity_id = state.us.entity_id;
    task.consumer_url = state.us.consumer_url;
    task.provider = state.facts;
    if (arrival.is_by_redirect)
        task.query = arrival.signed_query + "&Signature=" + url_escaped(arrival.signature);
    const auto answer = readers_.read(task);
    if (!answer || !answer->problem.empty())
        return refused("saml.form", answer ? answer->problem
                                           : "The message took too much time or memory, or ended the process "
                                             "that reads it.");
    findings = {};
    auto message = saml::authentic_logout(*answer, arrival.is_by_redirect, state.facts, findings);
    take_over(findings, trail);
    if (!trail.is_refused() && !answer->library.empty()) trail.refused("saml.library", answer->library);
    if (trail.is_refused()) return out;
    out.message = std::move(message);
    out.expected = {state.us.entity_id, state.us.sign_out_url, db_.now(),
                    state.section->ClockSkewSeconds * 1000};
    return out;
}

SamlCourier SamlSignOut::end_sessions(const Read& read, const SamlLogoutArrival& arrival, Trail& trail) {
    const auto& state = *read.state;
    saml::Findings findings;
    const auto asked = saml::logout_request_in(*read.message, state.facts, read.expected, findings);
    take_over(findings, trail);
    bool is_known = true;
    const bool is_done = db_.transact([&](storage::Tx& tx) {
        auto entry = trail;
        storage::SamlTable table(tx);
        if (asked &&
            !table.use(read.provider->name(), storage::token_hash("logout " + asked->id), asked->expires_at))
            entry.refused("saml.replay", "The request was used before.");
        if (!entry.is_refused()) {
            auto whole = *asked;
            whole.session_indexes.clear();
            std::int64_t count = 0;
            is_known = false;
            for (const auto& kept :
                 table.sessions_of(read.provider->name(), name_hash(asked->subject.name_id), most_sessions)) {
                const auto name = name_in(kept);
                if (!saml::is_meant(name, whole, state.facts.entity_id, state.us.entity_id)) continue;
                is_known = true;
                entry.decision.user_id = kept.user_id;
                if (!saml::is_meant(name, *asked, state.facts.entity_id, state.us.entity_id) ||
                    !sessions_.end(tx, kept.session_id, kept.user_id, {}, "provider_logged_out"))
                    continue;
                entry.decision.session_id = kept.session_id;
                ++count;
            }
            if (is_known)
                entry.admitted("saml.sessions_ended", std::to_string(count) + " of this person.");
            else
                entry.refused("saml.subject",
                              "Nobody signed in here by this NameID, format and qualifiers in 30 days.");
        }
        decisions_.record(tx, entry);
        return !entry.is_refused();
    });
    saml::LogoutAnswer answer;
    answer.id = "_" + new_token() + new_token();
    answer.destination =
        state.facts.sign_out_answer.empty() ? state.facts.sign_out_url : state.facts.sign_out_answer;
    answer.in_response_to = read.message->attribute("ID").substr(0, 256);
    answer.now = db_.now();
    answer.status = is_done ? saml::success : saml::requester;
    if (!is_done) answer.second_status = is_known ? saml::request_denied : saml::unknown_principal;
    return courier(state, answer.destination, "SAMLResponse", saml::logout_answer(answer, state.us.entity_id),
                   answer.id, arrival.relay_state);
}

// The answer to a request of ours. The session here has ended already.
void SamlSignOut::finish(const Read& read, Trail& trail) {
    const auto request_id = read.message->attribute("InResponseTo");
    const auto handle = storage::token_hash(
        request_id.starts_with(before_ticket) ? request_id.substr(before_ticket.size()) : std::string());
    const auto kept =
        db_.read([&](storage::Tx& tx) { return storage::SamlTable(tx).find_logout(handle, tx.now()); });
    if (!kept || kept->provider != read.provider->name()) {
        trail.refused("saml.in_response_to",
                      "Nobody began this sign-out here within ten minutes, or it was finished already.");
        refuse(trail);
    }
    trail.decision.user_id = kept->user_id;
    trail.decision.session_id = kept->session_id;
    saml::Findings findings;
    const bool is_done =
        saml::is_logout_answer(*read.message, request_id, read.state->facts, read.expected, findings);
    take_over(findings, trail);
    if (is_done) trail.admitted("saml.sign_out");
    const bool is_partial = !is_done && findings.steps.back().rule == "saml.status";
    if (!is_done && !is_partial) refuse(trail);
    db_.transact([&](storage::Tx& tx) {
        storage::SamlTable(tx).remove_logout(handle);
        decisions_.record(tx, trail);
    });
    require(
        is_done, Fault::unavailable, "saml.sign_out.partial",
        "You are signed out here. The provider did not sign you out everywhere: close the browser, or sign "
        "out there.");
}

std::optional<SamlCourier> SamlSignOut::take(const SamlLogoutArrival& arrival) {
    Trail trail("sign_out", arrival.attempt, arrival.address);
    trail.decision.service = "saml";
    const auto read = this->read(arrival, trail);
    if (!read.message) refuse(trail);
    const bool is_request = read.message->is(saml::protocol_ns, "LogoutRequest");
    if (is_request != arrival.is_request) {
        trail.refused("saml.form", "A request came as an answer, or the other way round.");
        refuse(trail);
    }
    if (is_request) return end_sessions(read, arrival, trail);
    finish(read, trail);
    return std::nullopt;
}

}  // namespace concordat::identity
