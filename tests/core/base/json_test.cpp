#include "core/base/json.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/refusal.hpp"

namespace concordat {
namespace {

using test::refusal;

enum class Colour { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)

struct Inner {
    std::int64_t n = 7;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (n))

struct Sample {
    std::string text = "default";
    std::int64_t number = 1;
    int small = 0;
    unsigned positive = 0;
    double real = 0;
    bool flag = false;
    std::optional<std::string> maybe;
    Nullable<std::string> nullable;
    std::vector<std::string> list;
    std::vector<Inner> inners;
    std::map<std::string, std::string> strings;
    std::map<std::string, Inner> map;
    json::object props;
    json::value any;
    Colour colour = Colour::red;
    Inner inner;
};
BOOST_DESCRIBE_STRUCT(Sample, (),
                      (text, number, small, positive, real, flag, maybe, nullable, list, inners, strings, map,
                       props, any, colour, inner))

constexpr const char* bad = "api.context.invalid_body_param.app_error";

// The error's sentence for the person, or "" when the text was taken.
std::string complaint(const std::string& text) {
    try {
        parse_json<Sample>(text);
        return {};
    } catch (const Error& error) {
        EXPECT_EQ(error.id(), bad);
        return error.text();
    }
}

TEST(Json, AStructComesBackAsItWas) {
    Sample in;
    in.text = "a\"b\\c\n\t\x01 é \xF0\x9F\x98\x80";
    in.number = std::numeric_limits<std::int64_t>::min();
    in.real = 2.5;
    in.maybe = "there";
    in.nullable = std::string("set");
    in.list = {"x", ""};
    in.inners = {{1}, {2}};
    in.strings = {{"k\"", "v"}};
    in.map = {{"m", {3}}};
    in.props = {{"a", {1, "2", nullptr}}};
    in.any = json::array{true};
    in.colour = Colour::green;
    const auto out = parse_json<Sample>(json_text(in));
    EXPECT_EQ(json_text(out), json_text(in));
    EXPECT_EQ(out.text, in.text);
    EXPECT_EQ(out.number, in.number);
    EXPECT_EQ(out.colour, Colour::green);
    EXPECT_TRUE(json::parse(json_text(in)).is_object());
}

TEST(Json, AbsentOptionalsVanishAndEmptyNullablesAreNull) {
    const auto text = json_text(Sample());
    EXPECT_EQ(text.find("maybe"), std::string::npos);
    EXPECT_NE(text.find(R"("nullable":null)"), std::string::npos);
}

TEST(Json, UnknownKeysAreIgnoredAndNullOrMissingKeepsTheDefault) {
    const auto out =
        parse_json<Sample>(R"({"unknown":{"deep":[1]},"text":null,"number":null,"list":null,"inner":null})");
    EXPECT_EQ(out.text, "default");
    EXPECT_EQ(out.number, 1);
    EXPECT_EQ(out.inner.n, 7);
    EXPECT_FALSE(parse_json<Sample>(R"({"maybe":null})").maybe.has_value());
    EXPECT_FALSE(parse_json<Sample>(R"({"nullable":null})").nullable);
}

TEST(Json, AWrongTypeNamesTheKey) {
    for (const auto& [key, value] :
         std::vector<std::pair<std::string, std::string>>{{"text", "1"},
                                                          {"text", "{}"},
                                                          {"number", "\"1\""},
                                                          {"number", "1.5"},
                                                          {"number", "true"},
                                                          {"number", "1e30"},
                                                          {"small", "3e9"},
                                                          {"positive", "-1"},
                                                          {"flag", "1"},
                                                          {"flag", "\"yes\""},
                                                          {"maybe", "[]"},
                                                          {"list", "{}"},
                                                          {"list", "[1]"},
                                                          {"list", "[null]"},
                                                          {"inners", "[[]]"},
                                                          {"strings", "[]"},
                                                          {"strings", R"({"a":[]})"},
                                                          {"map", R"({"a":1})"},
                                                          {"props", "[]"},
                                                          {"colour", "\"blue\""},
                                                          {"colour", "0"},
                                                          {"inner", "\"\""},
                                                          {"real", "\"x\""},
                                                          {"nullable", "{}"}})
        EXPECT_NE(complaint("{\"" + key + "\":" + value + "}").find(key), std::string::npos)
            << key << " " << value;
    EXPECT_NE(complaint("[]"), "");
    EXPECT_NE(complaint("\"text\""), "");
}

TEST(Json, WholeNumbersMayBeWrittenAsReals) {
    EXPECT_EQ(parse_json<Sample>(R"({"number":3.0})").number, 3);
}

TEST(Json, FlagsMayComeAsWords) {
    EXPECT_TRUE(parse_json<Sample>(R"({"flag":"true"})").flag);
    EXPECT_FALSE(parse_json<Sample>(R"({"flag":"false"})").flag);
    const auto map = parse_json<std::map<std::string, std::string>>(R"({"a":true,"b":"x","c":5,"d":null})");
    EXPECT_EQ(map, (std::map<std::string, std::string>{{"a", "true"}, {"b", "x"}, {"c", "5"}, {"d", ""}}));
}

TEST(Json, OfAKeyGivenTwiceTheLastCounts) {
    EXPECT_EQ(parse_json<Sample>(R"({"text":"one","text":"two"})").text, "two");
}

TEST(Json, WhatIsNoJsonIsRefused) {
    for (const std::string text :
         {"", " ", "{", "{}x", "{\"a\":}", "{'a':1}", "{\"a\":1,}", "nul", "{\"a\":01}", "[1] [2]",
          "\xEF\xBB\xBF{}", "{\"text\":\"\\ud800\"}", "{\"text\":\"line\nbreak\"}", "{\"text\":\"\\x\"}"})
        EXPECT_NE(complaint(text), "") << text;
}

TEST(Json, StringsThatAreNotUtf8AreRefused) {
    for (const std::string bytes :
         {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80"})
        EXPECT_NE(complaint("{\"text\":\"" + bytes + "\"}"), "");
    EXPECT_EQ(parse_json<Sample>("{\"text\":\"a\\u0000b\"}").text, std::string("a\0b", 3));
}

TEST(Json, SixtyFourLevelsAreReadAndMoreAreNot) {
    auto nested = [](int levels) {
        return "{\"any\":" + std::string(static_cast<std::size_t>(levels - 1), '[') +
               std::string(static_cast<std::size_t>(levels - 1), ']') + "}";
    };
    EXPECT_EQ(complaint(nested(64)), "");
    EXPECT_NE(complaint(nested(65)), "");
    EXPECT_NE(complaint(nested(200000)), "") << "hostile depth must not exhaust the stack";
}

TEST(Json, BytesThatAreNotUtf8AreWrittenAsReplacementCharacters) {
    std::string out;
    write_json_string(out,
                      "a\xFF"
                      "b\xC3");
    EXPECT_EQ(out,
              "\"a\xEF\xBF\xBD"
              "b\xEF\xBF\xBD\"");
    out.clear();
    write_json_string(out, std::string("\0\x1F\x7F\"\\", 5));
    EXPECT_EQ(out, "\"\\u0000\\u001f\x7F\\\"\\\\\"");
    EXPECT_EQ(std::string(json::parse(out).as_string()), std::string("\0\x1F\x7F\"\\", 5));
}

TEST(Json, RawTextIsKeptAsItStands) {
    EXPECT_EQ(json_text(RawJson{R"({"a":1})"}), R"({"a":1})");
    RawJson raw;
    from_json(json::parse(R"({"b":[2]})"), raw);
    EXPECT_EQ(raw.text, R"({"b":[2]})");
}

TEST(Json, TheErrorSaysBodyWhenTheWholeIsWrong) {
    EXPECT_EQ(refusal([] { parse_json<Sample>("{", "draft"); }), bad);
    EXPECT_NE(complaint("{").find("body"), std::string::npos);
}

}  // namespace
}  // namespace concordat
