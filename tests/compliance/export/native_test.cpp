#include "tests/compliance/export/exporting.hpp"

namespace concordat::compliance {
namespace {

std::vector<json::object> lines(const std::string& text) {
    std::vector<json::object> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) out.push_back(json::parse(line).as_object());
    return out;
}

TEST(NativeExport, NothingIsLeftOut) {
    Exporting e;
    const auto post = e.say(e.alice, "v1");
    e.edit(e.alice, post.id, "v2");
    e.react(e.bob, post);
    e.reactions.remove(e.store.actor(e.bob), e.smile(e.bob, post));
    e.remove(e.alice, post.id);
    const auto job = e.run({{"export_type", "native"}});
    std::vector<std::string> kinds;
    std::string deleter, previous;
    for (const auto& line : lines(e.content(job.id).at("batch001/events.jsonl"))) {
        const auto kind = std::string(line.at("kind").as_string());
        if (kind == "person" || kind == "stay") continue;
        kinds.push_back(kind);
        EXPECT_TRUE(line.contains("position") && line.contains("at"));
        const auto& fact = line.at("fact").as_object();
        if (kind == PostDeleted::kind) deleter = std::string(fact.at("actor_id").as_string());
        if (kind == PostEdited::kind)
            previous = std::string(fact.at("previous").as_object().at("message").as_string());
    }
    EXPECT_EQ(kinds, (std::vector<std::string>{PostCreated::kind, PostEdited::kind, ReactionAdded::kind,
                                               ReactionRemoved::kind, PostDeleted::kind}));
    EXPECT_EQ(deleter, e.alice.id.text());
    EXPECT_EQ(previous, "v1");
}

TEST(NativeExport, WhoWasThereUnderWhichName) {
    Exporting e;
    e.say(e.alice, "hello");
    std::map<std::string, std::string> people;
    int stays = 0;
    for (const auto& line :
         lines(e.content(e.run({{"export_type", "native"}}).id).at("batch001/events.jsonl"))) {
        if (line.at("kind") == "person")
            people[std::string(line.at("username").as_string())] = std::string(line.at("email").as_string());
        if (line.at("kind") == "stay") ++stays;
    }
    EXPECT_EQ(people, (std::map<std::string, std::string>{{"alice", "alice@example.org"},
                                                          {"bob", "bob@example.org"}}));
    EXPECT_EQ(stays, 2);
}

}  // namespace
}  // namespace concordat::compliance
