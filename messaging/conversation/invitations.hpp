// Invitations by mail: members to a team, guests to channels of a team.
//
// A link makes one account, for the address that it was sent to, and is good for 48 hours; a person who has
// an account may use it to join. People send at most 20 an hour, administrators 1,000. Sealed in the database
// are address, team and channels; of the token only a digest is kept.
//
// Thread-safe; calls block.
// Errors: api.team.invite_members.disabled.app_error, api.team.invite_guests.disabled.app_error
// (unsupported): switched off, or no mail is sent here; api.team.invite_members.no_one.app_error,
// api.team.invite_members.invalid_email.app_error, api.team.invite_guests.channel_in_invalid_team.app_error,
// api.user.create_user.signup_link_invalid.app_error, api.user.create_user.signup_link_expired.app_error
// (invalid); app.email.rate_limit_exceeded.app_error (too_large, as clients expect); lacks_permission().
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/letter.hpp"
#include "core/model/team.hpp"
#include "identity/access/gate.hpp"
#include "identity/decision/decisions.hpp"
#include "identity/mail/post_office.hpp"
#include "messaging/conversation/team_members.hpp"

namespace concordat::messaging {

// What became of one address.
struct InviteOutcome {
    std::string email;
    std::optional<MemberFailure> error;
};
BOOST_DESCRIBE_STRUCT(InviteOutcome, (), (email, error))

struct Invitees {
    std::vector<std::string> emails;
    std::vector<ChannelId> channels;
    std::string message;
};
BOOST_DESCRIBE_STRUCT(Invitees, (), (emails, channels, message))

class Invitations {
public:
    static constexpr Millis good_for = 48 * 3600 * 1000;
    static constexpr std::size_t most_at_once = 100, longest_message = 1000;
    static constexpr std::int64_t most_an_hour = 20, most_an_hour_of_administrators = 1000;

    // All must outlive this object.
    Invitations(storage::Database& db, identity::Gate& gate, identity::PostOffice& office,
                identity::Decisions& decisions, const LiveSettings& settings)
        : db_(db), gate_(gate), office_(office), decisions_(decisions), settings_(settings) {}

    // Throws for the first address that cannot be invited.
    void invite(const Actor& actor, const TeamId& team, const Invitees& invitees, bool as_guests,
                const std::string& attempt);
    // One answer for each address.
    std::vector<InviteOutcome> try_invite(const Actor& actor, const TeamId& team, const Invitees& invitees,
                                          bool as_guests, const std::string& attempt);
    // All that wait lose their worth; how many. The route asks for the permission.
    std::int64_t revoke_all(const Actor& actor, const std::string& attempt);

    // What a token invites to; throws when it is worth nothing.
    MailLink find(const std::string& token);
    // Uses it up: the person is in the team, and a guest in the channels.
    TeamMember accept(const Actor& newcomer, const std::string& token, const std::string& attempt);

private:
    std::vector<InviteOutcome> send(const Actor& actor, const TeamId& team, const Invitees& invitees,
                                    bool as_guests, const std::string& attempt, bool one_by_one);
    std::optional<Error> obstacle(const std::string& email, const Team& team, bool as_guests,
                                  const Settings& settings) const;

    storage::Database& db_;
    identity::Gate& gate_;
    identity::PostOffice& office_;
    identity::Decisions& decisions_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
