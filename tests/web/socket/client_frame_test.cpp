#include "web/socket/client_frame.hpp"

#include <gtest/gtest.h>

namespace concordat::web {
namespace {

using namespace std::string_literals;

json::value unpack(const std::string& bytes) {
    return read_message_pack(bytes);
}

TEST(TextFrame, IsReadLeniently) {
    const auto frame =
        read_text_frame(R"({"seq":7,"action":"user_typing","data":{"channel_id":"x"},"more":[1]})");
    EXPECT_EQ(frame.seq, 7);
    EXPECT_EQ(frame.action, "user_typing");
    EXPECT_EQ(frame.data.at("channel_id"), "x");
    EXPECT_EQ(read_text_frame(R"({"seq":1,"action":"ping","data":null})").data.size(), 0u);
    EXPECT_EQ(read_text_frame("{}").seq, 0);
}

TEST(TextFrame, RefusesWhatIsNoRequest) {
    for (const char* text : {"", "x", "[]", "1", R"({"seq":"one"})", R"({"action":5})", R"({"data":[]})",
                             R"({"seq":1.5})", "{} {}"})
        EXPECT_THROW(read_text_frame(text), Error) << text;
}

TEST(TextFrame, RefusesDeepNesting) {
    auto nested = [](int depth) {
        return R"({"data":{"x":)" + std::string(depth, '[') + std::string(depth, ']') + "}}";
    };
    EXPECT_NO_THROW(read_text_frame(nested(14)));
    EXPECT_THROW(read_text_frame(nested(15)), Error);
    EXPECT_THROW(read_text_frame(nested(3000)), Error);
}

TEST(MessagePack, ReadsEveryNumberForm) {
    EXPECT_EQ(unpack("\x07"), 7);
    EXPECT_EQ(unpack("\xFF"), -1);
    EXPECT_EQ(unpack("\xE0"), -32);
    EXPECT_EQ(unpack("\xCC\xFF"), 255);
    EXPECT_EQ(unpack("\xCD\x01\x00"s), 256);
    EXPECT_EQ(unpack("\xCE\x00\x01\x00\x00"s), 65536);
    EXPECT_EQ(unpack("\xCF\x00\x00\x01\x00\x00\x00\x00\x00"s), std::int64_t{1} << 40);
    EXPECT_EQ(unpack("\xCF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), UINT64_MAX);
    EXPECT_EQ(unpack("\xD0\x80"), -128);
    EXPECT_EQ(unpack("\xD1\xFF\x00"s), -256);
    EXPECT_EQ(unpack("\xD2\xFF\xFF\x00\x00"s), -65536);
    EXPECT_EQ(unpack("\xD3\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE"), -2);
    EXPECT_EQ(unpack("\xCA\x3F\xC0\x00\x00"s), 1.5);
    EXPECT_EQ(unpack("\xCB\x3F\xF8\x00\x00\x00\x00\x00\x00"s), 1.5);
}

TEST(MessagePack, ReadsEveryOtherForm) {
    EXPECT_TRUE(unpack("\xC0").is_null());
    EXPECT_EQ(unpack("\xC2"), false);
    EXPECT_EQ(unpack("\xC3"), true);
    EXPECT_EQ(unpack("\xA3"
                     "abc"),
              "abc");
    EXPECT_EQ(unpack("\xD9\x03"
                     "abc"),
              "abc");
    EXPECT_EQ(unpack("\xDA\x00\x03"
                     "abc"s),
              "abc");
    EXPECT_EQ(unpack("\xDB\x00\x00\x00\x03"
                     "abc"s),
              "abc");
    EXPECT_EQ(unpack("\x92\x01\xC0"), (json::array{1, nullptr}));
    EXPECT_EQ(unpack("\xDC\x00\x01\x05"s), json::array{5});
    EXPECT_EQ(unpack("\xDD\x00\x00\x00\x01\x05"s), json::array{5});
    EXPECT_EQ(unpack("\x81\xA1"
                     "a\x05"),
              (json::object{{"a", 5}}));
    EXPECT_EQ(unpack("\xDE\x00\x01\xD9\x01"
                     "a\x05"s),
              (json::object{{"a", 5}}));
    EXPECT_EQ(unpack("\xDF\x00\x00\x00\x01\xA1"
                     "a\x05"s),
              (json::object{{"a", 5}}));
}

TEST(MessagePack, CarriesARequest) {
    const auto frame = read_binary_frame(
        "\x83\xA3seq\x02\xA6"
        "action\xA4ping\xA4"
        "data\x81\xA1x\xC3"s);
    EXPECT_EQ(frame.seq, 2);
    EXPECT_EQ(frame.action, "ping");
    EXPECT_EQ(frame.data.at("x"), true);
}

TEST(MessagePack, RefusesEveryTruncation) {
    const auto whole =
        "\x83\xA3seq\xCD\x00\x02\xA6"
        "action\xA4ping\xA4"
        "data\x81\xA1x\x92\xCB\x3F\xF8\x00\x00\x00\x00\x00\x00\xC3"s;
    EXPECT_NO_THROW(read_binary_frame(whole));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_THROW(read_binary_frame(whole.substr(0, size)), Error) << size;
    EXPECT_THROW(read_binary_frame(whole + "\xC0"), Error);
}

TEST(MessagePack, RefusesLiesAboutSize) {
    for (const auto& bytes : {"\xDD\xFF\xFF\xFF\xFF"s, "\xDF\xFF\xFF\xFF\xFF"s, "\xDB\xFF\xFF\xFF\xFF"s,
                              "\xDD\xFF\xFF\xFF\xFF\xC0\xC0"s,
                              "\xDE\x00\x02\xA1"
                              "a\x01"s})
        EXPECT_THROW(unpack(bytes), Error);
}

TEST(MessagePack, RefusesWhatJsonCannotSay) {
    EXPECT_THROW(unpack("\xC4\x01x"), Error);  // binary
    EXPECT_THROW(unpack("\xD4\x01x"), Error);  // extension
    EXPECT_THROW(unpack("\xC7\x01\x01x"), Error);
    EXPECT_THROW(unpack("\xC1"), Error);                   // never used
    EXPECT_THROW(unpack("\xA1\xFF"), Error);               // not UTF-8
    EXPECT_THROW(unpack("\x81\x01\x02"), Error);           // a key that is no text
    EXPECT_THROW(unpack("\xCA\x7F\xC0\x00\x00"s), Error);  // not a number
    EXPECT_THROW(unpack("\xCA\x7F\x80\x00\x00"s), Error);  // infinite
}

TEST(MessagePack, RefusesDeepNesting) {
    EXPECT_NO_THROW(unpack(std::string(16, '\x91') + "\xC0"));
    EXPECT_THROW(unpack(std::string(17, '\x91') + "\xC0"), Error);
    EXPECT_THROW(unpack(std::string(8191, '\x91') + "\xC0"), Error);
}

}  // namespace
}  // namespace concordat::web
