#include "messaging/conversation/post_writer.hpp"

#include <future>

#include "tests/messaging/conversation/talk.hpp"

namespace concordat::messaging {
namespace {

using namespace std::chrono_literals;

class Writing : public testing::Test {
protected:
    storage::NewPost entry(const std::string& text, const std::string& pending = {}) {
        storage::NewPost entry;
        entry.post = Talk::draft(t.room, text);
        entry.post.id = PostId::fresh(t.store.now());
        entry.post.create_at = entry.post.update_at = t.store.now();
        entry.post.user_id = t.alice.id;
        entry.pending = pending;
        PostCreated fact;
        fact.post = entry.post;
        entry.fact = storage::fact_of(fact, t.store.now());
        return entry;
    }
    std::future<std::string> later(storage::NewPost post) {
        return std::async(std::launch::async, [this, post = std::move(post)] {
            std::string result;
            const auto id = refusal([&] { result = writer.write(post) ? "written" : "known"; });
            return id.empty() ? result : id;
        });
    }
    // Runs `meanwhile`, which starts `others` writes, while the first write waits for the channel's row, so
    // that the others make one batch.
    template <class Body>
    void while_blocked(std::size_t others, Body meanwhile) {
        t.store.db.transact([&](storage::Tx& tx) {
            tx.exec("select 1 from channels where id = $1 for update", t.room.id);
            first = later(entry("first"));
            while (t.store.db.in_use() < 2) std::this_thread::sleep_for(1ms);
            meanwhile();
            while (writer.waiting() < others) std::this_thread::sleep_for(1ms);
        });
        EXPECT_EQ(first.get(), "written");
    }
    Talk t{{}, 6};
    PostWriter writer{t.store.db};
    std::future<std::string> first;
};

TEST_F(Writing, PostsThatWaitAreWrittenTogetherAndEachTold) {
    std::vector<std::future<std::string>> all;
    while_blocked(10, [&] {
        for (int i = 0; i < 10; ++i) all.push_back(later(entry(std::to_string(i))));
    });
    for (auto& one : all) EXPECT_EQ(one.get(), "written");
    EXPECT_EQ(t.state().total_msg_count, 11);
    EXPECT_EQ(t.store.facts<PostCreated>().size(), 11u);
    EXPECT_EQ(t.number("select count(distinct xmin::text) from posts"), 2) << "the first, and one batch";
}

TEST_F(Writing, OneBadPostSpoilsNoOther) {
    std::vector<std::future<std::string>> good;
    std::future<std::string> bad;
    while_blocked(7, [&] {
        for (int i = 0; i < 3; ++i) good.push_back(later(entry(std::to_string(i))));
        auto broken = entry("broken");
        broken.post.channel_id = ChannelId::fresh();  // there is no such channel
        bad = later(std::move(broken));
        for (int i = 3; i < 6; ++i) good.push_back(later(entry(std::to_string(i))));
    });
    for (auto& one : good) EXPECT_EQ(one.get(), "written");
    EXPECT_EQ(bad.get(), "storage.statement");
    EXPECT_EQ(t.state().total_msg_count, 7);
    EXPECT_EQ(t.store.facts<PostCreated>().size(), 7u);
    EXPECT_TRUE(writer.write(entry("afterwards")));
}

TEST_F(Writing, TheSameKeyTwiceInOneBatchIsWrittenOnce) {
    std::vector<std::future<std::string>> all;
    while_blocked(4, [&] {
        for (int i = 0; i < 4; ++i) all.push_back(later(entry("same", "key")));
    });
    int written = 0;
    for (auto& one : all) written += one.get() == "written";
    EXPECT_EQ(written, 1);
    EXPECT_EQ(t.state().total_msg_count, 2);
    EXPECT_EQ(t.number("select count(*) from journal"), 2);
    EXPECT_FALSE(writer.write(entry("again", "key")));
}

TEST_F(Writing, AnEarlierTryThatWentThroughIsKnown) {
    const auto post = entry("once");
    EXPECT_TRUE(writer.write(post));
    EXPECT_FALSE(writer.write(post));
    EXPECT_EQ(t.state().total_msg_count, 1);
}

TEST_F(Writing, ManyThreadsLoseNoPostAndNobodyHangs) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 12; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 20; ++n) EXPECT_TRUE(writer.write(entry("x")));
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(t.state().total_msg_count, 240);
    EXPECT_EQ(t.state().total_msg_count_root, 240);
}

TEST_F(Writing, WhenTheDatabaseIsGoneEverybodyHearsItSoonAndWritingGoesOnAfterwards) {
    storage::Database narrow({t.store.db.options().dsn, 1, 2s}, *t.store.keyring);
    PostWriter blocked(narrow);
    std::promise<void> lent, done;
    auto holder = std::async(std::launch::async, [&] {
        refusal([&] {
            narrow.read([&](storage::Tx& tx) {
                tx.exec("select 1");
                lent.set_value();
                done.get_future().wait();
            });
        });
    });
    lent.get_future().wait();
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::future<std::string>> all;
    for (int i = 0; i < 12; ++i)
        all.push_back(std::async(std::launch::async,
                                 [&, post = entry("x")] { return refusal([&] { blocked.write(post); }); }));
    for (auto& one : all) EXPECT_EQ(one.get(), "storage.database_unavailable");
    EXPECT_LT(std::chrono::steady_clock::now() - start, 18s) << "two deadlines at most, however many wait";
    done.set_value();
    holder.get();
    EXPECT_TRUE(blocked.write(entry("healed")));
}

}  // namespace
}  // namespace concordat::messaging
