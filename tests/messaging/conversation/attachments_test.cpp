#include "messaging/conversation/attachments.hpp"

#include "messaging/conversation/post_actions.hpp"
#include "storage/tables/post_actions.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::messaging {
namespace {

json::object props_of(const char* attachments) {
    return {{"attachments", parse_json_value(attachments)}};
}

const char* const with_button = R"([{"text":"box","actions":[
    {"id":"go","name":"Go","integration":{"url":"http://hidden.example.org/x","context":{"secret":"s3cr3t"}}}]}])";

// Whether anything in the text says where the button leads.
bool tells(const std::string& text) {
    return text.find("hidden.example.org") != text.npos || text.find("s3cr3t") != text.npos ||
           text.find("integration") != text.npos;
}

TEST(Attachments, EveryKeyIsThereAndEveryValueOfItsType) {
    auto props = props_of(
        R"([null, {"text":5,"fields":[null,{"title":"t","value":12.5,"short":"true"},{"value":true}],"ts":7}, 3])");
    EXPECT_TRUE(take_actions(props).empty());
    EXPECT_EQ(props, props_of(R"([{"id":0,"fallback":"","color":"","pretext":"","author_name":"",
        "author_link":"","author_icon":"","title":"","title_link":"","text":"5",
        "fields":[{"title":"t","value":"12.5","short":true},{"title":"","value":"true","short":false}],
        "image_url":"","thumb_url":"","footer":"","footer_icon":"","ts":7}])"));
}

TEST(Attachments, LinksThatAreNoneOfTheWebAreDropped) {
    auto props = props_of(
        R"j([{"title_link":"javascript:alert(1)","image_url":"HTTPS://x/y","thumb_url":"/files/1","author_link":"//evil"}])j");
    take_actions(props);
    const auto& attachment = props.at("attachments").at(0).as_object();
    EXPECT_EQ(attachment.at("title_link").as_string(), "");
    EXPECT_EQ(attachment.at("image_url").as_string(), "HTTPS://x/y");
    EXPECT_EQ(attachment.at("thumb_url").as_string(), "/files/1");
    EXPECT_EQ(attachment.at("author_link").as_string(), "");
}

TEST(Attachments, WhatIsNoListIsDropped) {
    for (const char* odd : {"5", "{}", "\"x\"", "null", "[]", "[1,2]"}) {
        auto props = props_of(odd);
        take_actions(props);
        EXPECT_FALSE(props.contains("attachments")) << odd;
    }
}

TEST(Attachments, WhereActionsLeadIsTakenOutAndTheyGetIds) {
    auto props = props_of(R"([{"actions":[
        {"id":"My-Id","name":"A","type":"select","data_source":"users","integration":{"url":"http://x/y","context":{"a":1}}},
        {"id":"keep1","name":"B","style":"danger","cookie":"forged"}, null]}])");
    const auto actions = take_actions(props);
    ASSERT_EQ(actions.size(), 2u);
    EXPECT_EQ(actions[0].id.size(), 26u);
    EXPECT_EQ(actions[0].type, "select");
    EXPECT_EQ(actions[0].data_source, "users");
    EXPECT_EQ(actions[0].url, "http://x/y");
    EXPECT_EQ(actions[1].id, "keep1");
    EXPECT_EQ(actions[1].url, "");
    const auto text = json::serialize(props);
    EXPECT_EQ(text.find("integration"), text.npos);
    EXPECT_EQ(text.find("forged"), text.npos);
    EXPECT_EQ(find_action(props, "keep1")->at("style").as_string(), "danger");
    EXPECT_EQ(find_action(props, "other"), nullptr);
}

TEST(Attachments, TooManyAreRefused) {
    json::array many;
    for (std::size_t i = 0; i <= most_attachments; ++i) many.emplace_back(json::object{{"text", "x"}});
    json::object props{{"attachments", many}};
    EXPECT_EQ(refusal([&] { take_actions(props); }), "model.post.is_valid.props.app_error");
}

TEST(PostActions, NothingThatTellsOfAPostTellsWhereItsButtonsLead) {
    Talk t;
    auto in = Talk::draft(t.room, "press");
    in.props = props_of(with_button);
    const auto made = t.put(t.alice, in);
    EXPECT_FALSE(tells(json_text(made)));
    EXPECT_FALSE(tells(json_text(t.pages.get(made.id))));
    t.edit(t.alice, made.id, "press now");
    auto again = t.stored(made.id);
    t.posts.update(t.store.actor(t.alice), made.id, again);
    t.remove(t.alice, made.id);
    t.store.db.read([&](storage::Tx& tx) {
        for (const auto& fact : t.store.facts<PostCreated>()) EXPECT_FALSE(tells(json_text(fact)));
        for (const auto& fact : t.store.facts<PostEdited>()) EXPECT_FALSE(tells(json_text(fact)));
        for (const auto& fact : t.store.facts<PostDeleted>()) EXPECT_FALSE(tells(json_text(fact)));
        const auto kept = storage::PostActionTable(tx).of_post(made.id, t.room.id);
        ASSERT_EQ(kept.size(), 1u);
        EXPECT_EQ(kept[0].url, "http://hidden.example.org/x");
        EXPECT_EQ(json::serialize(kept[0].context), R"({"secret":"s3cr3t"})");
    });
}

TEST(PostActions, AnEditKeepsChangesAndRemovesThem) {
    Talk t;
    auto in = Talk::draft(t.room, "press");
    in.props = props_of(with_button);
    const auto made = t.put(t.alice, in);
    const auto kept = [&] {
        return t.store.db.read(
            [&](storage::Tx& tx) { return storage::PostActionTable(tx).of_post(made.id, t.room.id); });
    };
    PostPatch patch;
    patch.props = props_of(
        R"([{"actions":[{"id":"go","name":"Go"},{"id":"new","name":"N","integration":{"url":"http://n"}}]}])");
    t.posts.patch(t.store.actor(t.alice), made.id, patch);
    ASSERT_EQ(kept().size(), 2u);
    EXPECT_EQ(kept()[0].url, "http://hidden.example.org/x");
    EXPECT_EQ(kept()[1].url, "http://n");
    patch.props = json::object{};
    t.posts.patch(t.store.actor(t.alice), made.id, patch);
    EXPECT_TRUE(kept().empty());
}

TEST(PostActions, AMessageForOnePersonCarriesCookiesThatOpenForItOnly) {
    Talk t;
    Post post = Talk::draft(t.room, "press");
    post.props = props_of(with_button);
    const auto shown = t.posts.create_ephemeral(t.store.actor(t.alice), t.bob.id, post);
    ASSERT_EQ(t.whispers.size(), 1u);
    EXPECT_FALSE(tells(json_text(t.whispers[0].second)));
    auto props = t.whispers[0].second.props;
    const std::string cookie(find_action(props, "go")->at("cookie").as_string());
    t.store.db.read([&](storage::Tx& tx) {
        const auto opened = open_cookie(tx, shown.id, cookie);
        ASSERT_TRUE(opened);
        EXPECT_EQ(opened->action.url, "http://hidden.example.org/x");
        EXPECT_EQ(opened->user_id, t.bob.id);
        EXPECT_EQ(opened->channel_id, t.room.id);
        EXPECT_FALSE(open_cookie(tx, PostId::fresh(), cookie));
        EXPECT_FALSE(open_cookie(tx, shown.id, "AAAA"));
        EXPECT_FALSE(open_cookie(tx, shown.id, "no base64!"));
    });
}

}  // namespace
}  // namespace concordat::messaging
