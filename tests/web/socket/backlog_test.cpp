#include "web/socket/backlog.hpp"

#include <gtest/gtest.h>

#include "core/base/json.hpp"

namespace concordat::web {
namespace {

std::shared_ptr<const Announcement> event(const std::string& data = R"({"n":1})", bool is_droppable = false) {
    SocketEvent out{"posted"};
    out.data = data;
    out.is_droppable = is_droppable;
    return std::make_shared<const Announcement>(std::move(out));
}

// All that waits, as the socket would see it, taken `step` bytes at a time.
std::string drain(Backlog& backlog, std::size_t step = SIZE_MAX) {
    std::string out;
    Gather gather;
    while (!backlog.empty()) {
        backlog.lay_out(gather);
        std::string bytes;
        for (const auto& buffer : gather.buffers())
            bytes.append(static_cast<const char*>(buffer.data()), buffer.size());
        EXPECT_EQ(bytes.size(), gather.size());
        bytes.resize(std::min(step, bytes.size()));
        out += bytes;
        backlog.sent(bytes.size());
    }
    return out;
}

struct Seen {
    int opcode;
    std::string payload;
};
std::vector<Seen> frames_in(const std::string& bytes) {
    std::vector<Seen> out;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto second = static_cast<unsigned char>(bytes[at + 1]);
        std::uint64_t size = second;
        const std::size_t wide = second < 126 ? 0 : second == 126 ? 2 : 8;
        if (wide > 0) size = 0;
        for (std::size_t i = 0; i < wide; ++i)
            size = size << 8 | static_cast<unsigned char>(bytes[at + 2 + i]);
        out.push_back({bytes[at] & 0x0F, bytes.substr(at + 2 + wide, size)});
        at += 2 + wide + size;
    }
    return out;
}
std::vector<std::int64_t> numbers_in(const std::string& bytes) {
    std::vector<std::int64_t> out;
    for (const auto& frame : frames_in(bytes))
        out.push_back(json::parse(frame.payload).at("seq").to_number<std::int64_t>());
    return out;
}

TEST(Announcement, HasTheWireFormWithTheNumberLast) {
    const auto user = UserId::fresh(), other = UserId::fresh();
    const auto channel = ChannelId::fresh();
    SocketEvent posted{"posted"};
    posted.data = R"({"post":"{}"})";
    posted.broadcast.channel_id = channel;
    posted.broadcast.omit_users = {user, other};
    posted.broadcast.contains_sanitized_data = true;
    BacklogLimits limits;
    Backlog backlog(limits);
    backlog.offer(std::make_shared<const Announcement>(std::move(posted)), nullptr, false, false);
    const auto seen = frames_in(drain(backlog));
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].opcode, 1);
    EXPECT_TRUE(seen[0].payload.ends_with(R"(,"seq":0})"));
    const auto object = json::parse(seen[0].payload).as_object();
    EXPECT_EQ(object.at("event"), "posted");
    EXPECT_EQ(object.at("data"), (json::object{{"post", "{}"}}));
    const json::object expected{{"omit_users", json::object{{user.text(), true}, {other.text(), true}}},
                                {"user_id", ""},
                                {"channel_id", channel.text()},
                                {"team_id", ""},
                                {"connection_id", ""},
                                {"omit_connection_id", ""},
                                {"contains_sanitized_data", true}};
    EXPECT_EQ(object.at("broadcast"), expected);
}

TEST(Announcement, RefusesDataThatIsNoObject) {
    for (const char* text : {"", "[]", "null", "{", "x}"}) {
        SocketEvent bad{"x"};
        bad.data = text;
        EXPECT_THROW(Announcement{bad}, Error) << text;
    }
}

TEST(Announcement, SplicesWhatOneRecipientGets) {
    BacklogLimits limits;
    for (const char* data : {R"({"n":1})", "{ }"}) {
        for (const char* members : {R"("mentions":"[1]","followers":"[2]")", ""}) {
            for (const bool adds_ack : {false, true}) {
                Backlog backlog(limits);
                const RecipientExtra extra{members, true};
                backlog.offer(event(data), &extra, adds_ack, false);
                const auto seen = frames_in(drain(backlog, 7));
                ASSERT_EQ(seen.size(), 1u);
                auto expected = json::parse(data).as_object();
                if (*members) expected["mentions"] = "[1]", expected["followers"] = "[2]";
                if (adds_ack) expected["should_ack"] = true;
                EXPECT_EQ(json::parse(seen[0].payload).at("data"), expected);
            }
        }
    }
}

TEST(Backlog, NumbersEventsOnlyAndKeepsTheOrder) {
    BacklogLimits limits;
    Backlog backlog(limits);
    backlog.offer(event(), nullptr, false, false);
    backlog.push(OutFrame::Kind::reply, std::make_shared<FrameText>(R"({"status":"OK"})"));
    backlog.push(OutFrame::Kind::ping, std::make_shared<FrameText>());
    backlog.offer(event(), nullptr, false, false);
    const auto seen = frames_in(drain(backlog));
    ASSERT_EQ(seen.size(), 4u);
    EXPECT_TRUE(seen[0].payload.ends_with(R"("seq":0})"));
    EXPECT_EQ(seen[1].payload, R"({"status":"OK"})");
    EXPECT_EQ(seen[2].opcode, 9);
    EXPECT_TRUE(seen[3].payload.ends_with(R"("seq":1})"));
}

TEST(Backlog, WritesTheSameBytesHoweverLittleIsTaken) {
    BacklogLimits limits;
    auto fill = [&](Backlog& backlog) {
        for (int i = 0; i < 90; ++i) {
            const std::string text(i % 9 == 0 ? 9000 : i * 3, 'x');
            backlog.offer(event(R"({"text":")" + text + "\"}"), nullptr, false, false);
        }
    };
    Backlog whole(limits);
    fill(whole);
    const auto expected = drain(whole);
    EXPECT_EQ(numbers_in(expected).size(), 90u);
    for (const std::size_t step : {13, 1000, 65536}) {
        Backlog piecewise(limits);
        fill(piecewise);
        EXPECT_EQ(drain(piecewise, step), expected) << step;
    }
}

TEST(Backlog, DropsTheDroppableBeforeNumberingWhenHalfFull) {
    BacklogLimits limits;
    limits.live_frames = 10;
    Backlog backlog(limits);
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(backlog.offer(event(), nullptr, false, false), Backlog::Offer::taken);
    EXPECT_EQ(backlog.offer(event("{}", true), nullptr, false, false), Backlog::Offer::dropped);
    EXPECT_EQ(backlog.offer(event(), nullptr, false, false), Backlog::Offer::taken);
    EXPECT_EQ(numbers_in(drain(backlog)), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(backlog.offer(event("{}", true), nullptr, false, false), Backlog::Offer::taken);
}

TEST(Backlog, OverflowsByFramesAndByBytes) {
    BacklogLimits limits;
    limits.live_frames = 3;
    limits.live_bytes = 2000;
    Backlog by_frames(limits);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(by_frames.offer(event(), nullptr, false, false), Backlog::Offer::taken);
    EXPECT_EQ(by_frames.offer(event(), nullptr, false, false), Backlog::Offer::overflow);
    Backlog by_bytes(limits);
    const auto large = event(R"({"x":")" + std::string(1500, 'x') + "\"}");
    EXPECT_EQ(by_bytes.offer(large, nullptr, false, false), Backlog::Offer::taken);
    EXPECT_EQ(by_bytes.offer(large, nullptr, false, false), Backlog::Offer::overflow);
    const auto huge = event(R"({"x":")" + std::string(9000, 'x') + "\"}");
    Backlog alone(limits);
    EXPECT_EQ(alone.offer(huge, nullptr, false, false), Backlog::Offer::taken);
}

TEST(Backlog, GoesOnWhereNothingWasLost) {
    BacklogLimits limits;
    Backlog backlog(limits);
    for (int i = 0; i < 3; ++i) backlog.offer(event(), nullptr, false, false);
    drain(backlog);
    ASSERT_TRUE(backlog.rewind());
    backlog.offer(event(), nullptr, false, true);
    EXPECT_EQ(backlog.resume(3), Backlog::Resume::continued);
    EXPECT_EQ(numbers_in(drain(backlog)), std::vector<std::int64_t>{3});
}

TEST(Backlog, ReplaysWhatWasKept) {
    BacklogLimits limits;
    Backlog backlog(limits);
    for (int i = 0; i < 5; ++i) backlog.offer(event(), nullptr, false, false);
    drain(backlog);
    backlog.rewind();
    backlog.offer(event(), nullptr, false, true);
    EXPECT_EQ(backlog.resume(2), Backlog::Resume::replayed);
    EXPECT_EQ(numbers_in(drain(backlog)), (std::vector<std::int64_t>{2, 3, 4, 5}));
    backlog.rewind();
    EXPECT_EQ(backlog.resume(0), Backlog::Resume::replayed);
    EXPECT_EQ(numbers_in(drain(backlog)), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5}));
}

TEST(Backlog, KeepsTheLast128) {
    BacklogLimits limits;
    Backlog backlog(limits);
    for (int i = 0; i < 200; ++i) {
        backlog.offer(event(), nullptr, false, false);
        drain(backlog);
    }
    backlog.rewind();
    EXPECT_EQ(backlog.resume(71), Backlog::Resume::lost);
    EXPECT_EQ(backlog.resume(201), Backlog::Resume::lost);
    EXPECT_EQ(backlog.resume(72), Backlog::Resume::replayed);
    EXPECT_EQ(numbers_in(drain(backlog)).size(), 128u);
}

TEST(Backlog, SendsAHalfSentFrameAgainAndForgetsReplies) {
    BacklogLimits limits;
    Backlog backlog(limits);
    backlog.offer(event(), nullptr, false, false);
    backlog.push(OutFrame::Kind::reply, std::make_shared<FrameText>("{}"));
    backlog.offer(event(), nullptr, false, false);
    EXPECT_EQ(backlog.sent(10), 0u);
    ASSERT_TRUE(backlog.rewind());
    EXPECT_EQ(backlog.resume(0), Backlog::Resume::continued);
    EXPECT_EQ(numbers_in(drain(backlog)), (std::vector<std::int64_t>{0, 1}));
}

TEST(Backlog, IsTooMuchToKeepForAClientThatIsAway) {
    BacklogLimits limits;
    limits.away_frames = 4;
    Backlog backlog(limits);
    for (int i = 0; i < 5; ++i) backlog.offer(event(), nullptr, false, false);
    EXPECT_FALSE(backlog.rewind());
}

TEST(Backlog, PutsWhatTheNewConnectionOwesInFront) {
    BacklogLimits limits;
    Backlog kept(limits), fresh(limits);
    kept.offer(event(), nullptr, false, false);
    fresh.push(OutFrame::Kind::raw, std::make_shared<FrameText>("HTTP/1.1 101\r\n\r\n"));
    fresh.sent(4);
    kept.take_over(fresh);
    const auto bytes = drain(kept);
    EXPECT_TRUE(bytes.starts_with("/1.1 101\r\n\r\n\x81"));
    EXPECT_EQ(numbers_in(bytes.substr(12)), std::vector<std::int64_t>{0});
}

TEST(Backlog, HoldsNoMoreThanTheLimitOfKeptBytes) {
    BacklogLimits limits;
    limits.kept_bytes = 10'000;
    Backlog backlog(limits);
    for (int i = 0; i < 20; ++i) {
        backlog.offer(event(R"({"x":")" + std::string(1500, 'x') + "\"}"), nullptr, false, false);
        drain(backlog);
    }
    backlog.rewind();
    EXPECT_EQ(backlog.resume(10), Backlog::Resume::lost);
    EXPECT_EQ(backlog.resume(16), Backlog::Resume::replayed);
}

}  // namespace
}  // namespace concordat::web
