#include "federation/command/partner_commands.hpp"

#include <gtest/gtest.h>

#include "identity/decision/decisions.hpp"
#include "messaging/integration/builtin_commands.hpp"
#include "storage/tables/federation.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::federation {
namespace {

using test::refusal;

Settings shared_settings() {
    Settings settings;
    settings.ConnectedWorkspacesSettings.EnableSharedChannels = true;
    settings.ConcordatSettings.OrganisationName = "Alpha Ltd";
    settings.ConcordatSettings.FederationPublicAddress = "127.0.0.1:8067";
    return settings;
}

struct CommandScene {
    CommandScene() {
        own.key();  // as whoever has a partner has one
        Partner beta;
        beta.id = organisation_of(key.public_key());
        beta.name = "beta";
        beta.display_name = "Beta | SA";
        beta.public_key = key.public_key();
        beta.state = "active";
        store.db.transact([&](storage::Tx& tx) { storage::PartnerTable(tx).insert(beta); });
        store.add(admin, room);
        store.add(ana, room);
        place.channel = *store.gate.place(room.id);
        place.team_id = room.team_id;
    }
    std::string connection(const std::string& text) {
        return commands.secure_connection(store.actor(admin), text).text;
    }
    std::string share(const std::string& text) {
        return commands.share_channel(store.actor(admin), place, text).text;
    }

    test::Store store{shared_settings()};
    Metrics metrics;
    storage::Journal journal{store.db, metrics};
    identity::Decisions decisions{store.db};
    Organisation own{store.db, store.settings};
    Partners partners{store.db, own, decisions};
    Conversations conversations{store.db, journal, own, store.gate, store.settings};
    History history{store.db, own, store.gate};
    Shares shares{store.db, journal, own, partners, conversations, history};
    PartnerCommands commands{partners, shares, store.gate, store.settings};
    storage::SigningKey key = storage::SigningKey::fresh();
    User admin = store.admin(), ana = store.user("ana");
    Channel room = store.channel(store.team(), "room");
    messaging::CommandPlace place;
};

TEST(PartnerCommands, AnInvitationIsMadeShownAndWithdrawn) {
    CommandScene s;
    const auto said = s.connection(R"(create --name gamma --displayname "Gamma and Sons")");
    EXPECT_NE(said.find("concordat-invitation-"), said.npos);
    const auto all = s.partners.invitations();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].name, "gamma");
    EXPECT_EQ(all[0].label, "Gamma and Sons");
    EXPECT_EQ(all[0].creator_id, s.admin.id);
    EXPECT_NE(s.connection("status").find("| gamma | Gamma and Sons | invited |"), std::string::npos);
    EXPECT_EQ(s.connection("remove gamma"), "The invitation for gamma is withdrawn.");
    EXPECT_TRUE(s.partners.invitations().empty());
    const auto locked = s.connection("invite gamma --password \"a long enough secret\"");
    EXPECT_NE(locked.find("concordat-locked-"), locked.npos);
    EXPECT_EQ(refusal([&] { s.connection("create delta --password short"); }),
              "federation.invitation.password");
    EXPECT_EQ(refusal([&] { s.connection("create"); }), "federation.command.argument");
}

TEST(PartnerCommands, AnInvitationIsAcceptedAndSaysTheCheckNumber) {
    CommandScene s, other;
    const auto word = other.partners.invite({"alpha"}, 24).word;
    const auto said = s.connection("accept --name gamma --invite " + word);
    const auto partner = s.partners.by_name("gamma");
    EXPECT_EQ(partner.state, "pending");
    EXPECT_NE(said.find(s.partners.number_of(partner)), said.npos);
    EXPECT_NE(s.connection("status").find(s.partners.number_of(partner)), std::string::npos);
    EXPECT_EQ(refusal([&] { s.connection("accept --name delta"); }), "federation.command.argument");
    EXPECT_EQ(refusal([&] { s.connection("accept --name delta --invite nonsense"); }),
              "federation.invitation");
}

TEST(PartnerCommands, RemovingAPartnerRevokesIt) {
    CommandScene s;
    EXPECT_EQ(refusal([&] { s.connection("remove nobody"); }), "federation.partner.missing");
    EXPECT_EQ(s.connection("remove --connectionID " + organisation_of(s.key.public_key()).text()),
              "beta is revoked, for ever. What was exchanged stays.");
    EXPECT_EQ(s.partners.by_name("beta").state, "revoked");
}

TEST(PartnerCommands, AChannelIsSharedAndUnshared) {
    CommandScene s;
    EXPECT_EQ(s.share("status"), "This channel is not shared.");
    EXPECT_EQ(s.share("invite --connectionID beta"), "This channel is offered to beta.");
    EXPECT_NE(s.share("status").find("| beta | invited |"), std::string::npos);
    EXPECT_EQ(s.share("uninvite beta"), "This channel is not shared with beta any more.");
    EXPECT_EQ(s.share("status"), "This channel is not shared.");
    EXPECT_EQ(refusal([&] { s.share("uninvite beta"); }), "federation.share.missing");
    EXPECT_EQ(refusal([&] { s.share("unshare"); }), "federation.share.missing");
    s.share("invite beta");
    EXPECT_EQ(s.share("unshare"), "This channel is shared no more. What was exchanged stays.");
    EXPECT_EQ(s.shares.all().at(0).state, "ended");
    EXPECT_EQ(refusal([&] { s.share("invite"); }), "federation.command.argument");
    EXPECT_EQ(refusal([&] { s.share("invite nobody"); }), "federation.partner.missing");
}

TEST(PartnerCommands, AreForThoseWhoMayAndOnlyWhileSharingIsOn) {
    CommandScene s;
    const auto ana = s.store.actor(s.ana);
    EXPECT_EQ(refusal([&] { s.commands.secure_connection(ana, "status"); }),
              "api.context.permissions.app_error");
    EXPECT_EQ(refusal([&] { s.commands.share_channel(ana, s.place, "status"); }),
              "api.context.permissions.app_error");
    auto off = *s.store.settings.current();
    off.ConnectedWorkspacesSettings.EnableSharedChannels = false;
    s.store.settings.replace(off);
    EXPECT_EQ(refusal([&] { s.connection("status"); }), "api.remote_cluster.service_not_enabled.app_error");
    EXPECT_EQ(refusal([&] { s.share("status"); }), "api.remote_cluster.service_not_enabled.app_error");
}

TEST(PartnerCommands, WithoutAKnownWordTheySayHowTheyAreWritten) {
    CommandScene s;
    for (const char* text : {"", "help", "--name x", "\"unfinished"}) {
        EXPECT_TRUE(s.connection(text).starts_with("Write one of these:")) << text;
        EXPECT_NE(s.share(text).find("`/share-channel uninvite"), std::string::npos) << text;
    }
}

TEST(PartnerCommands, AreListedOnlyWhileSharingIsOn) {
    const auto lists = [](const Settings& settings) {
        return std::ranges::count_if(messaging::listed_builtin_commands(settings), [](const SlashCommand& c) {
            return c.trigger == "secure-connection" || c.trigger == "share-channel";
        });
    };
    EXPECT_EQ(lists(shared_settings()), 2);
    EXPECT_EQ(lists(Settings()), 0);
}

}  // namespace
}  // namespace concordat::federation
