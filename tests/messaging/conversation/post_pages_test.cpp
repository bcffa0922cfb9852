#include "messaging/conversation/post_pages.hpp"

#include "storage/crypto/seal.hpp"
#include "storage/database/database.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* no_post = "app.post.get.app_error";
constexpr const char* damaged = "storage.sealed.damaged";

using Ids = std::vector<PostId>;

struct Reader : Talk {
    using Talk::Talk;
    PageQuery query() {
        PageQuery q;
        q.channel = room.id;
        return q;
    }
    PostPages::Page page(const PageQuery& q, const std::string& etag = {}) {
        return pages.page(store.actor(bob), q, etag);
    }
    PostList list(const PageQuery& q) { return parse_json<PostList>(*page(q).text); }
    PostList list() { return list(query()); }
    // Posts "0" to "n-1"; the newest last.
    Ids say_many(int n) {
        Ids out;
        for (int i = 0; i < n; ++i) out.push_back(say(alice, std::to_string(i)).id);
        return out;
    }
};

TEST(PostPages, APageIsNewestFirstAndNamesItsNeighbours) {
    Reader t;
    EXPECT_TRUE(t.list().order.empty());
    EXPECT_TRUE(t.list().next_post_id.empty());
    const auto p = t.say_many(7);
    auto q = t.query();
    q.limit = 3;
    auto list = t.list(q);
    EXPECT_EQ(list.order, (Ids{p[6], p[5], p[4]}));
    EXPECT_EQ(list.posts.at(p[5].text()).message, "5");
    EXPECT_EQ(list.prev_post_id, p[3]);
    EXPECT_TRUE(list.next_post_id.empty());
    q.offset = 3;
    list = t.list(q);
    EXPECT_EQ(list.order, (Ids{p[3], p[2], p[1]}));
    EXPECT_EQ(list.prev_post_id, p[0]);
    EXPECT_EQ(list.next_post_id, p[4]);
    q.offset = 6;
    list = t.list(q);
    EXPECT_EQ(list.order, Ids{p[0]});
    EXPECT_TRUE(list.prev_post_id.empty()) << "the oldest: the edge";
    q.limit = 7;
    q.offset = 0;
    EXPECT_TRUE(t.list(q).prev_post_id.empty());
    q.offset = 7;
    EXPECT_TRUE(t.list(q).order.empty());
}

TEST(PostPages, BeforeAndAfterAPostAreBoundedByIt) {
    Reader t;
    const auto p = t.say_many(6);
    auto q = t.query();
    q.limit = 2;
    q.before = p[3];
    auto list = t.list(q);
    EXPECT_EQ(list.order, (Ids{p[2], p[1]}));
    EXPECT_EQ(list.prev_post_id, p[0]);
    EXPECT_EQ(list.next_post_id, p[3]);
    q.before = p[1];
    list = t.list(q);
    EXPECT_EQ(list.order, Ids{p[0]});
    EXPECT_TRUE(list.prev_post_id.empty());
    q.before = p[0];
    list = t.list(q);
    EXPECT_TRUE(list.order.empty());
    EXPECT_TRUE(list.prev_post_id.empty());
    EXPECT_EQ(list.next_post_id, p[0]) << "where it was asked from is still there";
    q.before = {};
    q.after = p[2];
    list = t.list(q);
    EXPECT_EQ(list.order, (Ids{p[4], p[3]}));
    EXPECT_EQ(list.next_post_id, p[5]);
    EXPECT_EQ(list.prev_post_id, p[2]);
    q.offset = 2;
    EXPECT_EQ(t.list(q).order, Ids{p[5]});
    q.offset = 0;
    q.after = p[5];
    list = t.list(q);
    EXPECT_TRUE(list.order.empty());
    EXPECT_TRUE(list.next_post_id.empty());
    q.after = PostId::fresh();
    EXPECT_EQ(refusal([&] { t.list(q); }), no_post);
    const auto other = t.store.channel(t.team, "other");
    t.store.add(t.alice, other);
    q.after = t.say(t.alice, other, "there").id;
    EXPECT_EQ(refusal([&] { t.list(q); }), no_post);
}

TEST(PostPages, PostsOfOneMillisecondAreEachOnOnePage) {
    Reader t;
    std::set<PostId> written;
    const auto admin = t.store.admin();
    for (int i = 0; i < 9; ++i) {
        auto post = Talk::draft(t.room, std::to_string(i));
        post.create_at = 5000;
        written.insert(t.posts.create(t.store.actor(admin), post).id);
    }
    std::set<PostId> seen;
    auto q = t.query();
    q.limit = 2;
    for (PostList list = t.list(q); !list.order.empty(); list = t.list(q)) {
        for (const auto& id : list.order) EXPECT_TRUE(seen.insert(id).second);
        q.before = list.order.back();
    }
    EXPECT_EQ(seen, written);
}

TEST(PostPages, SinceGivesWhatChangedLaterDeletedOnesIncluded) {
    Reader t;
    const auto p = t.say_many(5);
    const auto root = p[0];
    t.store.wait(10);
    const auto before = t.store.now();
    t.edit(t.alice, p[1], "edited");
    t.remove(t.alice, p[2]);
    const auto reply = t.say(t.bob, "reply", root);
    auto q = t.query();
    q.since = before;
    const auto list = t.list(q);
    EXPECT_EQ(list.order, (Ids{reply.id, p[2], p[1], root}));
    EXPECT_GT(list.posts.at(p[2].text()).delete_at, 0);
    EXPECT_EQ(list.posts.at(p[1].text()).message, "edited");
    EXPECT_TRUE(t.page(q).etag.empty()) << "no tag: it would never be the same";
    q.since = t.store.now();
    EXPECT_TRUE(t.list(q).order.empty());
}

TEST(PostPages, RepliesBringTheirThreadUnlessSkippedOrCollapsed) {
    Reader t;
    const auto root = t.say(t.alice, "root"), first = t.say(t.bob, "first", root.id);
    const auto between = t.say_many(3);
    const auto second = t.say(t.bob, "second", root.id);
    auto q = t.query();
    q.limit = 1;
    auto list = t.list(q);
    EXPECT_EQ(list.order, Ids{second.id});
    EXPECT_EQ(list.posts.size(), 3u) << "the root and the other reply come along";
    EXPECT_TRUE(list.posts.contains(first.id.text()));
    EXPECT_FALSE(list.posts.at(root.id.text()).participants.value.has_value());
    q.threads.skip_threads = true;
    list = t.list(q);
    EXPECT_EQ(list.posts.size(), 2u);
    EXPECT_TRUE(list.posts.contains(root.id.text()));
    q.threads = {.skip_threads = false, .collapsed = true, .extended = false};
    q.limit = 10;
    list = t.list(q);
    EXPECT_EQ(list.order, (Ids{between[2], between[1], between[0], root.id})) << "roots only";
    const auto& shown = list.posts.at(root.id.text());
    EXPECT_EQ(shown.reply_count, 2);
    EXPECT_EQ(shown.last_reply_at, second.create_at);
    EXPECT_EQ(shown.is_following, true);
    ASSERT_TRUE(shown.participants);
    EXPECT_EQ((*shown.participants)[0].id, t.bob.id);
}

TEST(PostPages, DeletedPostsAndEarlierVersionsAppearOnlyWhenAskedFor) {
    Reader t;
    const auto p = t.say_many(3);
    t.edit(t.alice, p[0], "new");
    t.remove(t.alice, p[1]);
    EXPECT_EQ(t.list().order, (Ids{p[2], p[0]}));
    auto q = t.query();
    q.with_deleted = true;
    EXPECT_EQ(t.list(q).order, (Ids{p[2], p[1], p[0]}));
}

TEST(PostPages, ATagHoldsUntilAnythingOnThePageChanges) {
    Reader t;
    auto in = Talk::draft(t.room, "one");
    auto& priority = in.metadata.emplace().priority.emplace();
    priority.priority = std::string("important");
    priority.requested_ack = true;
    const auto post = t.put(t.alice, in);
    std::string last_text, last_tag;
    const auto expect_new = [&](const char* what) {
        const auto page = t.page(t.query(), last_tag);
        ASSERT_TRUE(page.text) << what;
        EXPECT_NE(*page.text, last_text) << what;
        EXPECT_NE(page.etag, last_tag) << what;
        last_text = *page.text;
        last_tag = page.etag;
        EXPECT_FALSE(t.page(t.query(), last_tag).text) << what << ": nothing new for who has it";
        EXPECT_EQ(*t.page(t.query()).text, last_text) << what << ": and the same for who has not";
    };
    expect_new("first");
    t.say(t.bob, "two");
    expect_new("a post");
    t.edit(t.alice, post.id, "edited");
    expect_new("an edit");
    Reaction reaction;
    reaction.post_id = post.id;
    reaction.emoji_name = "smile";
    t.reactions.add(t.store.actor(t.bob), reaction);
    expect_new("a reaction");
    reaction.user_id = t.bob.id;
    t.reactions.remove(t.store.actor(t.bob), reaction);
    expect_new("a reaction taken back");
    t.posts.set_pinned(t.store.actor(t.bob), post.id, true);
    expect_new("a pin");
    t.posts.acknowledge(t.bob.id, post.id);
    expect_new("an acknowledgement");
    t.posts.unacknowledge(t.bob.id, post.id);
    expect_new("one taken back");
    const auto reply = t.say(t.bob, "reply", post.id);
    expect_new("a reply");
    t.remove(t.bob, reply.id);
    expect_new("a deletion");
}

TEST(PostPages, TagsOfDifferentPagesDiffer) {
    Reader t;
    const auto p = t.say_many(3);
    std::set<std::string> tags;
    for (int i = 0; i < 9; ++i) {
        auto q = t.query();
        if (i == 1) q.limit = 2;
        if (i == 2) q.offset = 1;
        if (i == 3) q.before = p[1];
        if (i == 4) q.after = p[1];
        if (i == 5) q.threads.skip_threads = true;
        if (i == 6) q.threads.collapsed = true;
        if (i == 7) q.with_deleted = true;
        if (i == 8) q.threads = {.skip_threads = false, .collapsed = true, .extended = true};
        EXPECT_TRUE(tags.insert(t.page(q).etag).second) << i;
    }
}

TEST(PostPages, ACachedPageIsNeverBehindAWriter) {
    Reader t;
    std::atomic<bool> is_done{false};
    std::thread reading([&] {
        while (!is_done) t.page(t.query());
    });
    for (int i = 0; i < 40; ++i) {
        const auto post = t.posts.create(t.store.actor(t.alice), Talk::draft(t.room, std::to_string(i)));
        EXPECT_TRUE(t.list().posts.contains(post.id.text())) << i;
    }
    is_done = true;
    reading.join();
}

TEST(PostPages, TheWindowLiesRoundTheOldestUnread) {
    Reader t;
    const auto p = t.say_many(10);
    const auto viewed_to = [&](const PostId& id) {
        t.run("update channel_members set last_viewed_at = (select create_at from posts where id = '" +
              id.uuid() + "') where user_id = '" + t.bob.id.uuid() + "'");
    };
    viewed_to(p[4]);
    auto list = t.pages.around_unread(t.bob.id, t.room.id, 2, 3, {});
    EXPECT_EQ(list.order, (Ids{p[7], p[6], p[5], p[4], p[3]}));
    EXPECT_EQ(list.next_post_id, p[8]);
    EXPECT_EQ(list.prev_post_id, p[2]);
    list = t.pages.around_unread(t.bob.id, t.room.id, 60, 60, {});
    EXPECT_EQ(list.order.size(), 10u);
    EXPECT_TRUE(list.next_post_id.empty());
    EXPECT_TRUE(list.prev_post_id.empty());
    viewed_to(p[9]);
    list = t.pages.around_unread(t.bob.id, t.room.id, 2, 3, {});
    EXPECT_EQ(list.order, (Ids{p[9], p[8]})) << "nothing unread: the newest page";
    EXPECT_EQ(list.prev_post_id, p[7]);
    EXPECT_TRUE(t.pages.around_unread(t.bob.id, t.room.id, 0, 1, {}).order.empty());
    viewed_to(p[4]);
    t.remove(t.alice, p[5]);
    EXPECT_EQ(t.pages.around_unread(t.bob.id, t.room.id, 0, 1, {}).order, Ids{p[6]})
        << "a deleted one is not the oldest unread";
    EXPECT_EQ(refusal([&] { t.pages.around_unread(t.store.user("x").id, t.room.id, 1, 1, {}); }),
              "app.channel.get_member.missing.app_error");
}

TEST(PostPages, WithCollapsedThreadsAReplyIsNotTheOldestUnread) {
    Reader t;
    const auto root = t.say(t.alice, "root");
    t.reading.view(t.bob.id, {t.room.id}, true);
    t.say(t.alice, "reply", root.id);
    const auto next = t.say(t.alice, "next");
    const auto list = t.pages.around_unread(t.bob.id, t.room.id, 5, 5,
                                            {.skip_threads = false, .collapsed = true, .extended = false});
    EXPECT_EQ(list.order, (Ids{next.id, root.id}));
}

TEST(PostPages, AThreadComesWholeOrInPagesBothWays) {
    Reader t;
    const auto root = t.say(t.alice, "root");
    std::vector<Post> r;
    for (int i = 0; i < 5; ++i) r.push_back(t.say(t.bob, std::to_string(i), root.id));
    const auto thread = [&](ThreadQueryOptions o, const PostId& id) {
        return t.pages.thread(t.store.actor(t.alice), id, o);
    };
    auto list = thread({}, root.id);
    EXPECT_EQ(list.order, (Ids{r[4].id, r[3].id, r[2].id, r[1].id, r[0].id, root.id}));
    EXPECT_EQ(list.has_next, false);
    EXPECT_EQ(thread({}, r[3].id).order, list.order) << "any post of it names the thread";
    ThreadQueryOptions o;
    o.limit = 2;
    list = thread(o, root.id);
    EXPECT_EQ(list.order, (Ids{r[1].id, r[0].id, root.id}));
    EXPECT_EQ(list.has_next, true);
    o.from_post = r[1].id;
    o.from_create_at = r[1].create_at;
    EXPECT_EQ(thread(o, root.id).order, (Ids{r[3].id, r[2].id, root.id}));
    o.is_up = true;
    o.from_post = r[3].id;
    o.from_create_at = r[3].create_at;
    list = thread(o, root.id);
    EXPECT_EQ(list.order, (Ids{r[2].id, r[1].id, root.id}));
    EXPECT_EQ(list.has_next, true);
    EXPECT_EQ(refusal([&] { thread({}, PostId::fresh()); }), no_post);
}

TEST(PostPages, AThreadsChangesComeInTheOrderOfTheirChange) {
    Reader t;
    const auto root = t.say(t.alice, "root");
    std::vector<Post> r;
    for (int i = 0; i < 3; ++i) r.push_back(t.say(t.bob, std::to_string(i), root.id));
    t.store.wait(10);
    const auto before = t.store.now();
    const auto late = t.edit(t.bob, r[2].id, "edited first"), later = t.edit(t.bob, r[0].id, "edited second");
    ThreadQueryOptions o;
    o.from_update_at = before;
    o.updates_only = true;
    o.limit = 1;
    auto list = t.pages.thread(t.store.actor(t.alice), root.id, o);
    EXPECT_TRUE(list.posts.contains(r[2].id.text()));
    EXPECT_FALSE(list.posts.contains(r[0].id.text()));
    EXPECT_EQ(list.has_next, true);
    o.from_update_at = late.update_at;
    o.from_post = r[2].id;
    list = t.pages.thread(t.store.actor(t.alice), root.id, o);
    EXPECT_TRUE(list.posts.contains(r[0].id.text()));
    EXPECT_EQ(list.has_next, false);
    EXPECT_EQ(later.id, r[0].id);
}

TEST(PostPages, SeveralAtOnceGiveOnlyWhatTheReaderMayRead) {
    Reader t;
    const auto secret = t.store.channel(t.team, "secret", "P");
    t.store.add(t.alice, secret);
    const auto open = t.say(t.alice, "open"), hidden = t.say(t.alice, secret, "hidden"),
               gone = t.say(t.alice, "gone");
    t.remove(t.alice, gone.id);
    const auto seen = t.pages.get(t.store.actor(t.bob), {open.id, hidden.id, gone.id, PostId::fresh()});
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].id, open.id);
}

TEST(PostPages, SavedPostsAreListedWhileTheyLiveAndMayBeRead) {
    Reader t;
    const auto secret = t.store.channel(t.team, "secret", "P");
    t.store.add(t.alice, secret);
    const auto one = t.say(t.alice, "one"), two = t.say(t.alice, "two"), hidden = t.say(t.alice, secret, "x"),
               gone = t.say(t.alice, "y");
    t.store.db.read([&](storage::Tx& tx) {
        std::vector<Preference> saved;
        for (const auto& id : {one.id, two.id, hidden.id, gone.id})
            saved.push_back({t.bob.id, "flagged_post", id.text(), "true"});
        saved.push_back({t.bob.id, "flagged_post", "nonsense", "true"});
        storage::PreferenceTable(tx).set(saved);
    });
    t.remove(t.alice, gone.id);
    const auto flagged = [&](const ChannelId& channel, std::int64_t offset, std::int64_t limit) {
        return t.pages.flagged(t.store.actor(t.bob), t.bob.id, t.team.id, channel, offset, limit).order;
    };
    EXPECT_EQ(flagged({}, 0, 60), (Ids{two.id, one.id}));
    EXPECT_EQ(flagged({}, 1, 1), Ids{one.id});
    EXPECT_TRUE(flagged({}, 5, 1).empty());
    EXPECT_TRUE(flagged(secret.id, 0, 60).empty());
}

class Damage : public testing::Test {
protected:
    Reader t;
    Post one = t.say(t.alice, "first words"), two = t.say(t.alice, "second words"),
         three = t.say(t.alice, "third words");
    void swap_bodies() {
        t.run("update posts p set body = o.body from posts o where (p.id, o.id) in (('" + one.id.uuid() +
              "', '" + two.id.uuid() + "'), ('" + two.id.uuid() + "', '" + one.id.uuid() + "'))");
        t.run("update channels set revision = revision + 1");
    }
};

TEST_F(Damage, BodiesSwappedBetweenPostsAreDetectedAndNamedAndTheOthersStayReadable) {
    swap_bodies();
    for (const auto& id : {one.id, two.id}) {
        try {
            t.pages.get(id);
            FAIL();
        } catch (const Error& error) {
            EXPECT_EQ(error.id(), damaged);
            EXPECT_EQ(error.fault(), Fault::internal);
            EXPECT_NE(error.detail().find("post " + id.text()), std::string::npos) << error.detail();
        }
    }
    EXPECT_EQ(t.pages.get(three.id).message, "third words");
    testing::internal::CaptureStderr();
    const auto list = t.list();
    const auto log = testing::internal::GetCapturedStderr();
    EXPECT_EQ(list.order, (Ids{three.id, two.id, one.id}));
    EXPECT_EQ(list.posts.at(three.id.text()).message, "third words");
    for (const auto& id : {one.id, two.id}) {
        EXPECT_EQ(list.posts.at(id.text()).message, storage::lost_message);
        EXPECT_TRUE(list.posts.at(id.text()).props.contains(storage::lost_prop));
        EXPECT_NE(log.find(id.text()), std::string::npos) << "the operator's log names it";
    }
    EXPECT_EQ(log.find("words"), std::string::npos) << "and never quotes it";
}

TEST_F(Damage, ADamagedPostCanBeDeletedButNotEditedNorMoved) {
    swap_bodies();
    EXPECT_EQ(refusal([&] { t.edit(t.alice, one.id, "new"); }), damaged);
    const auto target = t.store.channel(t.team, "target");
    t.store.add(t.alice, target);
    EXPECT_EQ(refusal([&] { t.posts.move_thread(t.store.actor(t.alice), one.id, target.id); }), damaged);
    t.remove(t.alice, one.id);
    EXPECT_EQ(t.list().order, (Ids{three.id, two.id}));
}

TEST_F(Damage, ABodyOfAnEarlierVersionDoesNotPassForThePresentOne) {
    const auto before = t.store.db.read([&](storage::Tx& tx) {
        return storage::bytes_in(tx.exec("select body from posts where id = $1", one.id)[0][0]);
    });
    t.edit(t.alice, one.id, "edited words");
    t.store.db.read([&](storage::Tx& tx) {
        tx.exec("update posts set body = $2 where id = $1", one.id, storage::bytea(before));
    });
    EXPECT_EQ(refusal([&] { t.pages.get(one.id); }), damaged);
    t.run("update posts set body = (select body from posts where original_id = '" + one.id.uuid() +
          "') where id = '" + one.id.uuid() + "'");
    EXPECT_EQ(refusal([&] { t.pages.get(one.id); }), damaged);
}

TEST_F(Damage, APostMovedToAnotherChannelByHandDoesNotOpen) {
    const auto other = t.store.channel(t.team, "other");
    t.store.add(t.alice, other);
    t.say(t.alice, other, "so that the channel has a key");
    t.run("update posts set channel_id = '" + other.id.uuid() + "' where id = '" + one.id.uuid() + "'");
    EXPECT_EQ(refusal([&] { t.pages.get(one.id); }), damaged);
}

TEST_F(Damage, SearchPassesOverADamagedPost) {
    swap_bodies();
    const auto found = t.pages.search(t.store.actor(t.bob), t.team.id, "words", false, 0, false, 0, 60);
    EXPECT_EQ(found.list.order, Ids{three.id});
    EXPECT_TRUE(t.pages.search(t.store.actor(t.bob), t.team.id, "damaged", false, 0, false, 0, 60)
                    .list.order.empty());
}

}  // namespace
}  // namespace concordat::messaging
