#include "core/base/log.hpp"

#include <gtest/gtest.h>

#include "core/base/json.hpp"
#include "core/base/recent_log.hpp"

namespace concordat {
namespace {

class Log : public testing::Test {
protected:
    ~Log() override { set_log_level(LogLevel::info); }
    template <class Writing>
    std::string written(Writing writing) {
        testing::internal::CaptureStderr();
        writing();
        return testing::internal::GetCapturedStderr();
    }
};

TEST_F(Log, ALineIsOneJsonObjectWhateverTheFieldsHold) {
    const auto line = written([] {
        log_warn("a \"quoted\"\nmessage",
                 {{"text", std::string("two\nlines\xFF")}, {"count", 3}, {"flag", true}, {"id", "x"}});
    });
    ASSERT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    const auto object = json::parse(line).as_object();
    EXPECT_EQ(object.at("level"), "warn");
    EXPECT_EQ(object.at("message"), "a \"quoted\"\nmessage");
    EXPECT_EQ(object.at("text"), "two\nlines\xEF\xBF\xBD");
    EXPECT_EQ(object.at("count"), 3);
    EXPECT_EQ(object.at("flag"), true);
    EXPECT_EQ(object.at("time").as_string().size(), 24u);
}

TEST_F(Log, TheNewestLinesCanBeReadAgain) {
    const auto lines = written([] {
        for (int i = 0; i < 10'100; ++i) log_info("line", {{"number", i}});
    });
    const auto recent = recent_log();
    ASSERT_EQ(recent.size(), 10'000u);
    EXPECT_TRUE(lines.ends_with(recent.back() + "\n"));
    EXPECT_EQ(json::parse(recent.front()).at("number"), 100);
    written([] {
        for (int i = 0; i < 30; ++i) log_info("long", {{"text", std::string(100'000, 'x')}});
    });
    EXPECT_EQ(recent_log().size(), 20u);  // 2 MiB
}

TEST_F(Log, WhatIsBelowTheLevelIsNotWritten) {
    set_log_level(LogLevel::warn);
    EXPECT_EQ(written([] { log_info("quiet"); }), "");
    EXPECT_NE(written([] { log_error("loud"); }), "");
    LogLevel level{};
    EXPECT_TRUE(log_level_from("DEBUG", level));
    EXPECT_EQ(level, LogLevel::debug);
    EXPECT_FALSE(log_level_from("chatty", level));
}

}  // namespace
}  // namespace concordat
