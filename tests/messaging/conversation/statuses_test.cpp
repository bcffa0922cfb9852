#include "messaging/conversation/statuses.hpp"

#include <gtest/gtest.h>
#include "storage/database/database.hpp"
#include "storage/tables/statuses.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::messaging {
namespace {

using test::refusal;

// A node's statuses; another one on the same store is the node after a restart.
struct NodeStatuses : Statuses {
    explicit NodeStatuses(test::Store& store) : Statuses(store.db, store.settings) {
        set_teller([this](const Status& status) { told.push_back(status.status); });
    }
    std::vector<std::string> told;
};

class StatusTest : public testing::Test {
protected:
    test::Store store;
    User alice = store.user("alice"), bob = store.user("bob");
    NodeStatuses node{store};

    Status stored(const User& user) {
        const auto rows =
            store.db.read([&](storage::Tx& tx) { return storage::StatusTable(tx).find({user.id}); });
        return rows.empty() ? Status{{}, "no row", false, 0, 0} : rows[0];
    }
};
using Words = std::vector<std::string>;

TEST_F(StatusTest, AConnectionIsOnlineAndNoneIsOffline) {
    EXPECT_EQ(node.of(alice.id).status, "offline");
    node.on_connected(alice.id);
    EXPECT_EQ(node.of(alice.id).status, "online");
    EXPECT_TRUE(node.is_online(alice.id));
    node.on_connected(alice.id);
    node.on_last_gone(alice.id);
    EXPECT_EQ(node.of(alice.id).status, "offline");
    EXPECT_FALSE(node.is_online(alice.id));
    EXPECT_EQ(node.told, (Words{"online", "offline"})) << "each change is told once";
    const auto all = node.of(std::vector{bob.id, alice.id, UserId::fresh()});
    EXPECT_EQ(all.size(), 3u);
    EXPECT_EQ(all[2].status, "offline");
}

TEST_F(StatusTest, IdlenessIsAwayAndActivityIsOnlineAgain) {
    node.on_connected(alice.id);
    store.wait(299000);
    node.tick();
    EXPECT_EQ(node.of(alice.id).status, "online");
    store.wait(2000);
    node.tick();
    EXPECT_EQ(node.of(alice.id).status, "away");
    node.on_activity(alice.id, true, false);
    EXPECT_EQ(node.of(alice.id).status, "online");
    node.on_activity(alice.id, false, false);
    EXPECT_EQ(node.of(alice.id).status, "online") << "not idle for long enough";
    store.wait(301000);
    node.on_activity(alice.id, false, false);
    EXPECT_EQ(node.of(alice.id).status, "away");
}

TEST_F(StatusTest, ActivityWithoutAConnectionShowsNobody) {
    node.on_activity(alice.id, true, false);
    EXPECT_EQ(node.of(alice.id).status, "offline");
    node.tick();
    EXPECT_EQ(stored(alice).status, "no row");
}

TEST_F(StatusTest, WhatWasChosenByHandSticks) {
    for (const char* word : {"away", "dnd", "offline"}) {
        node.on_connected(alice.id);
        const auto chosen = node.choose(alice.id, word, 0);
        EXPECT_TRUE(chosen.manual);
        node.on_activity(alice.id, true, false);
        node.on_last_gone(alice.id);
        node.on_connected(alice.id);
        store.wait(400000);
        node.tick();
        EXPECT_EQ(node.of(alice.id).status, word);
        EXPECT_EQ(stored(alice).status, word);
        EXPECT_TRUE(stored(alice).manual);
        EXPECT_EQ(node.choose(alice.id, "online", 0).manual, false);
    }
    EXPECT_EQ(refusal([&] { node.choose(alice.id, "busy", 0); }), "api.context.invalid_body_param.app_error");
}

TEST_F(StatusTest, DoNotDisturbEndsOnTheMinute) {
    node.on_connected(alice.id);
    const auto end = store.now() / 1000 + 600;
    EXPECT_EQ(node.choose(alice.id, "dnd", end).dnd_end_time, end - end % 60);
    store.wait(500000);
    node.tick();
    EXPECT_EQ(node.of(alice.id).status, "dnd");
    store.wait(101000);
    node.tick();
    const auto after = node.of(alice.id);
    EXPECT_EQ(after.status, "online");
    EXPECT_FALSE(after.manual);
    EXPECT_EQ(after.dnd_end_time, 0);
    EXPECT_EQ(node.told.back(), "online");
}

TEST_F(StatusTest, ActivityByHandEndsWhatWasChosen) {
    node.choose(alice.id, "dnd", 0);
    node.on_connected(alice.id);
    node.on_activity(alice.id, true, true);
    EXPECT_EQ(node.of(alice.id).status, "online");
    EXPECT_FALSE(node.of(alice.id).manual);
    node.on_activity(alice.id, false, true);
    EXPECT_EQ(node.of(alice.id).status, "away");
    EXPECT_TRUE(node.of(alice.id).manual);
}

TEST_F(StatusTest, AChoiceSurvivesARestartAndTheReconnectAfterIt) {
    node.on_connected(alice.id);
    node.choose(alice.id, "dnd", 0);
    node.tick();
    {
        NodeStatuses after(store);
        after.on_connected(alice.id);
        EXPECT_EQ(after.of(alice.id).status, "dnd");
        EXPECT_EQ(after.told, Words{"dnd"}) << "nothing else is told before the row was read";
    }
    NodeStatuses again(store);
    again.on_connected(alice.id);
    again.on_activity(alice.id, true, false);
    again.on_last_gone(alice.id);
    again.on_connected(alice.id);
    again.tick();
    EXPECT_EQ(stored(alice).status, "dnd");
    EXPECT_TRUE(stored(alice).manual);
    EXPECT_EQ(again.of(alice.id).status, "dnd");
    EXPECT_EQ(again.told, Words{"dnd"});
}

TEST_F(StatusTest, AfterARestartOnlyAConnectionIsOnline) {
    node.on_connected(alice.id);
    node.on_connected(bob.id);
    node.tick();
    EXPECT_EQ(stored(alice).status, "online");
    NodeStatuses after(store);
    after.on_connected(bob.id);
    EXPECT_EQ(after.of(alice.id).status, "offline");
    EXPECT_EQ(after.shown().size(), 1u);
    EXPECT_EQ(after.told, Words{"online"});
}

TEST_F(StatusTest, ADoNotDisturbThatEndedWhileTheNodeWasDownIsOver) {
    node.choose(alice.id, "dnd", store.now() / 1000 + 120);
    store.wait(200000);
    NodeStatuses after(store);
    EXPECT_EQ(after.of(alice.id).status, "offline");
    after.on_connected(alice.id);
    EXPECT_EQ(after.of(alice.id).status, "online");
}

TEST_F(StatusTest, AChoiceMadeBeforeTheRowWasReadIsNotUndoneByIt) {
    node.choose(alice.id, "dnd", 0);
    NodeStatuses after(store);
    after.on_connected(alice.id);
    after.choose(alice.id, "online", 0);
    after.tick();
    EXPECT_EQ(after.of(alice.id).status, "online");
    EXPECT_EQ(stored(alice).status, "online");
    EXPECT_FALSE(stored(alice).manual);
}

TEST_F(StatusTest, WhatCannotBeWrittenNowIsWrittenLater) {
    node.on_connected(alice.id);
    EXPECT_EQ(node.of(alice.id).status, "online");
    store.db.read([](storage::Tx& tx) { tx.run_script("alter table statuses rename to hidden"); });
    EXPECT_EQ(refusal([&] { node.tick(); }), "storage.statement");
    store.db.read([](storage::Tx& tx) { tx.run_script("alter table hidden rename to statuses"); });
    node.tick();
    EXPECT_EQ(stored(alice).status, "online");
}

TEST_F(StatusTest, ManyComeAndGoAtOnce) {
    std::vector<User> people;
    for (int i = 0; i < 8; ++i) people.push_back(store.user("user" + std::to_string(i)));
    NodeStatuses quiet(store);
    quiet.set_teller([](const Status&) {});
    std::vector<std::thread> threads;
    for (const auto& user : people)
        threads.emplace_back([&, id = user.id] {
            for (int i = 0; i < 50; ++i) {
                quiet.on_connected(id);
                if (i % 10 == 0) quiet.of(id);
                quiet.on_last_gone(id);
            }
            quiet.on_connected(id);
        });
    for (int i = 0; i < 10; ++i) quiet.tick();
    for (auto& thread : threads) thread.join();
    quiet.tick();
    for (const auto& user : people) {
        EXPECT_EQ(quiet.of(user.id).status, "online");
        EXPECT_EQ(stored(user).status, "online");
    }
}

}  // namespace
}  // namespace concordat::messaging
