// People are invited by mail, and come in with what they were sent.
#include "messaging/conversation/invitations.hpp"

#include <gtest/gtest.h>

#include "storage/tables/letters.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::messaging {
namespace {

using test::refusal;

constexpr const char* not_allowed = "api.context.permissions.app_error";
constexpr const char* bad_link = "api.user.create_user.signup_link_invalid.app_error";

struct Scene {
    Scene() : store(wanted()) { store.add(bob, team, true); }
    static Settings wanted() {
        Settings s;
        s.ServiceSettings.SiteURL = "https://chat.example.org";
        s.ServiceSettings.EnableEmailInvitations = true;
        s.EmailSettings.SMTPServer = "mail.example.org";
        s.GuestAccountsSettings.Enable = true;
        return s;
    }
    template <class Change>
    void change(Change change) {
        auto settings = *store.settings.current();
        change(settings);
        store.settings.replace(std::move(settings));
    }
    std::string invite(const User& who, std::vector<std::string> emails, bool as_guests = false,
                       std::vector<ChannelId> channels = {}) {
        return refusal([&] {
            invitations.invite(store.actor(who), team.id, {std::move(emails), std::move(channels), ""},
                               as_guests, "attempt");
        });
    }
    // The tokens in the letters that wait, by address.
    std::map<std::string, std::string> tokens() {
        std::map<std::string, std::string> out;
        const auto letters = store.db.transact([&](storage::Tx& tx) {
            return storage::LetterTable(tx).take_due(store.now() + 1000, store.now() + 1000, 1000);
        });
        for (const auto& letter : letters) {
            const auto& link = letter.values.at("link");
            out[letter.to] = link.substr(link.find("t=") + 2);
        }
        return out;
    }
    std::string accept(const User& who, const std::string& token) {
        return refusal([&] { invitations.accept(store.actor(who), token, "attempt"); });
    }

    test::Store store;
    Metrics metrics;
    identity::Decisions decisions{store.db};
    identity::PostOffice office{store.db, metrics, store.settings};
    Invitations invitations{store.db, store.gate, office, decisions, store.settings};
    Team team = store.team();
    User bob = store.user("bob"), ada = store.user("ada");
};

TEST(Invitations, AMemberComesInOnceWithTheirOwnLetter) {
    Scene s;
    EXPECT_EQ(s.invite(s.bob, {" Ada@example.org", "carl@example.org"}), "");
    auto tokens = s.tokens();
    ASSERT_EQ(tokens.size(), 2u);
    EXPECT_EQ(s.invitations.find(tokens["ada@example.org"]).email, "ada@example.org");
    EXPECT_EQ(s.accept(s.ada, tokens["carl@example.org"]),
              "api.team.add_user_to_team_from_invite.guest.app_error");
    EXPECT_FALSE(s.store.gate.is_team_member(s.ada.id, s.team.id));
    EXPECT_EQ(s.accept(s.ada, tokens["ada@example.org"]), "");
    EXPECT_TRUE(s.store.gate.is_team_member(s.ada.id, s.team.id));
    EXPECT_EQ(s.accept(s.ada, tokens["ada@example.org"]), bad_link);
    EXPECT_EQ(s.decisions.list({}).at(0).rule, "invitation.accepted");
}

TEST(Invitations, AGuestIsInTheChannelsOnly) {
    Scene s;
    const auto room = s.store.channel(s.team, "room", "P"), other = s.store.channel(s.team, "other");
    s.store.add(s.bob, room, true);
    const auto root = s.store.admin("root");
    EXPECT_EQ(s.invite(root, {"gina@example.org"}, true), "api.context.invalid_body_param.app_error");
    EXPECT_EQ(s.invite(root, {"gina@example.org"}, true, {s.store.channel(s.store.team(), "far").id}),
              "api.team.invite_guests.channel_in_invalid_team.app_error");
    EXPECT_EQ(s.invite(root, {"gina@example.org"}, true, {room.id}), "");
    const auto gina = s.store.guest("gina");
    const auto token = s.tokens()["gina@example.org"];
    EXPECT_EQ(s.invitations.find(token).kind, "invite_guest");
    EXPECT_EQ(s.accept(gina, token), "");
    EXPECT_TRUE(s.store.gate.is_member(gina.id, room.id));
    EXPECT_FALSE(s.store.gate.is_member(gina.id, s.store.channel_named(s.team, "town-square").id));
    EXPECT_FALSE(s.store.gate.is_member(gina.id, other.id));
}

TEST(Invitations, NeedPermission) {
    Scene s;
    const auto stranger = s.store.user("stranger"), guest = s.store.guest("guest");
    EXPECT_EQ(s.invite(stranger, {"x@example.org"}), not_allowed);
    s.store.add(guest, s.team);
    EXPECT_EQ(s.invite(guest, {"x@example.org"}), not_allowed);
    EXPECT_EQ(s.invite(guest, {"x@example.org"}, true, {s.store.channel_named(s.team, "town-square").id}),
              not_allowed);
    EXPECT_TRUE(s.tokens().empty());
}

TEST(Invitations, RefuseAddressesAndBounds) {
    Scene s;
    s.change([](Settings& settings) { settings.TeamSettings.RestrictCreationToDomains = "example.org"; });
    EXPECT_EQ(s.invite(s.bob, {}), "api.team.invite_members.no_one.app_error");
    EXPECT_EQ(s.invite(s.bob, {"ada@example.org", "x@elsewhere.org"}),
              "api.team.invite_members.invalid_email.app_error");
    EXPECT_TRUE(s.tokens().empty()) << "one refusal and nobody is invited";
    const auto outcomes = s.invitations.try_invite(s.store.actor(s.bob), s.team.id,
                                                   {{"ada@example.org", "no address"}, {}, ""}, false, "a");
    ASSERT_EQ(outcomes.size(), 2u);
    EXPECT_FALSE(outcomes[0].error);
    EXPECT_EQ(outcomes[1].error->id, "api.team.invite_members.invalid_email.app_error");
    for (int i = 0; i < 19; ++i) EXPECT_EQ(s.invite(s.bob, {"p" + std::to_string(i) + "@example.org"}), "");
    EXPECT_EQ(s.invite(s.bob, {"late@example.org"}), "app.email.rate_limit_exceeded.app_error");
    s.store.wait(3601 * 1000);
    EXPECT_EQ(s.invite(s.bob, {"late@example.org"}), "");
}

TEST(Invitations, EndAfterTwoDaysOrWhenTakenBack) {
    Scene s;
    s.invite(s.bob, {"ada@example.org"});
    const auto late = s.tokens()["ada@example.org"];
    s.store.wait(Invitations::good_for + 1000);
    EXPECT_EQ(s.accept(s.ada, late), "api.user.create_user.signup_link_expired.app_error");
    s.invite(s.bob, {"ada@example.org"});
    const auto fresh = s.tokens()["ada@example.org"];
    EXPECT_EQ(s.invitations.revoke_all(s.store.actor(s.store.admin("root")), "attempt"), 2);
    EXPECT_EQ(s.accept(s.ada, fresh), bad_link);
}

TEST(Invitations, AreOffWithoutMail) {
    Scene s;
    s.change([](Settings& settings) { settings.ServiceSettings.EnableEmailInvitations = false; });
    EXPECT_EQ(s.invite(s.bob, {"ada@example.org"}), "api.team.invite_members.disabled.app_error");
    s.change([](Settings& settings) {
        settings.ServiceSettings.EnableEmailInvitations = true;
        settings.EmailSettings.SMTPServer.clear();
    });
    EXPECT_EQ(s.invite(s.bob, {"ada@example.org"}), "api.team.invite_members.disabled.app_error");
}

}  // namespace
}  // namespace concordat::messaging
