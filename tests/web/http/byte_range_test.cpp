#include "web/http/byte_range.hpp"

#include <gtest/gtest.h>

namespace concordat::web {
namespace {

using Kind = RangeAnswer::Kind;

RangeAnswer asked(const std::string& range, std::uint64_t size = 1000, const std::string& if_range = {}) {
    Head head;
    head.headers.add("Range", range);
    if (!if_range.empty()) head.headers.add("If-Range", if_range);
    return asked_range(head, size, "\"tag\"");
}

void expect_part(const RangeAnswer& answer, std::uint64_t from, std::uint64_t length) {
    EXPECT_EQ(answer.kind, Kind::part);
    EXPECT_EQ(answer.range.from, from);
    EXPECT_EQ(answer.range.length, length);
}

TEST(ByteRange, IsOfBothEndsOrOfOne) {
    expect_part(asked("bytes=0-0"), 0, 1);
    expect_part(asked("bytes=100-199"), 100, 100);
    expect_part(asked("bytes=500-"), 500, 500);
    expect_part(asked("bytes=-10"), 990, 10);
    expect_part(asked("bytes=-5000"), 0, 1000);
    expect_part(asked("bytes=999-4000"), 999, 1);
    expect_part(asked("Bytes = 1-2"), 1, 2);
    expect_part(asked("bytes=1-99999999999999999999999999"), 1, 999);
}

TEST(ByteRange, BeyondTheEndIsNotSatisfiable) {
    EXPECT_EQ(asked("bytes=1000-").kind, Kind::beyond);
    EXPECT_EQ(asked("bytes=1000-2000").kind, Kind::beyond);
    EXPECT_EQ(asked("bytes=-0").kind, Kind::beyond);
    EXPECT_EQ(asked("bytes=0-0", 0).kind, Kind::beyond);
    EXPECT_EQ(asked("bytes=-1", 0).kind, Kind::beyond);
    EXPECT_EQ(asked("bytes=99999999999999999999999999-").kind, Kind::beyond);
}

TEST(ByteRange, ThatIsNotUnderstoodMeansTheWhole) {
    for (const auto* range : {"", "bytes", "lines=1-2", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-1",
                              "bytes=1-2,4-5", "bytes=1 -2", "bytes=--1", "bytes=+1-2"})
        EXPECT_EQ(asked(range).kind, Kind::whole) << range;
}

TEST(ByteRange, HoldsOnlyWhileTheBodyIsTheSame) {
    expect_part(asked("bytes=0-9", 1000, "\"tag\""), 0, 10);
    EXPECT_EQ(asked("bytes=0-9", 1000, "\"other\"").kind, Kind::whole);
    EXPECT_EQ(asked("bytes=0-9", 1000, "W/\"tag\"").kind, Kind::whole);
    EXPECT_EQ(asked("bytes=0-9", 1000, "Wed, 21 Oct 2015 07:28:00 GMT").kind, Kind::whole);
}

TEST(ByteRange, IsForGetOnly) {
    Head head;
    head.verb = Verb::head;
    head.headers.add("Range", "bytes=0-9");
    EXPECT_EQ(asked_range(head, 1000, "\"tag\"").kind, Kind::whole);
}

TEST(KnownTag, IsOneOfTheList) {
    EXPECT_TRUE(is_known_tag("\"a\"", "\"a\""));
    EXPECT_TRUE(is_known_tag("\"b\" , W/\"a\"", "\"a\""));
    EXPECT_TRUE(is_known_tag("*", "\"a\""));
    EXPECT_FALSE(is_known_tag("", "\"a\""));
    EXPECT_FALSE(is_known_tag("\"ab\"", "\"a\""));
}

}  // namespace
}  // namespace concordat::web
