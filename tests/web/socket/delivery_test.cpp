// Who receives an event, in which order, with which numbers.
#include <gtest/gtest.h>

#include "tests/web/socket/rig.hpp"

namespace concordat::web {
namespace {

using namespace testing;
using namespace std::chrono_literals;

class Delivery : public ::testing::Test {
protected:
    SocketClient join(const UserId& user, std::string* connection = nullptr) {
        auto client = rig_.connect(user);
        const auto hello = client.event("hello");
        if (connection) *connection = connection_of(hello);
        return client;
    }
    // True when the client gets the event; a mark that follows bounds the wait.
    bool gets(SocketClient& client, SocketEvent event) {
        const auto name = event.event += std::to_string(marks_);  // unlike what other clients were sent
        rig_.hub().publish(std::move(event));
        rig_.hub().publish(numbered("mark", ++marks_));
        for (;;) {
            const auto next = client.text();
            if (next.at("event").as_string() == name) seen_ = next;
            if (next.at("event").as_string() == name) return n_of(client.event("mark")) == marks_;
            if (next.at("event").as_string() == "mark" && n_of(next) == marks_) return false;
        }
    }

    SocketRig rig_{quick_settings(), 2};
    const TeamId team_ = TeamId::fresh();
    const ChannelId town_ = ChannelId::fresh(), side_ = ChannelId::fresh();
    const UserId anna_ = rig_.town.user({{town_}, {team_}, false, false});
    const UserId bert_ = rig_.town.user({{town_, side_}, {team_}, false, false});
    const UserId admin_ = rig_.town.user({{town_}, {}, true, false});
    const UserId guest_ = rig_.town.user({{side_}, {}, false, true});
    int marks_ = 0;
    json::object seen_;
};

TEST_F(Delivery, ToEverybody) {
    auto anna = join(anna_), guest = join(guest_);
    EXPECT_TRUE(gets(anna, numbered("x", 1)));
    EXPECT_TRUE(gets(guest, numbered("x", 2)));
    EXPECT_EQ(seen_.at("broadcast").as_object().at("omit_users"), nullptr);
}

TEST_F(Delivery, ToTheMembersOfAChannel) {
    auto anna = join(anna_), bert = join(bert_);
    EXPECT_TRUE(gets(anna, numbered("x", 1, town_)));
    EXPECT_FALSE(gets(anna, numbered("x", 2, side_)));
    EXPECT_TRUE(gets(bert, numbered("x", 3, side_)));
}

TEST_F(Delivery, ToTheMembersOfATeam) {
    auto anna = join(anna_), guest = join(guest_);
    SocketEvent event{"x"};
    event.broadcast.team_id = team_;
    EXPECT_TRUE(gets(anna, event));
    EXPECT_FALSE(gets(guest, event));
}

TEST_F(Delivery, ChannelDecidesBeforeTeam) {
    auto anna = join(anna_);
    auto event = numbered("x", 1, side_);
    event.broadcast.team_id = team_;
    EXPECT_FALSE(gets(anna, event));
}

TEST_F(Delivery, ToAllConnectionsOfAUserWhateverTheChannel) {
    auto one = join(anna_), two = join(anna_), bert = join(bert_);
    auto event = numbered("x", 1, side_);
    event.broadcast.user_id = anna_;
    event.broadcast.omit_users = {anna_};
    EXPECT_TRUE(gets(one, event));
    EXPECT_TRUE(gets(two, event));
    EXPECT_FALSE(gets(bert, event));
}

TEST_F(Delivery, ToOneConnectionOnly) {
    std::string id;
    auto one = join(anna_, &id), two = join(anna_), bert = join(bert_);
    SocketEvent event{"x"};
    event.broadcast.connection_id = ConnectionId::from_text(id);
    event.broadcast.user_id = bert_;
    EXPECT_TRUE(gets(one, event));
    EXPECT_FALSE(gets(two, event));
    EXPECT_FALSE(gets(bert, event));
    EXPECT_EQ(seen_.at("broadcast").as_object().at("connection_id").as_string(), id);
}

TEST_F(Delivery, NotToTheOmitted) {
    std::string id;
    auto one = join(anna_, &id), two = join(anna_), bert = join(bert_);
    auto but_one = numbered("x", 1, town_);
    but_one.broadcast.omit_connection_id = ConnectionId::from_text(id);
    EXPECT_FALSE(gets(one, but_one));
    EXPECT_TRUE(gets(two, but_one));
    auto but_anna = numbered("x", 1, town_);
    but_anna.broadcast.omit_users = {UserId::fresh(), anna_, UserId::fresh()};
    EXPECT_FALSE(gets(two, but_anna));
    EXPECT_TRUE(gets(bert, but_anna));
}

TEST_F(Delivery, SplitsByManageSystemBeforeAnythingElse) {
    std::string id;
    auto anna = join(anna_), admin = join(admin_, &id);
    SocketEvent sensitive{"x"}, sanitized{"x"};
    sensitive.broadcast.contains_sensitive_data = true;
    sanitized.broadcast.contains_sanitized_data = true;
    EXPECT_TRUE(gets(admin, sensitive));
    EXPECT_FALSE(gets(anna, sensitive));
    EXPECT_FALSE(gets(admin, sanitized));
    EXPECT_TRUE(gets(anna, sanitized));
    sanitized.broadcast.connection_id = ConnectionId::from_text(id);
    EXPECT_FALSE(gets(admin, sanitized));
    rig_.hub().role_changed(anna_, true, false);
    EXPECT_TRUE(gets(anna, sensitive));
}

TEST_F(Delivery, KeepsEventsAboutStrangersFromGuests) {
    auto anna = join(anna_), guest = join(guest_);
    SocketEvent about{"user_updated"};
    about.guests_only_in = std::make_shared<const std::vector<ChannelId>>(std::vector{town_});
    EXPECT_TRUE(gets(anna, about));
    EXPECT_FALSE(gets(guest, about));
    about.guests_only_in = std::make_shared<const std::vector<ChannelId>>(std::vector{side_});
    EXPECT_TRUE(gets(guest, about));
}

TEST_F(Delivery, NotBeforeTheSecondFactor) {
    auto session = rig_.town.session(anna_);
    session.is_mfa_done = false;
    rig_.town.set_session(session);
    auto anna = join(anna_);
    rig_.hub().publish(numbered("x", 1, town_));
    anna.ask(1, "get_statuses");
    EXPECT_EQ(anna.text().at("error").as_object().at("id"), "api.context.mfa_required.app_error");
    rig_.hub().mfa_changed(anna_, true);
    rig_.hub().publish(numbered("y", 2, town_));
    const auto first = anna.text();
    EXPECT_EQ(first.at("event"), "y");
    EXPECT_EQ(seq_of(first), 1);
}

TEST_F(Delivery, OnlyWhereTheChannelIsOpenIfSoWished) {
    auto anna = join(anna_), bert = join(bert_);
    anna.ask(1, "presence", {{"channel_id", town_.text()}});
    EXPECT_EQ(anna.reply(1).at("status"), "OK");
    auto typing = numbered("typing", 1, town_);
    typing.is_only_where_open = true;
    EXPECT_TRUE(gets(anna, typing));
    EXPECT_FALSE(gets(bert, typing));
    bert.ask(1, "presence", {{"thread_channel_id", town_.text()}, {"is_thread_view", true}});
    bert.reply(1);
    EXPECT_TRUE(gets(bert, typing));
    anna.ask(2, "presence", {{"channel_id", ""}});
    anna.reply(2);
    EXPECT_FALSE(gets(anna, typing));
}

TEST_F(Delivery, FollowsJoiningAndLeaving) {
    auto anna = join(anna_);
    rig_.hub().joined_channel(anna_, side_);
    EXPECT_TRUE(gets(anna, numbered("x", 1, side_)));
    rig_.hub().left_channel(anna_, side_);
    EXPECT_FALSE(gets(anna, numbered("x", 2, side_)));
    rig_.hub().channel_gone(town_);
    EXPECT_FALSE(gets(anna, numbered("x", 3, town_)));
    const auto team = TeamId::fresh();
    SocketEvent event{"x"};
    event.broadcast.team_id = team;
    EXPECT_FALSE(gets(anna, event));
    rig_.hub().joined_team(anna_, team);
    EXPECT_TRUE(gets(anna, event));
    rig_.hub().left_team(anna_, team);
    EXPECT_FALSE(gets(anna, event));
}

TEST_F(Delivery, MissesNoChangeWhileMembershipsAreLoaded) {
    rig_.town.after_load([&](const UserId& user) {  // what was loaded is already old
        rig_.hub().joined_channel(user, side_);
        rig_.hub().left_channel(user, town_);
    });
    auto anna = join(anna_);
    rig_.town.after_load({});
    EXPECT_TRUE(gets(anna, numbered("x", 1, side_)));
    EXPECT_FALSE(gets(anna, numbered("x", 2, town_)));
}

TEST_F(Delivery, GivesEachRecipientItsOwnExtras) {
    auto anna = join(anna_), bert = join(bert_, nullptr);
    auto acking = rig_.connect(bert_, "?posted_ack=true");
    acking.event("hello");
    auto posted = numbered("posted", 1, town_);
    posted.extras[bert_] = {R"("mentions":"[\")" + bert_.text() + R"(\"]")", true};
    EXPECT_TRUE(gets(anna, posted));
    EXPECT_EQ(seen_.at("data"), (json::object{{"n", 1}}));
    EXPECT_TRUE(gets(bert, posted));
    const auto mentions = "[\"" + bert_.text() + "\"]";
    EXPECT_EQ(seen_.at("data"), (json::object{{"n", 1}, {"mentions", mentions}}));
    EXPECT_TRUE(gets(acking, posted));
    EXPECT_EQ(seen_.at("data"), (json::object{{"n", 1}, {"mentions", mentions}, {"should_ack", true}}));
}

TEST_F(Delivery, KeepsTheOrderAndNumbersWithoutGapsFromManyThreads) {
    auto anna = join(anna_), bert = join(bert_), guest = join(guest_);
    std::vector<std::thread> threads;
    std::mutex order_mutex;
    std::vector<std::int64_t> order;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 200; ++i) {
                std::lock_guard lock(order_mutex);
                const int n = t * 1000 + i;
                rig_.hub().publish(numbered("x", n, town_));
                order.push_back(n);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    for (auto* client : {&anna, &bert}) {
        for (std::size_t i = 0; i < order.size(); ++i) {
            const auto event = client->text();
            ASSERT_EQ(seq_of(event), static_cast<std::int64_t>(i) + 1);
            ASSERT_EQ(n_of(event), order[i]);
        }
    }
    EXPECT_TRUE(guest.is_quiet(50ms));
}

TEST_F(Delivery, CarriesLargeEvents) {
    auto anna = join(anna_);
    for (const std::size_t size : {200ul, 70'000ul, 1'000'000ul}) {
        SocketEvent event{"x"};
        event.data = R"({"text":")" + std::string(size, 'x') + "\"}";
        rig_.hub().publish(std::move(event));
        EXPECT_EQ(anna.event("x").at("data").as_object().at("text").as_string().size(), size);
    }
}

TEST_F(Delivery, CountsWhatItDoes) {
    auto anna = join(anna_);
    for (int i = 0; i < 10; ++i) rig_.hub().publish(numbered("x", i, town_));
    for (int i = 0; i < 10; ++i) anna.event("x");
    EXPECT_EQ(rig_.metric("concordat_socket_events_total"), 10);
    EXPECT_TRUE(eventually(
        [&] { return rig_.metric("concordat_socket_frames_total") == 12; }));  // with the answer and hello
}

}  // namespace
}  // namespace concordat::web
