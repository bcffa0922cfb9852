#include "messaging/conversation/names.hpp"
#include "storage/database/database.hpp"
#include "tests/messaging/conversation/indexed_talk.hpp"

namespace concordat::messaging {
namespace {

using Ids = std::vector<PostId>;

// Every search is made twice, with the index and by opening every post; both must say the same.
struct Search : IndexedTalk {
    FoundPosts find(const User& who, const std::string& terms, bool is_or = false, int offset = 0) {
        return both(who, terms, is_or, offset, 0, 60);
    }
    Ids order(const std::string& terms, bool is_or = false, int offset = 0) {
        return find(alice, terms, is_or, offset).list.order;
    }
    Post at(const std::string& time, const std::string& text) {
        auto post = draft(room, text);
        post.create_at = number("select (extract(epoch from timestamptz '" + time + "') * 1000)::bigint");
        return posts.create(store.actor(admin), post);
    }
    User admin = [this] {
        auto user = store.admin();
        store.add(user, room);
        return user;
    }();
};

TEST(Searching, WordsPhrasesPrefixesAndExclusionsFindNewestFirst) {
    Search t;
    const auto one = t.say(t.alice, "The quick brown Fox"), two = t.say(t.bob, "a brown dog, quick!"),
               three = t.say(t.bob, "foxes are quicker");
    EXPECT_EQ(t.order("quick brown"), (Ids{two.id, one.id}));
    EXPECT_EQ(t.order("\"quick brown\""), Ids{one.id});
    EXPECT_EQ(t.order("fox*"), (Ids{three.id, one.id}));
    EXPECT_EQ(t.order("quick -dog"), Ids{one.id});
    EXPECT_EQ(t.order("dog fox", true), (Ids{three.id, two.id, one.id})) << "foxes, too";
    EXPECT_EQ(t.order("dog \"fox\"", true), (Ids{two.id, one.id}));
    EXPECT_TRUE(t.order("cat").empty());
    EXPECT_TRUE(t.order("").empty());
    EXPECT_TRUE(t.order("  \"\" ").empty());
    const auto found = t.find(t.alice, "fox*");
    EXPECT_EQ(found.matches.at(one.id.text()), std::vector<std::string>{"Fox"});
    EXPECT_EQ(found.matches.at(three.id.text()), std::vector<std::string>{"foxes"});
}

TEST(Searching, PeopleAreFromAndNotFrom) {
    Search t;
    const auto mine = t.say(t.alice, "status"), his = t.say(t.bob, "status");
    EXPECT_EQ(t.order("from:bob status"), Ids{his.id});
    EXPECT_EQ(t.order("from:@BOB"), Ids{his.id});
    EXPECT_EQ(t.order("status -from:bob"), Ids{mine.id});
    EXPECT_EQ(t.order("from:alice from:bob status"), (Ids{his.id, mine.id}));
    EXPECT_TRUE(t.order("from:nobody status").empty()) << "a person who does not exist has written nothing";
}

TEST(Searching, ChannelsAreInAndNotInByNameOrPerson) {
    Search t;
    const auto other = t.store.channel(t.team, "other");
    t.store.add(t.alice, other);
    const auto direct = t.store.direct(t.alice, t.bob), own = t.store.direct(t.alice, t.alice);
    const auto carol = t.store.user("carol");
    Channel group;
    group.id = ChannelId::fresh();
    group.type = "G";
    group.name = group_channel_name({t.alice.id, t.bob.id, carol.id});
    t.store.db.transact([&](storage::Tx& tx) { storage::ChannelTable(tx).insert(group); });
    for (const auto& user : {t.alice, t.bob, carol}) t.store.add(user, group);
    const auto here = t.say(t.alice, "word"), there = t.say(t.alice, other, "word"),
               between = t.say(t.alice, direct, "word"), self = t.say(t.alice, own, "word"),
               all = t.say(t.alice, group, "word");
    EXPECT_EQ(t.order("word in:other"), Ids{there.id});
    EXPECT_EQ(t.order("word channel:room"), Ids{here.id});
    EXPECT_EQ(t.order("word in:" + other.id.text()), Ids{there.id});
    EXPECT_EQ(t.order("word in:@bob"), Ids{between.id});
    EXPECT_EQ(t.order("word in:@alice"), Ids{self.id});
    EXPECT_EQ(t.order("word in:@bob,@carol"), Ids{all.id});
    EXPECT_EQ(t.order("word in:@alice,@bob,@carol"), Ids{all.id}) << "naming oneself changes nothing";
    EXPECT_EQ(t.order("word in:other in:room"), (Ids{there.id, here.id}));
    EXPECT_EQ(t.order("word -in:other -in:@bob -in:@alice -in:@bob,@carol"), Ids{here.id});
    EXPECT_TRUE(t.order("word in:nowhere").empty());
    EXPECT_TRUE(t.order("word in:@nobody").empty());
}

TEST(Searching, OnlyMyChannelsAreSearched) {
    Search t;
    const auto secret = t.store.channel(t.team, "secret", "P"), open = t.store.channel(t.team, "open");
    for (const auto& channel : {secret, open}) {
        t.store.add(t.bob, channel);
        t.say(t.bob, channel, "treasure");
    }
    EXPECT_TRUE(t.order("treasure").empty());
    EXPECT_TRUE(t.order("treasure in:secret").empty());
    EXPECT_TRUE(t.order("treasure in:open").empty()) << "not even an open one";
    EXPECT_EQ(t.find(t.bob, "treasure").list.order.size(), 2u);
}

TEST(Searching, DaysBeginAtTheSearchersMidnight) {
    Search t;
    const auto late = t.at("2024-05-01 23:30:00+00", "news"), noon = t.at("2024-05-02 12:00:00+00", "news"),
               next = t.at("2024-05-03 00:00:00+00", "news");
    EXPECT_EQ(t.order("news on:2024-05-02"), Ids{noon.id});
    EXPECT_EQ(t.order("news on:2024-05-02", false, 3600), (Ids{noon.id, late.id}))
        << "an hour east it was the second already";
    EXPECT_EQ(t.order("news before:2024-05-02"), Ids{late.id});
    EXPECT_EQ(t.order("news after:2024-05-01"), (Ids{next.id, noon.id}));
    EXPECT_EQ(t.order("news after:2024-05-02"), Ids{next.id});
    EXPECT_EQ(t.order("news -on:2024-05-02"), (Ids{next.id, late.id}));
    EXPECT_EQ(t.order("on:2024-05-02"), Ids{noon.id});
}

TEST(Searching, HashtagsDeletedPostsAndPostsOfTheServer) {
    Search t;
    const auto tagged = t.say(t.alice, "about #work"), plain = t.say(t.alice, "about work"),
               gone = t.say(t.alice, "about #work, gone");
    t.remove(t.alice, gone.id);
    t.run("update posts set type = 'system_header_change' where id = '" + plain.id.uuid() + "'");
    EXPECT_EQ(t.order("#work"), Ids{tagged.id});
    EXPECT_EQ(t.order("about"), Ids{tagged.id});
    t.edit(t.alice, tagged.id, "about play");
    EXPECT_TRUE(t.order("#work").empty()) << "an earlier version is not found";
}

TEST(Searching, ResultsArePaged) {
    Search t;
    Ids all;
    for (int i = 0; i < 5; ++i) all.insert(all.begin(), t.say(t.alice, "same").id);
    const auto page = [&](std::int64_t n) { return t.both(t.alice, "same", false, 0, n, 2).list.order; };
    EXPECT_EQ(page(0), (Ids{all[0], all[1]}));
    EXPECT_EQ(page(1), (Ids{all[2], all[3]}));
    EXPECT_EQ(page(2), Ids{all[4]});
    EXPECT_TRUE(page(3).empty());
}

TEST(Searching, MoreThanOneBatchIsSearched) {
    Search t;
    const auto old = t.say(t.alice, "needle");
    t.store.db.transact([&](storage::Tx& tx) {
        std::vector<storage::NewPost> hay(700);
        for (std::size_t i = 0; i < hay.size(); ++i) {
            auto& post = hay[i].post;
            post = Talk::draft(t.room, "hay");
            post.user_id = t.alice.id;
            post.create_at = post.update_at = old.create_at + 1 + static_cast<Millis>(i / 10);
            post.id = PostId::fresh(post.create_at);
        }
        EXPECT_EQ(storage::PostTable(tx).insert(hay).size(), 700u);
    });
    EXPECT_EQ(t.order("needle"), Ids{old.id});
    EXPECT_EQ(t.state().total_msg_count, 701);
}

}  // namespace
}  // namespace concordat::messaging
