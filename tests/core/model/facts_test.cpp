#include "core/model/facts.hpp"

#include <gtest/gtest.h>

namespace concordat {
namespace {

Post a_post() {
    Post post;
    post.id = PostId::fresh();
    post.channel_id = ChannelId::fresh();
    post.user_id = UserId::fresh();
    post.create_at = 12;
    post.message = "Grüße \"an\" alle\n\x01 \xF0\x9F\x98\x80";
    post.props = {{"list", {1, 2.5, nullptr}}, {"nested", {{"a", true}}}};
    post.file_ids = {FileId::fresh()};
    post.metadata.emplace().priority.emplace().priority = std::string("urgent");
    return post;
}

TEST(Facts, APostComesThroughItsFactUnchanged) {
    PostCreated fact;
    fact.post = a_post();
    fact.channel_type = "O";
    fact.mentions = {UserId::fresh(), UserId::fresh()};
    fact.set_online = false;
    EXPECT_EQ(fact.scope(), fact.post.channel_id.bytes());
    const auto back = parse_json<PostCreated>(json_text(fact));
    EXPECT_EQ(json_text(back), json_text(fact));
    EXPECT_EQ(back.post.message, fact.post.message);
    EXPECT_EQ(back.post.props, fact.post.props);
    EXPECT_EQ(back.mentions, fact.mentions);
    EXPECT_FALSE(back.set_online);
}

TEST(Facts, AThreadsReadersComeThroughWithAndWithoutTheirPast) {
    ThreadUpdated fact;
    fact.channel_id = ChannelId::fresh();
    fact.thread.post = a_post();
    fact.readers.push_back({UserId::fresh(), 5, 2, 1, 1, 0});
    fact.readers.push_back({UserId::fresh(), 5, 2, 1, std::nullopt, std::nullopt});
    const auto back = parse_json<ThreadUpdated>(json_text(fact));
    EXPECT_EQ(json_text(back), json_text(fact));
    EXPECT_EQ(back.readers[0].previous_unread_replies, 1);
    EXPECT_FALSE(back.readers[1].previous_unread_replies.has_value());
}

TEST(Facts, WhatIsUnsetIsLeftOutNullOrEmptyAsClientsExpectIt) {
    Post post;
    const auto text = json_text(post);
    EXPECT_NE(text.find(R"("participants":null)"), std::string::npos);
    EXPECT_NE(text.find(R"("file_ids":[])"), std::string::npos);
    EXPECT_NE(text.find(R"("props":{})"), std::string::npos);
    for (const char* gone : {"metadata", "remote_id", "is_following", "has_reactions"})
        EXPECT_EQ(text.find(gone), std::string::npos) << gone;
}

TEST(Facts, ComingAndGoingAreTenTypesOfPosts) {
    for (const char* type :
         {"system_join_leave", "system_add_remove", "system_join_channel", "system_leave_channel",
          "system_join_team", "system_leave_team", "system_add_to_channel", "system_remove_from_channel",
          "system_add_to_team", "system_remove_from_team"})
        EXPECT_TRUE(is_join_or_leave(type)) << type;
    for (const char* type : {"", "system_header_change", "system_guest_join_channel", "me", "custom_join"})
        EXPECT_FALSE(is_join_or_leave(type)) << type;
}

}  // namespace
}  // namespace concordat
