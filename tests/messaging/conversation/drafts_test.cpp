#include "messaging/conversation/drafts.hpp"

#include "storage/database/database.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::messaging {
namespace {

struct Desk : Talk {
    using Talk::Talk;
    Drafts drafts{store.db, store.gate, store.settings};
    Draft save(const std::string& text, const PostId& root = {}) {
        store.wait(10);
        Draft draft;
        draft.channel_id = room.id;
        draft.root_id = root;
        draft.message = text;
        return drafts.save(store.actor(alice), draft, "socket");
    }
    std::vector<Draft> all() { return drafts.of(alice.id, team.id); }
};

TEST(Drafts, ThereIsOneForEachChannelAndThread) {
    Desk t;
    const auto root = t.say(t.bob, "root");
    const auto first = t.save("one");
    const auto changed = t.save("two");
    t.save("reply", root.id);
    EXPECT_EQ(changed.create_at, first.create_at);
    EXPECT_GT(changed.update_at, first.update_at);
    const auto all = t.all();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].message, "reply");
    EXPECT_EQ(all[0].root_id, root.id);
    EXPECT_EQ(all[1].message, "two");
    EXPECT_TRUE(t.drafts.of(t.bob.id, t.team.id).empty());
    const auto facts = t.store.facts<DraftSaved>();
    ASSERT_EQ(facts.size(), 3u);
    EXPECT_TRUE(facts[0].is_new);
    EXPECT_FALSE(facts[1].is_new);
    EXPECT_TRUE(facts[2].is_new);
    EXPECT_EQ(facts[0].connection_id, "socket");
    EXPECT_EQ(t.number("select count(*) from drafts where position('two'::bytea in body) > 0"), 0);
}

TEST(Drafts, TwoSavesInOneMillisecondAreNotTwoNewDrafts) {
    Desk t;
    Draft draft;
    draft.channel_id = t.room.id;
    for (int i = 0; i < 5; ++i) {
        draft.message = std::to_string(i);
        t.drafts.save(t.store.actor(t.alice), draft, "");
    }
    int fresh = 0;
    for (const auto& fact : t.store.facts<DraftSaved>()) fresh += fact.is_new;
    EXPECT_EQ(fresh, 1);
}

TEST(Drafts, AnEmptyOneIsRemovedAndTellsOnlyIfThereWasOne) {
    Desk t;
    t.save("one");
    EXPECT_GT(t.save("").delete_at, 0);
    EXPECT_GT(t.save("").delete_at, 0);
    EXPECT_TRUE(t.all().empty());
    EXPECT_EQ(t.store.facts<DraftDeleted>().size(), 1u);
    t.save("two");
    t.drafts.remove(t.alice.id, t.room.id, {}, "");
    t.drafts.remove(t.alice.id, t.room.id, {}, "");
    EXPECT_EQ(t.store.facts<DraftDeleted>().size(), 2u);
}

TEST(Drafts, FilesAreShownWhenTheyAreTheAuthorsOwn) {
    Desk t;
    Draft draft;
    draft.channel_id = t.room.id;
    draft.file_ids = {t.file(t.alice, t.room), t.file(t.bob, t.room)};
    const auto saved = t.drafts.save(t.store.actor(t.alice), draft, "");
    ASSERT_TRUE(saved.metadata && saved.metadata->files);
    EXPECT_EQ(saved.metadata->files->size(), 1u);
    EXPECT_EQ(t.all().size(), 1u) << "files alone are a draft";
}

TEST(Drafts, DraftsOfDeletedThreadsAndLeftChannelsAreGone) {
    Desk t;
    const auto root = t.say(t.bob, "root");
    t.save("reply", root.id);
    t.save("here");
    t.remove(t.bob, root.id);
    ASSERT_EQ(t.all().size(), 1u);
    EXPECT_EQ(t.all()[0].message, "here");
    t.store.db.transact(
        [&](storage::Tx& tx) { storage::ChannelMemberTable(tx).remove(t.room.id, t.alice.id, tx.now()); });
    EXPECT_TRUE(t.all().empty());
}

TEST(Drafts, TheLimitsAreThoseOfPostsAndTheyCanBeSwitchedOff) {
    Desk t;
    EXPECT_EQ(refusal([&] { t.save(std::string(16384, 'a')); }),
              "model.draft.is_valid.message_length.app_error");
    t.run("update channels set delete_at = 1");
    EXPECT_EQ(refusal([&] { t.save("x"); }), "api.drafts.archived_channel.app_error");
    Settings settings;
    settings.ServiceSettings.AllowSyncedDrafts = false;
    Desk off(settings);
    EXPECT_EQ(refusal([&] { off.save("x"); }), "api.drafts.disabled.app_error");
    EXPECT_EQ(refusal([&] { off.all(); }), "api.drafts.disabled.app_error");
}

}  // namespace
}  // namespace concordat::messaging
