#include "federation/wire/frame.hpp"

#include <gtest/gtest.h>

#include "core/base/error.hpp"

namespace concordat::federation {
namespace {

std::string raw(std::uint32_t length, std::string rest) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(length >> shift & 0xff);
    return out + rest;
}

std::string refusal_of(const std::string& bytes) {
    FrameReader reader;
    reader.feed(bytes);
    try {
        reader.next();
    } catch (const Error& e) {
        return e.detail();
    }
    return "";
}

TEST(FrameTest, comes_back_as_it_was) {
    const Frame frame{FrameType::batch, {"{\"a\":1}", "", std::string("\0\xff\n", 3)}};
    FrameReader reader;
    reader.feed(encode(frame));
    const auto back = reader.next();
    ASSERT_TRUE(back);
    EXPECT_EQ(back->type, FrameType::batch);
    EXPECT_EQ(back->parts, frame.parts);
    EXPECT_FALSE(reader.next());
    EXPECT_EQ(reader.buffered(), 0u);
}

TEST(FrameTest, has_the_bytes_that_the_protocol_says) {
    EXPECT_EQ(encode({FrameType::ping, {"{}"}}), raw(10, std::string("\x08\0\0\0\0\0\0\x02{}", 10)));
}

TEST(FrameTest, may_come_in_any_pieces) {
    const auto bytes = encode({FrameType::ack, {"one"}}) + encode({FrameType::pong, {"two", "three"}});
    FrameReader reader;
    std::vector<Frame> seen;
    for (const char c : bytes) {
        reader.feed({&c, 1});
        while (auto frame = reader.next()) seen.push_back(std::move(*frame));
    }
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen[0].parts, std::vector<std::string>{"one"});
    EXPECT_EQ(seen[1].parts, (std::vector<std::string>{"two", "three"}));
}

TEST(FrameTest, many_frames_leave_no_garbage_behind) {
    FrameReader reader;
    reader.set_limit(longest_frame);
    const auto bytes = encode({FrameType::batch, {std::string(100000, 'x')}});
    for (int i = 0; i < 200; ++i) {
        reader.feed(bytes);
        reader.feed(bytes.substr(0, 3));
        ASSERT_TRUE(reader.next());
        reader.feed(bytes.substr(3));
        ASSERT_TRUE(reader.next());
        ASSERT_EQ(reader.buffered(), 0u);
    }
}

TEST(FrameTest, a_length_is_refused_before_its_bytes_come) {
    EXPECT_EQ(refusal_of(raw(longest_first_frame + 1, "")), "a frame is longer than is allowed");
    EXPECT_EQ(refusal_of(raw(0xffffffff, "")), "a frame is longer than is allowed");
    EXPECT_EQ(refusal_of(raw(3, "")), "a frame is shorter than its head");
    FrameReader later;
    later.set_limit(longest_frame);
    later.feed(raw(longest_first_frame + 1, ""));
    EXPECT_FALSE(later.next());
}

TEST(FrameTest, what_is_no_frame_is_refused) {
    EXPECT_EQ(refusal_of(raw(4, std::string("\0\0\0\0", 4))), "a frame is of an unknown type");
    EXPECT_EQ(refusal_of(raw(4, std::string("\x12\0\0\0", 4))), "a frame is of an unknown type");
    EXPECT_EQ(refusal_of(raw(4, std::string("\x01\x01\0\0", 4))), "a frame has flags that are not known");
    EXPECT_EQ(refusal_of(raw(4, std::string("\x01\0\0\x01", 4))), "a frame has flags that are not known");
    EXPECT_EQ(refusal_of(raw(4, std::string("\x01\0\0\0", 4))), "a frame is empty");
    EXPECT_EQ(refusal_of(raw(6, std::string("\x01\0\0\0\0\0", 6))), "a part is cut off");
    EXPECT_EQ(refusal_of(raw(9, std::string("\x01\0\0\0\0\0\0\x02x", 9))), "a part is longer than its frame");
    std::string parts("\x01\0\0\0", 4);
    for (std::size_t i = 0; i <= most_parts; ++i) parts += std::string(4, '\0');
    EXPECT_EQ(refusal_of(raw(static_cast<std::uint32_t>(parts.size()), parts)), "a frame has too many parts");
}

TEST(FrameTest, one_that_is_too_long_is_not_made) {
    EXPECT_NO_THROW(encode({FrameType::batch, {std::string(longest_frame - 8, 'x')}}));
    EXPECT_THROW(encode({FrameType::batch, {std::string(longest_frame - 7, 'x')}}), Error);
    EXPECT_THROW(encode({FrameType::batch, std::vector<std::string>(most_parts + 1)}), Error);
}

}  // namespace
}  // namespace concordat::federation
