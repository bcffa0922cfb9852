// A partition in slices of few items against a list that is looked through.
#include "storage/search/partition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "core/base/error.hpp"
#include "storage/search/manifest.hpp"
#include "storage/search/sealed_file.hpp"
#include "tests/support/temporary_directory.hpp"

namespace concordat::storage {
namespace {

const auto for_ever = Partition::Clock::time_point::max();
constexpr std::int64_t few = 16;

struct Sliced {
    test::TemporaryDirectory folder;
    const Secret key = Secret::random();
    BlockCache cache{1 << 20};
    std::mt19937 random{11};
    const ChannelId room = ChannelId::fresh(), other_room = ChannelId::fresh();
    const UserId ann = UserId::fresh();
    std::unique_ptr<Partition> partition = opened({});
    std::vector<IndexItem> said;

    std::unique_ptr<Partition> opened(const std::vector<SliceEntry>& slices) {
        return std::make_unique<Partition>(folder.path(), key, slices, cache, 1, few);
    }
    IndexItem item(Millis at, const std::string& word) {
        IndexItem out;
        out.id = AnyId::fresh();
        out.channel = random() % 4 == 0 ? other_room : room;
        out.user = ann;
        out.create_at = at;
        out.words = {{word, 0}};
        return out;
    }
    void add(IndexItem item) {
        partition->add(item);
        said.push_back(std::move(item));
    }
    // Most come in order, some are older, some are said again with another word.
    void say_some(int count) {
        for (int i = 0; i < count; ++i) {
            const auto now = static_cast<Millis>(said.size());
            const auto word = "w" + std::to_string(random() % 5);
            if (!said.empty() && random() % 6 == 0) {
                auto again = said[random() % said.size()];
                again.words = {{word, 0}};
                add(std::move(again));
            } else {
                add(item(random() % 5 == 0 ? static_cast<Millis>(random() % 400) : 1000 + now / 3, word));
            }
        }
    }
    std::vector<IndexHit> expected(const IndexQuery& query) const {
        std::set<IndexHit, std::greater<>> hits;
        for (const auto& item : said)
            if (query.channels.contains(item.channel) && item.create_at >= query.from &&
                item.create_at < query.until &&
                (query.phrases.empty() || query.phrases[0].words[0].text == item.words[0].text))
                hits.insert({item.create_at, item.id});
        return {hits.begin(), hits.end()};
    }
    std::vector<IndexHit> paged(const IndexQuery& query, std::size_t at_most) {
        std::vector<IndexHit> out;
        std::optional<IndexHit> before;
        for (;;) {
            const auto page = partition->find(query, before, at_most, for_ever);
            EXPECT_TRUE(page.is_whole);
            EXPECT_LE(page.hits.size(), at_most);
            out.insert(out.end(), page.hits.begin(), page.hits.end());
            if (page.is_last || page.hits.empty()) {
                EXPECT_TRUE(page.is_last);
                return out;
            }
            before = page.hits.back();
        }
    }
    IndexQuery query(const std::string& word) const {
        IndexQuery out;
        out.channels = {room};
        if (!word.empty()) out.phrases = {{{{word, 0}}, false}};
        return out;
    }
    void compare(const char* when) {
        for (const auto* word : {"", "w0", "w3", "nowhere"}) {
            auto asked = query(word);
            EXPECT_EQ(paged(asked, 1 + random() % 30), expected(asked)) << when << ' ' << word;
            asked.from = 200;
            asked.until = 1040;
            EXPECT_EQ(paged(asked, 7), expected(asked)) << when << ' ' << word;
        }
    }
    std::size_t files() const {
        const std::filesystem::directory_iterator all(folder.path());
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }
};

TEST(Partition, ABeginningMayBeAskedForMore) {
    Sliced t;
    const std::vector<std::string> words{"report",      "reports",       "reporter", "repo",
                                         "rep\u00F3rt", "\U0001F389rep", "z"};
    for (int i = 0; i < 60; ++i) t.add(t.item(1000 + i, words[static_cast<std::size_t>(i) % words.size()]));
    t.partition->refresh();
    std::set<std::string> asked;
    IndexQuery query;
    query.channels = {t.room, t.other_room};
    query.phrases = {{{{"repo", 0}}, true, [&](std::string_view word) {
                          asked.emplace(word);
                          return word == "report" || word == "reports";
                      }}};
    std::vector<IndexHit> expected;
    for (auto at = t.said.rbegin(); at != t.said.rend(); ++at)
        if (at->words[0].text == "report" || at->words[0].text == "reports")
            expected.push_back({at->create_at, at->id});
    EXPECT_EQ(t.paged(query, 7), expected);
    EXPECT_EQ(asked, (std::set<std::string>{"repo", "report", "reporter", "reports"}));
    asked.clear();
    query.phrases[0].words[0].text = "rep\u00F3";
    EXPECT_EQ(t.paged(query, 7).size(), 0u);
    EXPECT_EQ(asked, std::set<std::string>{"rep\u00F3rt"});
    asked.clear();
    query.phrases[0].words[0].text = "\U0001F389";
    EXPECT_EQ(t.paged(query, 7).size(), 0u);
    EXPECT_EQ(asked, std::set<std::string>{"\U0001F389rep"});
}

TEST(Partition, PagesAreWhatAListWouldGive) {
    Sliced t;
    t.compare("empty");
    for (int round = 0; round < 12; ++round) {
        t.say_some(1 + static_cast<int>(t.random() % 40));
        t.partition->refresh();
        t.compare("fed");
    }
    const auto slices = t.partition->sync();
    EXPECT_GT(slices.size(), 5u);
    EXPECT_EQ(t.partition->items(), static_cast<std::int64_t>(t.said.size()));
    t.partition->forget_removed();
    t.compare("synced");
    t.partition->let_go(for_ever);
    t.compare("let go");

    // What the manifest would name, opened again and gone on with.
    t.partition = t.opened(slices);
    t.compare("opened again");
    t.say_some(60);
    t.partition->refresh();
    t.compare("gone on with");
    t.partition->rest();
    t.partition->let_go(for_ever);
    t.say_some(3);
    t.partition->refresh();
    t.compare("after a rest");
}

TEST(Partition, WhatIsNotSyncedDoesNotReachTheDiskAndFullSlicesDo) {
    Sliced t;
    for (int i = 0; i < few; ++i) {
        t.add(t.item(i, "word"));
        t.partition->refresh();
    }
    EXPECT_EQ(t.files(), 0u);
    t.add(t.item(few, "word"));
    EXPECT_GT(t.files(), 0u) << "a full slice is written down";
    t.partition->refresh();
    t.partition->sync();
    t.partition->forget_removed();
    EXPECT_LT(t.files(), 10u);
    t.compare("synced");
    t.partition.reset();
    EXPECT_LT(t.files(), 10u) << "the manifest may name them";
}

TEST(Partition, ADirectoryThatWasAwayLosesNothing) {
    Sliced t;
    t.say_some(5);
    t.partition->refresh();
    const auto lost = t.folder.path() + "-moved";
    std::filesystem::rename(t.folder.path(), lost);
    EXPECT_THROW(t.partition->sync(), Error);
    t.compare("after a failure");
    std::filesystem::rename(lost, t.folder.path());
    const auto slices = t.partition->sync();
    t.partition->forget_removed();
    t.partition = t.opened(slices);
    t.compare("after all");
}

TEST(Partition, ManySearchWhileItIsFed) {
    Sliced t;
    std::atomic<bool> is_over{false};
    std::atomic<int> found{0};
    std::vector<std::thread> threads;
    const auto query = t.query("w1");
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] {
            while (!is_over) {
                const auto page = t.partition->find(query, std::nullopt, 10, for_ever);
                found += static_cast<int>(page.hits.size());
                for (std::size_t h = 1; h < page.hits.size(); ++h) EXPECT_GT(page.hits[h - 1], page.hits[h]);
            }
        });
    for (int round = 0; round < 60; ++round) {
        t.say_some(5);
        t.partition->refresh();
        if (round % 10 == 0) {
            t.partition->sync();
            t.partition->forget_removed();
            t.partition->rest();
            t.partition->let_go(for_ever);
        }
    }
    is_over = true;
    for (auto& thread : threads) thread.join();
    EXPECT_GT(found, 0);
    t.compare("at the end");
}

}  // namespace
}  // namespace concordat::storage
