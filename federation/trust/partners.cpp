#include "federation/trust/partners.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/config/rules.hpp"
#include "core/model/version.hpp"
#include "federation/trust/known_keys.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/federation.hpp"
#include "storage/tables/teams.hpp"

namespace concordat::federation {
namespace {

constexpr Millis hour = 3600 * 1000;
constexpr std::size_t shortest_name = 2, longest_name = 22, longest_display_name = 64, longest_address = 260;
constexpr std::size_t token_size = 16;
constexpr std::size_t longest_software = 64, longest_reason = 200;

void check_name(const std::string& name) {
    const bool is_good = name.size() >= shortest_name && name.size() <= longest_name &&
                         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == name.npos &&
                         name.front() != '-' && name.back() != '-';
    require(is_good, Fault::invalid, "federation.partner_name",
            "A partner's name has 2 to 22 characters of a-z, 0-9 and -, and no - at its ends.");
}

void check_free(storage::PartnerTable& table, const std::string& name) {
    if (table.by_name(name))
        throw Error(Fault::conflict, "federation.partner_name.taken",
                    "There is a partner \"" + name + "\" already. Choose another name.");
    for (const auto& open : table.invitations())
        if (open.name == name)
            throw Error(Fault::conflict, "federation.partner_name.taken",
                        "An invitation for \"" + name + "\" is open. Choose another name.");
}

// What another organisation or an administrator wrote, for a table: no control characters, not too long.
std::string shortened(const std::string& text, std::size_t longest) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto length = utf8_length_at(text, at);
        if (length > 1 || (length == 1 && static_cast<unsigned char>(text[at]) >= ' '))
            out += text.substr(at, length);
        at += std::max<std::size_t>(length, 1);
    }
    return std::string(rune_prefix(out, longest));
}

// HOST:PORT that a node can dial; what another organisation says of itself may be anything.
bool is_dialable(const std::string& address) {
    const auto [host, port] = rules::split_host_port(address);
    return address.size() <= longest_address && !host.empty() && port > 0;
}

void check_hours(std::int64_t hours) {
    require(hours >= 1 && hours <= longest_invitation_hours, Fault::invalid, "federation.invitation.hours",
            "An invitation is good for 1 to 336 hours.");
}

void check_team(storage::Tx& tx, const TeamId& id) {
    if (id.empty()) return;
    const auto team = storage::TeamTable(tx).find(id);
    require(team && team->delete_at == 0, Fault::invalid, "app.team.get.find.app_error",
            "There is no such team.");
}

void check_policy(const PartnerPolicy& policy) {
    require(policy.largest_file >= 0 && policy.largest_file <= largest_policy_size, Fault::invalid,
            "federation.policy.size", "The largest file is 0 to 1099511627776 bytes.");
    require(policy.history_days >= -1 && policy.history_days <= most_history_days, Fault::invalid,
            "federation.policy.history", "History is 0 to 36500 days, or -1 for everything.");
    for (const auto* types : {&policy.file_types, &policy.refused_file_types}) {
        require(types->size() <= most_policy_types, Fault::invalid, "federation.policy.types",
                "At most 100 endings of file names can be listed.");
        for (const auto& type : *types)
            require(!type.empty() && type.size() <= longest_policy_type &&
                        type.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_+-") == type.npos,
                    Fault::invalid, "federation.policy.types",
                    "An ending of file names is 1 to 20 of a-z, 0-9, _, + and -, without the dot.");
    }
}

Error no_such_invitation() {
    return Error(Fault::not_found, "federation.invitation.missing", "There is no such invitation.");
}

identity::Trail admission(const char* rule, const UserId& by, const std::string& said) {
    identity::Trail trail("federation", new_token());
    trail.decision.actor_id = by;
    trail.admitted(rule, said);
    return trail;
}

identity::Trail trail_of(const Caller& caller) {
    return identity::Trail("federation", new_token(), caller.remote);
}

[[noreturn]] void refuse(const std::string& why) {
    throw Error(Fault::forbidden, "federation.refused", "The connection is refused.", why);
}

}  // namespace

void Partners::check_address() {
    require(!own_.address().empty(), Fault::invalid, "federation.invitation.address",
            "Partners cannot dial this node: set ConcordatSettings.FederationListenAddress and "
            "FederationPublicAddress, or let the other organisation invite.");
}

std::string Partners::word_of(const PartnerInvitation& made, const std::string& password) {
    InvitationText text;
    text.name = own_.name();
    const auto keys = own_.keys();
    text.public_key = storage::base64(keys.first_key());
    if (!keys.changes().empty()) text.keys = storage::base64(keys.encode());
    text.address = own_.address();
    text.id = made.id;
    text.token = storage::base64(made.token);
    text.expires_at = made.expires_at;
    auto word = encode_invitation(own_.key(), text);
    return password.empty() ? word : lock_invitation(word, password);
}

Invited Partners::invite(const PartnerPlan& plan, std::int64_t hours, const std::string& password) {
    check_name(plan.name);
    check_hours(hours);
    check_address();
    own_.key();  // made before the transaction
    Invited out;
    auto& made = out.invitation;
    made.name = plan.name;
    made.label = shortened(plan.label, longest_display_name);
    made.default_team_id = plan.default_team_id;
    made.creator_id = plan.creator_id;
    made.token = storage::random_bytes(token_size);
    made.create_at = db_.now();
    made.expires_at = made.create_at + hours * hour;
    made.id = AnyId::fresh(made.create_at);
    out.word = word_of(made, password);  // refused before anything is written
    db_.transact([&](storage::Tx& tx) {
        storage::PartnerTable table(tx);
        for (const auto& old : table.invitations())
            if (old.expires_at <= tx.now()) table.remove_invitation(old.id);
        check_free(table, made.name);
        check_team(tx, made.default_team_id);
        table.insert(made);
        decisions_.record(tx, admission("federation.invited", plan.creator_id,
                                        "\"" + made.name + "\" may pair with this organisation for " +
                                            std::to_string(hours) + " hours."));
    });
    return out;
}

Invited Partners::renew(const AnyId& id, std::int64_t hours, const std::string& password, const UserId& by) {
    check_hours(hours);
    check_address();
    own_.key();
    Invited out;
    db_.transact([&](storage::Tx& tx) {
        storage::PartnerTable table(tx);
        const auto known = table.lock_invitation(id);
        if (!known) throw no_such_invitation();
        auto made = *known;
        made.token = storage::random_bytes(token_size);
        made.expires_at = tx.now() + hours * hour;
        out = {made, word_of(made, password)};
        table.remove_invitation(id);
        table.insert(made);
        decisions_.record(tx,
                          admission("federation.invited", by,
                                    "\"" + made.name + "\" has another invitation; the one before ends."));
    });
    return out;
}

void Partners::withdraw(const AnyId& id, const UserId& by) {
    db_.transact([&](storage::Tx& tx) {
        storage::PartnerTable table(tx);
        const auto known = table.lock_invitation(id);
        if (!known) throw no_such_invitation();
        table.remove_invitation(id);
        decisions_.record(tx, admission("federation.withdrawn", by,
                                        "The invitation for \"" + known->name + "\" was withdrawn."));
    });
}

Partner Partners::accept(const std::string& invitation, const PartnerPlan& plan,
                         const std::string& password) {
    const auto& name = plan.name;
    check_name(name);
    const auto text = decode_invitation(unlock_invitation(invitation, password));
    require(text.expires_at > db_.now(), Fault::invalid, "federation.invitation.expired",
            "The invitation has expired. Ask for a new one.");
    require(is_dialable(text.address), Fault::invalid, "federation.invitation.address",
            "The invitation names no address that could be dialled. Ask for a new one.");
    Partner partner;
    partner.public_key = storage::from_base64(text.public_key).value_or("");
    partner.id = organisation_of(partner.public_key);
    require(partner.id != own_.id(), Fault::invalid, "federation.invitation.own",
            "This invitation is one of this organisation's own.");
    partner.name = name;
    partner.display_name = shortened(text.name, longest_display_name);
    partner.address = text.address;
    partner.state = "pending";
    partner.label = shortened(plan.label, longest_display_name);
    partner.default_team_id = plan.default_team_id;
    partner.creator_id = plan.creator_id;
    partner.invitation = text.id.text() + " " + text.token;
    db_.transact([&](storage::Tx& tx) {
        storage::PartnerTable table(tx);
        if (const auto known = table.find(partner.id))
            throw Error(
                Fault::conflict, "federation.partner.known",
                "This organisation is paired already, as \"" + known->name + "\" (" + known->state + ").");
        check_free(table, name);
        if (table.all().size() >= most_partners)
            throw Error(Fault::conflict, "federation.partner.too_many", "There are 256 partners already.");
        check_team(tx, plan.default_team_id);
        partner.create_at = partner.state_at = tx.now();
        table.insert(partner);
        if (text.keys) keep_keys(tx, KeyChain::decode(storage::from_base64(*text.keys).value_or("")));
        decisions_.record(tx, admission("federation.accepted", plan.creator_id,
                                        "The invitation of " + partner.id.text() +
                                            " was accepted; it is called \"" + name + "\" here."));
    });
    changed_(partner.id);
    return partner;
}

Partner Partners::change(const std::string& name, const char* rule, const UserId& by,
                         const std::function<std::string(Partner&)>& edit) {
    const auto partner = db_.transact([&](storage::Tx& tx) {
        storage::PartnerTable table(tx);
        const auto known = by_name(name);
        auto partner = *table.lock(known.id);
        require(partner.state != "revoked", Fault::conflict, "federation.partner.revoked",
                "This partner is revoked for ever.");
        const auto said = edit(partner);
        if (partner.state != known.state) partner.state_at = tx.now();
        check_team(tx, partner.default_team_id);
        table.update(partner);
        decisions_.record(tx, admission(rule, by, said));
        return partner;
    });
    changed_(partner.id);
    return partner;
}

Partner Partners::confirm(const std::string& name, const std::string& number, const UserId& by) {
    return change(name, "federation.confirmed", by, [&](Partner& partner) {
        const auto digits = [](const std::string& text) {
            std::string out;
            for (const char c : text)
                if (c >= '0' && c <= '9') out += c;
            return out;
        };
        require(
            digits(number) == digits(number_of(partner)), Fault::invalid, "federation.partner.number",
            "This is not the check number of this pairing. Compare with the other administrator; when theirs "
            "differs from yours, somebody is between you: revoke the partner.");
        require(partner.state == "pending", Fault::conflict, "federation.partner.confirmed",
                "This partner is confirmed already.");
        partner.state = "active";
        partner.confirm_at = db_.now();
        return "The check number of \"" + partner.name + "\" was compared.";
    });
}

Partner Partners::suspend(const std::string& name, const std::string& reason, const UserId& by) {
    return change(name, "federation.suspended", by, [&](Partner& partner) {
        require(partner.state == "active", Fault::conflict, "federation.partner.not_active",
                "This partner is not active.");
        partner.state = "suspended";
        partner.reason = shortened(reason, longest_reason);
        return "\"" + partner.name + "\" is suspended.";
    });
}

Partner Partners::resume(const std::string& name, const UserId& by) {
    return change(name, "federation.resumed", by, [&](Partner& partner) {
        require(partner.state == "suspended", Fault::conflict, "federation.partner.not_suspended",
                "This partner is not suspended.");
        partner.state = "active";
        partner.reason.clear();
        return "\"" + partner.name + "\" is active again.";
    });
}

Partner Partners::revoke(const std::string& name, const std::string& reason, const UserId& by) {
    return change(name, "federation.revoked", by, [&](Partner& partner) {
        partner.state = "revoked";
        partner.invitation.clear();
        partner.reason = shortened(reason, longest_reason);
        return "\"" + partner.name + "\" is revoked.";
    });
}

Partner Partners::describe(const std::string& name, const std::optional<std::string>& label,
                           const std::optional<TeamId>& default_team, const UserId& by) {
    return change(name, "federation.described", by, [&](Partner& partner) {
        if (label) partner.label = shortened(*label, longest_display_name);
        if (default_team) partner.default_team_id = *default_team;
        return "\"" + partner.name + "\" is described as \"" + partner.label + "\"; its channels go to " +
               (partner.default_team_id.empty() ? "no team" : "team " + partner.default_team_id.text()) + ".";
    });
}

Partner Partners::set_policy(const std::string& name, const PartnerPolicy& policy, const UserId& by) {
    check_policy(policy);
    return change(name, "federation.policy", by, [&](Partner& partner) {
        partner.policy = policy;
        return "The policy for \"" + partner.name + "\" is " + json_text(policy) + ".";
    });
}

Partner Partners::set_certificate_name(const std::string& name, const std::string& wanted, const UserId& by) {
    require(wanted.empty() || is_certificate_name(wanted), Fault::invalid, "federation.certificate_name",
            "The name in a partner's certificate is DNS:HOST or URI:…, at most 255 characters, without "
            "wildcards.");
    const auto known = by_name(name);
    db_.transact([&](storage::Tx& tx) {
        storage::PartnerTable(tx).set_certificate_name(known.id, wanted);
        decisions_.record(tx, admission("federation.certificate_name", by,
                                        "The certificate of \"" + name + "\" must be " +
                                            (wanted.empty() ? "no particular one's." : wanted + ".")));
    });
    changed_(known.id);
    return known;
}

std::string Partners::certificate_name(const OrganisationId& id) {
    return db_.read([&](storage::Tx& tx) { return storage::PartnerTable(tx).certificate_name(id); });
}

// One that is not confirmed is told nothing, and has no name yet.
void Partners::check_certificate(const Partner& partner, const Caller& caller) {
    const auto outside = own_.outside();
    if (partner.state != "active" || !outside.are_demanded()) return;
    const Binding binding{caller.exporter, caller.end, partner.id, own_.id()};
    const auto why = outside.objection(caller.hello, binding, certificate_name(partner.id), db_.now());
    if (!why.empty()) refuse(why);
}

Partner Partners::set_address(const std::string& name, const std::string& address) {
    require(address.empty() || is_dialable(address), Fault::invalid, "federation.partner.address",
            "An address is HOST:PORT; without one the partner dials.");
    return change(name, "federation.address", {}, [&](Partner& partner) {
        partner.address = address;
        return "\"" + partner.name + "\" is dialled at \"" + address + "\".";
    });
}

std::vector<Partner> Partners::all() {
    return db_.read([](storage::Tx& tx) { return storage::PartnerTable(tx).all(); });
}

std::vector<PartnerInvitation> Partners::invitations() {
    return db_.read([](storage::Tx& tx) { return storage::PartnerTable(tx).invitations(); });
}

Partner Partners::by_name(const std::string& name) {
    auto partner = db_.read([&](storage::Tx& tx) { return storage::PartnerTable(tx).by_name(name); });
    if (!partner)
        throw Error(Fault::not_found, "federation.partner.missing", "There is no partner \"" + name + "\".");
    return *partner;
}

std::optional<Partner> Partners::find(const OrganisationId& id) {
    return db_.read([&](storage::Tx& tx) { return storage::PartnerTable(tx).find(id); });
}

KeyChain Partners::keys_of(const OrganisationId& id) {
    return db_.read([&](storage::Tx& tx) { return known_keys(tx, id); });
}

bool Partners::may_speak(const Peer& peer) {
    try {
        return db_.read([&](storage::Tx& tx) {
            storage::PartnerTable table(tx);
            const auto partner = table.find(peer.organisation());
            if (!partner)
                return table.has_open_invitation(tx.now()) && peer.keys.may_connect(peer.key, tx.now());
            const auto known = known_keys(tx, partner->id);
            if (!known.agrees_with(peer.keys)) {
                log_error("a partner shows another history of its keys than the one that is known",
                          {{"partner", partner->name}});
                return false;
            }
            const auto& longer = known.changes().size() < peer.keys.changes().size() ? peer.keys : known;
            return partner->state != "revoked" && longer.may_connect(peer.key, tx.now());
        });
    } catch (const Error& e) {  // inside a C callback: refused is the answer
        log_error("a partner could not be looked up", {{"id", e.id()}});
        return false;
    }
}

Hello Partners::hello(const Peer& other, const storage::SigningKey& key, const std::string& exporter,
                      End own_end) {
    const auto& peer = other.organisation();
    const auto partner = find(peer);
    Hello out;
    out.organisation = own_.id();
    out.name = own_.name();
    out.software = "concordat " + std::string(product_version);
    out.address = own_.address();
    out.clock = db_.now();
    out.is_ready = partner && partner->state == "active";
    out.has_files = true;
    out.has_keys = true;
    out.proof = storage::base64(sign_binding(key, {exporter, own_end, out.organisation, peer}));
    own_.outside().show(out, {exporter, own_end, out.organisation, peer});
    if (partner && !partner->invitation.empty()) {
        const auto words = split_words(partner->invitation);
        out.invitation = AnyId::from_text(words.at(0));
        out.invitation_proof = storage::base64(invitation_proof(
            storage::from_base64(words.at(1)).value_or(""), exporter, other.key, key.public_key()));
    }
    return out;
}

Partner Partners::admit(const Caller& caller) {
    const auto& id = caller.peer.organisation();
    const auto& hello = caller.hello;
    if (hello.version != protocol_version) refuse("it speaks version " + std::to_string(hello.version));
    if (hello.organisation != id) refuse("it says that it is another organisation than its certificate");
    const Binding binding{caller.exporter, caller.end, id, own_.id()};
    if (!is_bound(caller.peer.key, binding, storage::from_base64(hello.proof).value_or("")))
        refuse("its proof does not belong to this connection");
    auto partner = find(id);
    if (!partner) return welcome(caller, id);
    if (partner->state == "revoked") refuse("it is revoked");
    if (partner->state == "suspended") refuse("it is suspended");
    if (take_keys(caller.peer.keys, caller.remote)) changed_(id);
    check_certificate(*partner, caller);
    const auto display_name = shortened(hello.name, longest_display_name);
    const bool is_address_new =
        partner->address.empty() && caller.end == End::dialler && is_dialable(hello.address);
    const bool is_welcomed = hello.is_ready && !partner->invitation.empty();
    if (display_name != partner->display_name || is_address_new || is_welcomed)
        db_.transact([&](storage::Tx& tx) {
            storage::PartnerTable table(tx);
            auto row = table.lock(id);
            row->display_name = display_name;
            if (is_address_new) row->address = hello.address;
            if (is_welcomed) row->invitation.clear();
            table.update(*row);
            partner = row;
        });
    return *partner;
}

// Somebody who is not known, and must hold an invitation. A wrong proof is counted even though it is refused.
Partner Partners::welcome(const Caller& caller, const OrganisationId& id) {
    const auto& hello = caller.hello;
    if (!hello.invitation || !hello.invitation_proof) refuse("it is no partner and shows no invitation");
    std::string why;
    const auto made = db_.transact([&](storage::Tx& tx) -> std::optional<Partner> {
        why.clear();
        storage::PartnerTable table(tx);
        auto trail = trail_of(caller);
        const auto invitation = table.lock_invitation(*hello.invitation);
        if (!invitation || invitation->expires_at <= tx.now()) {
            why = "it shows an invitation that is used, expired or unknown";
        } else if (table.all().size() >= most_partners) {
            why = "there are 256 partners already";
        } else {
            const auto proof =
                invitation_proof(invitation->token, caller.exporter, caller.own_key, caller.peer.key);
            if (!storage::constant_time_equal(proof,
                                              storage::from_base64(*hello.invitation_proof).value_or(""))) {
                why = "it does not hold the invitation that it shows";
                if (invitation->failures + 1 >= most_wrong_proofs)
                    table.remove_invitation(invitation->id);
                else
                    table.count_failure(invitation->id);
            }
        }
        if (!why.empty()) {
            trail.refused("federation.invitation", id.text() + ": " + why + ".");
            decisions_.record(tx, trail);
            return std::nullopt;
        }
        Partner partner;
        partner.id = id;
        partner.name = invitation->name;
        partner.display_name = shortened(hello.name, longest_display_name);
        partner.public_key = caller.peer.keys.first_key();
        if (is_dialable(hello.address)) partner.address = hello.address;
        partner.state = "pending";
        partner.label = invitation->label;
        partner.default_team_id = invitation->default_team_id;
        partner.creator_id = invitation->creator_id;
        partner.create_at = partner.state_at = tx.now();
        table.insert(partner);
        keep_keys(tx, caller.peer.keys);
        table.remove_invitation(invitation->id);
        trail.admitted("federation.invitation", id.text() + " came with the invitation for \"" +
                                                    partner.name +
                                                    "\"; its check number waits to be confirmed.");
        decisions_.record(tx, trail);
        return partner;
    });
    if (!made) refuse(why);
    changed_(id);
    return *made;
}

bool Partners::take_keys(const KeyChain& told, const std::string& remote) {
    const auto known = keys_of(told.organisation());
    if (known.empty()) return false;
    if (known.agrees_with(told) && known.changes().size() >= told.changes().size()) return false;
    try {
        db_.transact([&](storage::Tx& tx) { record_changes(tx, told, remote); });
    } catch (const Error& e) {
        if (e.id() != "federation.key_conflict") throw;
        db_.transact([&](storage::Tx& tx) {
            identity::Trail trail("federation", new_token(), remote);
            trail.refused("federation.key_conflict", "Another history of the keys of " +
                                                         told.organisation().text() +
                                                         " was shown than the one that is known.");
            decisions_.record(tx, trail);
        });
        log_error("another history of an organisation's keys was shown than the one that is known",
                  {{"organisation", told.organisation().text()}, {"remote", remote}});
        throw;
    }
    return true;
}

// For administrators: whoever has changed its key says so here.
void Partners::record_changes(storage::Tx& tx, const KeyChain& told, const std::string& remote) {
    for (const auto& change : keep_keys(tx, told)) {
        const auto partner = storage::PartnerTable(tx).find(change.organisation);
        const auto whose = partner ? "\"" + partner->name + "\"" : change.organisation.text();
        identity::Trail trail("federation", new_token(), remote);
        trail.admitted(
            "federation.key_changed",
            whose + " has another key, its change " + std::to_string(change.number) +
                (change.bad_since ? "; the old one is bad since " + std::to_string(change.bad_since)
                                  : "; the old one counts until " + std::to_string(change.old_until)) +
                ".");
        decisions_.record(tx, trail);
        log_warn("another organisation has changed its key", {{"organisation", change.organisation.text()},
                                                              {"number", change.number},
                                                              {"is_bad", change.bad_since != 0}});
    }
}

void Partners::seen(const OrganisationId& id) {
    db_.transact([&](storage::Tx& tx) { storage::PartnerTable(tx).set_seen(id, tx.now()); });
}

}  // namespace concordat::federation
