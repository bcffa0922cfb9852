// What a partner says in a conversation, and what it may not.
#include "federation/stream/conversations.hpp"

#include <gtest/gtest.h>

#include "messaging/conversation/names.hpp"
#include "tests/federation/stream/scene.hpp"

namespace concordat::federation {
namespace {

// Cleo of gamma writes to ana; gamma has dora, too, whom nobody wrote to.
struct Direct : Scene {
    Direct() {
        const UserBody body{"s", dora, "dora", "Dora", "", "", std::nullopt, false};
        EXPECT_EQ(say(kinds::user_upsert, {}, json_text(body), dora), "");
        allow(true);
        ShareDetails details;
        details.type = "D";
        details.name = messaging::direct_channel_name(ana.id, cleo);
        details.people = {{ana.id, own.id()}, {cleo, gamma}};
        room.id = conversation_id(details.type, details.name);
        room.name = details.name;
        chain = Chain{gamma, room.id};
        store.db.transact([&](storage::Tx& tx) {
            storage::ShareTable(tx).put({room.id, gamma, false, "joined", 1, details});
        });
    }
    void allow(bool is_allowed) {
        store.db.transact([&](storage::Tx& tx) {
            storage::PartnerTable table(tx);
            auto partner = *table.find(gamma);
            partner.policy.direct = is_allowed;
            table.update(partner);
            table.set_told(gamma, {true});
        });
    }
    std::string enter(const UserId& user) {
        return say(kinds::member_join, id_as<AnyId>(user), mark(), user);
    }
    std::vector<UserId> members() {
        return store.db.read(
            [&](storage::Tx& tx) { return storage::ChannelMemberTable(tx).user_ids(room.id); });
    }
    UserId dora = UserId::fresh(2);
};

TEST(ConversationOfAPartner, BeginsWithWhoComesIn) {
    Direct s;
    EXPECT_EQ(s.say_post(s.fresh(), "too early"), "not_shared");
    EXPECT_EQ(s.enter(s.cleo), "");
    EXPECT_EQ(s.enter(s.cleo), "");
    const auto id = s.fresh();
    EXPECT_EQ(s.say_post(id, "hello"), "");
    EXPECT_EQ(s.post(id)->channel_id, s.room.id);
    EXPECT_EQ(s.members().size(), 2u);
    EXPECT_TRUE(s.store.gate.is_member(s.ana.id, s.room.id));
    const auto made = s.store.facts<DirectCreated>();
    ASSERT_EQ(made.size(), 1u);
    EXPECT_EQ(made[0].channel.name, s.room.name);
    EXPECT_TRUE(made[0].channel.shared.value.value_or(false));
}

TEST(ConversationOfAPartner, IsForNobodyElse) {
    Direct s;
    EXPECT_EQ(s.enter(s.dora), "authority");
    EXPECT_EQ(s.enter(s.cleo), "");
    const auto id = s.fresh();
    EXPECT_EQ(s.say_post(id, "hello"), "");
    EXPECT_EQ(s.say(kinds::post_create, {}, s.post_body(s.fresh(), "me, too"), s.dora), "authority");
    EXPECT_EQ(s.say(kinds::react_set, id_as<AnyId>(id), Scene::mark("wave"), s.dora), "authority");
    EXPECT_EQ(s.say(kinds::post_create, {}, s.post_body(s.fresh(), "I am ana"), s.ana.id), "authority");
    EXPECT_EQ(s.say(kinds::member_leave, id_as<AnyId>(s.cleo), Scene::mark()), "authority");
    EXPECT_EQ(s.members().size(), 2u);
}

TEST(ConversationOfAPartner, ItsHomeRulesNothing) {
    Direct s;
    EXPECT_EQ(s.enter(s.cleo), "");
    const auto own = s.local_post("ours");
    EXPECT_EQ(s.say(kinds::moderate_delete, id_as<AnyId>(own.id), Scene::mark()), "authority");
    EXPECT_EQ(s.say(kinds::moderate_remove, id_as<AnyId>(s.ana.id), Scene::mark()), "authority");
    EXPECT_EQ(
        s.say(kinds::channel_update, id_as<AnyId>(s.room.id), json_text(ChannelBody{"s", "Mine", "", ""})),
        "authority");
    EXPECT_EQ(s.post(own.id)->delete_at, 0);
    EXPECT_TRUE(s.store.gate.is_member(s.ana.id, s.room.id));
}

TEST(ConversationOfAPartner, IsNotShownWhenItMayNotBe) {
    Direct s;
    EXPECT_EQ(s.enter(s.cleo), "");
    s.allow(false);
    EXPECT_EQ(s.say_post(s.fresh(), "hello?"), "direct_off_here");
    s.allow(true);
    s.store.db.transact([&](storage::Tx& tx) {
        auto ana = *storage::UserTable(tx).find(s.ana.id);
        ana.delete_at = tx.now();
        storage::UserTable(tx).update(ana);
    });
    EXPECT_EQ(s.say_post(s.fresh(), "hello??"), "deactivated");
}

}  // namespace
}  // namespace concordat::federation
