// Clients that come back.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/web/socket/rig.hpp"

namespace concordat::web {
namespace {

using namespace testing;
using namespace std::chrono_literals;

class Resume : public ::testing::TestWithParam<std::size_t> {  // network threads
protected:
    explicit Resume(std::chrono::milliseconds away_time = 120s) : rig_(settings(away_time), GetParam()) {}
    SocketClient back(const std::string& connection, std::int64_t seq) {
        return rig_.connect(anna_,
                            "?connection_id=" + connection + "&sequence_number=" + std::to_string(seq));
    }
    void publish(int from, int to) {
        for (int n = from; n < to; ++n) rig_.hub().publish(numbered("x", n, town_));
    }
    void expect(SocketClient& client, int from, int to) {  // events whose number is n, as here hello is 0
        for (int n = from; n < to; ++n) {
            const auto event = client.text();
            ASSERT_EQ(event.at("event"), "x");
            ASSERT_EQ(seq_of(event), n);
            ASSERT_EQ(n_of(event), n);
        }
    }
    bool is_gone(std::size_t connections = 0) {
        return eventually([&] { return rig_.hub().connections() == connections; });
    }
    bool has_resumed(const std::string& outcome, int times = 1) {
        return eventually([&] { return resumes(outcome) == times; });
    }
    double resumes(const std::string& outcome) {
        return rig_.metric("concordat_socket_resumes_total{outcome=\"" + outcome + "\"}");
    }

    static SocketSettings settings(std::chrono::milliseconds away_time) {
        auto out = quick_settings();
        out.away_time = away_time;
        return out;
    }
    SocketRig rig_;
    const ChannelId town_ = ChannelId::fresh();
    const UserId anna_ = rig_.town.user({{town_}, {}});
};

TEST_P(Resume, GoesOnWithWhatWasMissed) {
    auto first = rig_.connect(anna_);
    const auto id = connection_of(first.event("hello"));
    publish(1, 4);
    expect(first, 1, 4);
    first.drop();
    ASSERT_TRUE(is_gone());
    publish(4, 9);
    auto second = back(id, 4);
    expect(second, 4, 9);  // and no hello
    publish(9, 11);
    expect(second, 9, 11);
    EXPECT_TRUE(has_resumed("continued"));
}

TEST_P(Resume, ReplaysWhatTheClientDidNotGet) {
    auto first = rig_.connect(anna_);
    const auto id = connection_of(first.event("hello"));
    publish(1, 20);
    expect(first, 1, 20);
    first.drop();
    ASSERT_TRUE(is_gone());
    publish(20, 22);
    auto second = back(id, 5);
    expect(second, 5, 22);
    EXPECT_TRUE(has_resumed("replayed"));
    second.drop();
    ASSERT_TRUE(is_gone());
    auto third = back(id, 0);  // not even hello came through
    EXPECT_EQ(third.text().at("event"), "hello");
    expect(third, 1, 22);
}

TEST_P(Resume, StartsAnewWhenTooMuchIsMissing) {
    auto first = rig_.connect(anna_);
    const auto id = connection_of(first.event("hello"));
    publish(1, 200);
    expect(first, 1, 200);
    first.drop();
    ASSERT_TRUE(is_gone());
    auto second = back(id, 10);
    const auto hello = second.text();
    EXPECT_EQ(hello.at("event"), "hello");
    EXPECT_EQ(seq_of(hello), 0);
    EXPECT_NE(connection_of(hello), id);
    publish(1, 2);
    expect(second, 1, 2);
    EXPECT_TRUE(has_resumed("lost"));
    second.drop();
    ASSERT_TRUE(is_gone());
    EXPECT_EQ(back(id, 200).text().at("event"), "hello");  // the old one is gone for good
}

TEST_P(Resume, StartsAnewForUnknownIds) {
    auto client = back(ConnectionId::fresh().text(), 3);
    EXPECT_EQ(seq_of(client.event("hello")), 0);
}

TEST_P(Resume, NeverGivesOneUsersEventsToAnother) {
    auto first = rig_.connect(anna_);
    const auto id = connection_of(first.event("hello"));
    const auto eve = rig_.town.user({{town_}, {}});
    auto thief = rig_.connect(eve, "?connection_id=" + id + "&sequence_number=1");
    EXPECT_NE(connection_of(thief.event("hello")), id);
    publish(1, 2);
    expect(first, 1, 2);  // undisturbed
}

TEST_P(Resume, ClosesOnAMalformedIdOrNumber) {
    for (const std::string query :
         {"?connection_id=short&sequence_number=1", "?connection_id=aaaaaaaaaaaaaaaaaaaaaaaaaa",
          "?connection_id=aaaaaaaaaaaaaaaaaaaaaaaaaa&sequence_number=-1",
          "?connection_id=aaaaaaaaaaaaaaaaaaaaaaaaaa&sequence_number=1x"}) {
        auto client = rig_.connect(anna_, query);
        EXPECT_EQ(client.closing().close_code, 1008) << query;
    }
    auto fresh = rig_.connect(anna_, "?connection_id=&sequence_number=0");
    EXPECT_EQ(fresh.text().at("event"), "hello");
}

TEST_P(Resume, ClosesTheOldConnectionThatIsStillThere) {
    auto first = rig_.connect(anna_);
    const auto id = connection_of(first.event("hello"));
    publish(1, 3);
    expect(first, 1, 3);
    auto second = back(id, 2);
    expect(second, 2, 3);
    EXPECT_EQ(first.closing().opcode, -1);
    publish(3, 5);
    expect(second, 3, 5);
    EXPECT_EQ(rig_.metric("concordat_socket_closes_total{reason=\"replaced\"}"), 1);
    EXPECT_TRUE(is_gone(1));
    EXPECT_TRUE(rig_.hub().is_connected(anna_));
}

TEST_P(Resume, WorksAfterAChallengeToo) {
    auto first = rig_.connect(anna_);
    const auto id = connection_of(first.event("hello"));
    first.drop();
    ASSERT_TRUE(is_gone());
    publish(1, 3);
    auto second = rig_.connect({}, "?connection_id=" + id + "&sequence_number=1");
    second.ask(1, "authentication_challenge", {{"token", Town::token(anna_)}});
    expect(second, 1, 3);
    EXPECT_EQ(second.text().at("seq_reply"), 1);
}

class ShortResume : public Resume {
protected:
    ShortResume() : Resume(200ms) {}
};

TEST_P(ShortResume, IsNotPossibleLater) {
    auto first = rig_.connect(anna_);
    const auto id = connection_of(first.event("hello"));
    first.drop();
    ASSERT_TRUE(is_gone());
    std::this_thread::sleep_for(700ms);  // more is no harm
    auto second = back(id, 1);
    EXPECT_EQ(second.text().at("event"), "hello");
}

TEST_P(Resume, FollowsMembershipsWhileAway) {
    const auto side = ChannelId::fresh();
    auto first = rig_.connect(anna_);
    const auto id = connection_of(first.event("hello"));
    first.drop();
    ASSERT_TRUE(is_gone());
    rig_.hub().joined_channel(anna_, side);
    rig_.hub().left_channel(anna_, town_);
    publish(1, 5);
    rig_.hub().publish(numbered("x", 1, side));
    auto second = back(id, 1);
    expect(second, 1, 2);
    rig_.hub().publish(numbered("x", 7, town_));
    rig_.hub().publish(numbered("x", 2, side));
    expect(second, 2, 3);
}

TEST_P(Resume, IsOverWhenTheSessionEnds) {
    auto first = rig_.connect(anna_);
    const auto id = connection_of(first.event("hello"));
    const auto session = rig_.town.session(anna_).session_id;
    first.drop();
    ASSERT_TRUE(is_gone());
    rig_.hub().session_ended(session, anna_);
    rig_.settle();
    auto second = back(id, 1);
    EXPECT_EQ(second.text().at("event"), "hello");
}

TEST_P(Resume, ChecksTheSessionOnceMore) {
    auto first = rig_.connect(anna_);
    const auto id = connection_of(first.event("hello"));
    first.drop();
    ASSERT_TRUE(is_gone());
    rig_.town.before_load([&](const UserId&) { rig_.town.end_session(anna_); });
    auto second = back(id, 1);
    EXPECT_EQ(second.closing().close_code, 1008);
}

TEST_P(Resume, GivesUpWhenTooMuchWaits) {
    auto first = rig_.connect(anna_);
    const auto id = connection_of(first.event("hello"));
    first.drop();
    ASSERT_TRUE(is_gone());
    publish(1, 300);
    rig_.settle();
    auto second = back(id, 1);
    EXPECT_EQ(second.text().at("event"), "hello");
}

TEST_P(Resume, KeepsOnlySoManyForAUser) {
    std::vector<std::string> ids;
    for (int i = 0; i < 60; ++i) {
        auto client = rig_.connect(anna_);
        ids.push_back(connection_of(client.event("hello")));
        client.drop();
        ASSERT_TRUE(is_gone());
    }
    auto oldest = back(ids.front(), 1), latest = back(ids.back(), 1);
    EXPECT_EQ(oldest.text().at("event"), "hello");
    EXPECT_TRUE(latest.is_quiet(100ms));
}

TEST_P(Resume, LosesNothingWhileEventsFlow) {
    auto client = rig_.connect(anna_);
    const auto id = connection_of(client.event("hello"));
    // Never so far ahead that a client which is slow to come back has to begin anew.
    constexpr std::int64_t most_ahead = 100;
    std::atomic<std::int64_t> heard{0};
    std::jthread publisher([&](std::stop_token is_over) {
        for (int n = 1; !is_over.stop_requested(); std::this_thread::sleep_for(100us))
            if (n <= heard + most_ahead) {
                publish(n, n + 1);
                ++n;
            }
    });
    std::int64_t seq = 1, n = -1;
    int returns = 0;
    for (int round = 0; round < 30; ++round) {
        for (int i = 0; i < 20; ++i) {
            const auto event = client.text();
            ASSERT_EQ(event.at("event"), "x") << "lost in round " << round;
            ASSERT_EQ(seq_of(event), seq++);
            if (n >= 0) {
                ASSERT_EQ(n_of(event), n + 1);
            }
            n = n_of(event);
            heard = n;
        }
        if (round % 2 == 0) client.drop();
        auto next = back(id, seq);
        client = std::move(next);
        ++returns;
    }
    publisher.request_stop();
    publisher.join();
    EXPECT_TRUE(eventually([&] { return resumes("continued") + resumes("replayed") == returns; }));
    EXPECT_EQ(resumes("lost"), 0);
}

INSTANTIATE_TEST_SUITE_P(Networks, Resume, ::testing::Values(1, 3));
INSTANTIATE_TEST_SUITE_P(Networks, ShortResume, ::testing::Values(1, 3));

}  // namespace
}  // namespace concordat::web
