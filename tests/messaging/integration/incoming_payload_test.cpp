#include "messaging/integration/incoming_payload.hpp"

#include <gtest/gtest.h>

#include "tests/support/refusal.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* unreadable = "web.incoming_webhook.decode.app_error";

std::string refused(std::string_view text) {
    return test::refusal([&] { incoming_message(text); });
}

TEST(IncomingPayload, LineEndsAndTabsInsideTextsAreTakenAsMeant) {
    EXPECT_EQ(incoming_message("{\"text\":\"one\ntwo\tthree\"}").text, "one\ntwo\tthree");
    EXPECT_EQ(incoming_message("{\"text\":\"quote \\\" and\nend\",\n\t\"username\":\"u\"}").username, "u");
}

TEST(IncomingPayload, WhatIsNoObjectOfTheKnownFormIsRefused) {
    for (const char* text : {"", "null", "[]", "[{\"text\":\"x\"}]", "\"x\"", "{\"text\":5}", "{\"text\":",
                             "x", "{\"attachments\":{}}", "{\"props\":[]}", "{\"priority\":\"urgent\"}"})
        EXPECT_EQ(refused(text), unreadable) << text;
    EXPECT_EQ(refused("{\"text\":\"x\",\"unknown\":5}"), "");
}

TEST(IncomingPayload, FormsHaveTheKnownFieldsOnly) {
    using Fields = std::map<std::string, std::string>;
    const auto message = incoming_message(
        Fields{{"text", "x"}, {"attachments", R"([{"text":"y"}])"}, {"props", R"({"a":1})"}});
    EXPECT_EQ(message.text, "x");
    EXPECT_EQ(message.attachments.size(), 1u);
    EXPECT_EQ(message.props.at("a").as_int64(), 1);
    EXPECT_EQ(test::refusal([&] { incoming_message(Fields{{"payload", "{}"}}); }), unreadable);
    EXPECT_EQ(test::refusal([&] { incoming_message(Fields{{"props", "{"}}); }), unreadable);
    EXPECT_EQ(test::refusal([&] { incoming_message(Fields{{"attachments", "{}"}}); }), unreadable);
}

TEST(IncomingPayload, TextsAreSplitByRunes) {
    EXPECT_EQ(split_text("", 3), (std::vector<std::string>{""}));
    EXPECT_EQ(split_text("äöüß", 3), (std::vector<std::string>{"äöü", "ß"}));
    EXPECT_EQ(split_text("abcdef", 3), (std::vector<std::string>{"abc", "def"}));
}

}  // namespace
}  // namespace concordat::messaging
