#include "messaging/conversation/invitations.hpp"

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "identity/account/profile.hpp"
#include "messaging/conversation/joining.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/letters.hpp"
#include "storage/tables/teams.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr const char *as_member = "invite_member", *as_guest = "invite_guest";
constexpr Millis hour = 3600 * 1000;

MemberFailure failure_of(const Error& e) {
    const int status = e.fault() == Fault::too_large ? 413 : e.fault() == Fault::forbidden ? 403 : 400;
    return {e.id(), e.text(), {}, {}, status};
}

std::string joined(const std::vector<ChannelId>& ids) {
    std::string out;
    for (const auto& id : ids) out += (out.empty() ? "" : " ") + id.text();
    return out;
}

Error bad_link() {
    return {Fault::invalid, "api.user.create_user.signup_link_invalid.app_error",
            "The invitation is not valid: it was used, or taken back."};
}

}  // namespace

std::optional<Error> Invitations::obstacle(const std::string& email, const Team& team, bool is_guest,
                                           const Settings& settings) const {
    const auto& domains = is_guest ? settings.GuestAccountsSettings.RestrictCreationToDomains
                                   : settings.TeamSettings.RestrictCreationToDomains;
    if (identity::is_email(email) && identity::domain_is_allowed(email, domains) &&
        identity::domain_is_allowed(email, team.allowed_domains))
        return std::nullopt;
    return Error(Fault::invalid, "api.team.invite_members.invalid_email.app_error",
                 "This is no address, or not one of a domain that may be invited.");
}

std::vector<InviteOutcome> Invitations::send(const Actor& actor, const TeamId& team_id,
                                             const Invitees& invitees, bool is_guest,
                                             const std::string& attempt, bool one_by_one) {
    const auto settings = settings_.current();
    gate_.require_in_team(actor, is_guest ? Permission::invite_guest : Permission::invite_user, team_id);
    if (!is_guest) gate_.require_in_team(actor, Permission::add_user_to_team, team_id);
    require(office_.is_open() && (is_guest || settings->ServiceSettings.EnableEmailInvitations),
            Fault::unsupported, "api.team.invite_members.disabled.app_error",
            "Invitations by mail are switched off, or this server sends no mail.");
    require(!is_guest || (settings->GuestAccountsSettings.Enable &&
                          settings->GuestAccountsSettings.AllowEmailAccounts),
            Fault::unsupported, "api.team.invite_guests.disabled.app_error",
            "Guest accounts are switched off on this server.");
    require(!invitees.emails.empty() && invitees.emails.size() <= most_at_once, Fault::invalid,
            "api.team.invite_members.no_one.app_error", "Between 1 and 100 people are invited at a time.");
    if (invitees.message.size() > longest_message) throw bad_body("message");
    if (is_guest && invitees.channels.empty()) throw bad_body("channels");
    const auto most = actor.is_admin ? most_an_hour_of_administrators : most_an_hour;
    return db_.transact([&](storage::Tx& tx) {
        const auto team = found(storage::TeamTable(tx).find(team_id), "app.team.get.find.app_error",
                                "There is no such team.");
        for (const auto& id : invitees.channels) {
            const auto channel = storage::ChannelTable(tx).plain(id);
            require(channel && channel->team_id == team_id && channel->delete_at == 0, Fault::invalid,
                    "api.team.invite_guests.channel_in_invalid_team.app_error",
                    "Guests are invited to channels of the team.");
            gate_.require_in_channel(actor, Permission::read_channel, id);
        }
        storage::MailLinkTable links(tx);
        auto sent = links.count_made_since(actor.user_id, tx.now() - hour);
        identity::Trail trail("account", attempt);
        trail.decision.actor_id = actor.user_id;
        trail.decision.session_id = actor.session_id;
        std::vector<InviteOutcome> outcomes;
        for (const auto& typed : invitees.emails) {
            const auto email = lower_ascii(trimmed(typed));
            auto refusal = obstacle(email, team, is_guest, *settings);
            if (!refusal && sent >= most)
                refusal = Error(Fault::too_large, "app.email.rate_limit_exceeded.app_error",
                                "You have sent as many invitations as you may in an hour. Please wait.");
            if (refusal && !one_by_one) throw *refusal;
            outcomes.push_back({email, refusal ? std::optional(failure_of(*refusal)) : std::nullopt});
            if (refusal) continue;
            ++sent;
            const auto token = new_token() + new_token();
            MailLink link;
            link.id = MailLinkId::fresh(tx.now());
            link.kind = is_guest ? as_guest : as_member;
            link.made_by = actor.user_id;
            link.email = email;
            link.team_id = team_id;
            link.channel_ids = joined(invitees.channels);
            link.create_at = tx.now();
            link.expires_at = tx.now() + good_for;
            links.insert(link, storage::token_hash(token));
            Letter letter;
            letter.kind = link.kind;
            letter.to = email;
            letter.values = {
                {"team", team.display_name},
                {"sender", "@" + actor.username},
                {"message", invitees.message},
                {"link", settings->ServiceSettings.SiteURL + "/signup_user_complete/?t=" + token}};
            office_.hand_in(tx, std::move(letter));
            trail.noted("invitation.sent",
                        "The invitation " + link.id.text() + " to the team " + team_id.text() + ".");
        }
        trail.admitted(is_guest ? "invitation.guests" : "invitation.members");
        decisions_.record(tx, trail);
        return outcomes;
    });
}

void Invitations::invite(const Actor& actor, const TeamId& team, const Invitees& invitees, bool as_guests,
                         const std::string& attempt) {
    send(actor, team, invitees, as_guests, attempt, false);
}

std::vector<InviteOutcome> Invitations::try_invite(const Actor& actor, const TeamId& team,
                                                   const Invitees& invitees, bool as_guests,
                                                   const std::string& attempt) {
    return send(actor, team, invitees, as_guests, attempt, true);
}

std::int64_t Invitations::revoke_all(const Actor& actor, const std::string& attempt) {
    return db_.transact([&](storage::Tx& tx) {
        storage::MailLinkTable links(tx);
        const auto count = links.remove_all(as_member) + links.remove_all(as_guest);
        identity::Trail trail("account", attempt);
        trail.decision.actor_id = actor.user_id;
        trail.decision.session_id = actor.session_id;
        trail.admitted("invitation.revoked",
                       std::to_string(count) + " invitations that waited are worth nothing now.");
        decisions_.record(tx, trail);
        return count;
    });
}

MailLink Invitations::find(const std::string& token) {
    const auto link = db_.read(
        [&](storage::Tx& tx) { return storage::MailLinkTable(tx).by_hash(storage::token_hash(token)); });
    if (!link || (link->kind != as_member && link->kind != as_guest)) throw bad_link();
    require(link->expires_at >= db_.now(), Fault::invalid,
            "api.user.create_user.signup_link_expired.app_error",
            "The invitation was good for 48 hours and has expired.");
    return *link;
}

TeamMember Invitations::accept(const Actor& newcomer, const std::string& token, const std::string& attempt) {
    const auto settings = settings_.current();
    find(token);
    return db_.transact([&](storage::Tx& tx) {
        storage::MailLinkTable links(tx);
        const auto link = links.lock_by_hash(storage::token_hash(token));
        if (!link) throw bad_link();
        const auto user =
            found(storage::UserTable(tx).find(newcomer.user_id), "app.user.missing_account.const");
        // The letter was for one person; whoever else got hold of it has no part in it.
        require(lower_ascii(user.email) == link->email, Fault::forbidden,
                "api.team.add_user_to_team_from_invite.guest.app_error",
                "This invitation was sent to another address than that of your account.");
        require(link->kind == as_guest || !is_guest(user), Fault::forbidden,
                "api.team.add_user_to_team_from_invite.guest.app_error", "Guests cannot join as members.");
        const auto team = found(storage::TeamTable(tx).find(link->team_id), "app.team.get.find.app_error",
                                "There is no such team.");
        join_team(tx, *settings, team, user, party_of(user), false);
        for (const auto& id : split_words(link->channel_ids)) {
            const auto channel = storage::ChannelTable(tx).find(ChannelId::from_text(id));
            if (!channel || channel->delete_at > 0) continue;  // archived since
            if (!groups_admit(tx, *channel, user) || !barriers_admit(tx, *channel, user)) continue;
            if (enter_channel(tx, *channel, party_of(user), party_of(user), false))
                tell_entered(tx, *channel, party_of(user), party_of(user));
        }
        links.remove(link->id);
        identity::Trail trail("account", attempt);
        trail.decision.user_id = user.id;
        trail.decision.actor_id = link->made_by;
        trail.admitted("invitation.accepted", "The invitation " + link->id.text() + ".");
        decisions_.record(tx, trail);
        return found(storage::TeamMemberTable(tx).find(team.id, user.id),
                     "app.team.get_member.missing.app_error");
    });
}

}  // namespace concordat::messaging
