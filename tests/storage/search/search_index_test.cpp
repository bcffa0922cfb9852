#include "storage/search/search_index.hpp"

#include <filesystem>
#include <fstream>
#include <random>

#include "tests/storage/database/database_fixture.hpp"

namespace concordat::storage {
namespace {

namespace files = std::filesystem;

constexpr Millis monday = 1'714'953'600'000;  // 2024-05-06
constexpr Millis one_week = 7 * 86'400'000ll;
const auto no_deadline = std::chrono::steady_clock::time_point::max();

std::vector<PlacedWord> placed(const std::vector<std::string>& words) {
    std::vector<PlacedWord> out;
    for (const auto& word : words) out.push_back({word, static_cast<std::uint32_t>(out.size())});
    return out;
}

struct Indexed : Base {
    test::TemporaryDirectory folder;
    std::string path = folder.path("search");
    ChannelId room = ChannelId::fresh();
    UserId ann = UserId::fresh();
    std::unique_ptr<SearchIndex> index = opened();
    Position at{"5", 1};

    std::unique_ptr<SearchIndex> opened() { return std::make_unique<SearchIndex>(db, *ring, path); }
    void begin() {
        std::string why;
        EXPECT_FALSE(index->load(at, why));
        index->begin(at, {});
    }
    void run(const std::string& sql) {
        db.read([&](Tx& tx) { tx.run_script(sql); });
    }
    // Closes and opens; "" when the index is good, else why not.
    std::string again() {
        index.reset();
        index = opened();
        std::string why;
        index->load(at, why);
        return why;
    }
    AnyId add(Millis time, const std::vector<std::string>& words,
              const std::vector<std::string>& labels = {}) {
        auto item = made(time, words, labels);
        index->add(item);
        return item.id;
    }
    IndexItem made(Millis time, const std::vector<std::string>& words,
                   const std::vector<std::string>& labels = {}) {
        IndexItem item;
        item.id = AnyId::fresh();
        item.channel = room;
        item.user = ann;
        item.create_at = time;
        item.words = placed(words);
        item.labels = labels;
        return item;
    }
    IndexQuery query(const std::vector<std::string>& words = {}) {
        IndexQuery out;
        for (const auto& word : words) out.phrases.push_back({placed({word}), false});
        out.channels.insert(room);
        return out;
    }
    // Newest first; ids once.
    std::vector<AnyId> find(const IndexQuery& query) {
        std::vector<IndexHit> hits;
        for (const auto& span : index->spans(query.from, query.until)) {
            if (!span.partition) continue;
            const auto found = span.partition->find(query, std::nullopt, 10'000, no_deadline);
            EXPECT_TRUE(found.is_whole);
            EXPECT_TRUE(found.is_last);
            hits.insert(hits.end(), found.hits.begin(), found.hits.end());
        }
        std::sort(hits.rbegin(), hits.rend());
        std::vector<AnyId> out;
        for (const auto& hit : hits)
            if (out.empty() || out.back() != hit.id) out.push_back(hit.id);
        return out;
    }
    std::vector<AnyId> find(const std::vector<std::string>& words) { return find(query(words)); }
    std::vector<files::path> sealed_files() {
        std::vector<files::path> out;
        for (const auto& file : files::directory_iterator(path))
            if (const auto name = file.path().filename(); name != "manifest" && name != "lock")
                out.push_back(file.path());
        return out;
    }
};

using Ids = std::vector<AnyId>;

TEST(SearchIndex, FindsWordsPhrasesBeginningsAndLabels) {
    Indexed t;
    t.begin();
    const auto one = t.add(monday, {"quick", "brown", "fox"}, {"#zoo"}),
               two = t.add(monday + 1, {"brown", "quick", "dog"}, {"#zoology"}),
               three = t.add(monday + one_week, {"foxes", "\xF0\x9F\x8E\x89", "\xC3\xA9l\xC3\xA8ve"});
    EXPECT_EQ(t.find({"brown"}), Ids{}) << "not before refresh()";
    t.index->refresh();
    EXPECT_EQ(t.find({"brown"}), (Ids{two, one}));
    EXPECT_EQ(t.find({"brown", "fox"}), Ids{one});
    EXPECT_EQ(t.find({"brown", "cat"}), Ids{});
    EXPECT_EQ(t.find({"\xF0\x9F\x8E\x89"}), Ids{three}) << "a sign beyond 16 bits";
    EXPECT_EQ(t.find({"\xC3\xA9l\xC3\xA8ve"}), Ids{three});
    auto query = t.query();
    query.phrases = {{placed({"quick", "brown"}), false}};
    EXPECT_EQ(t.find(query), Ids{one});
    query.phrases = {{placed({"fox"}), true}};
    EXPECT_EQ(t.find(query), (Ids{three, one}));
    query.phrases = {{placed({"dog"}), false}, {placed({"fox"}), false}};
    query.is_any = true;
    EXPECT_EQ(t.find(query), (Ids{two, one}));
    query.excluded_phrases = {{placed({"brown", "fox"}), false}};
    EXPECT_EQ(t.find(query), Ids{two});
    query = t.query();
    EXPECT_EQ(t.find(query), (Ids{three, two, one})) << "everything";
    query.labels = {{"#zoo", false}};
    EXPECT_EQ(t.find(query), Ids{one});
    query.labels = {{"#zoo", true}};
    EXPECT_EQ(t.find(query), (Ids{two, one}));
    query.excluded_labels = {{"#zoology", false}};
    EXPECT_EQ(t.find(query), Ids{one});
    query = t.query();
    query.one_of = {"#zoo", "#none"};
    EXPECT_EQ(t.find(query), Ids{one});
}

TEST(SearchIndex, KindsChannelsPeopleAndTimesNarrow) {
    Indexed t;
    t.begin();
    auto post = t.made(monday, {"plan"}), file = t.made(monday, {"plan"}),
         elsewhere = t.made(monday, {"plan"}), other = t.made(monday + 5, {"plan"});
    file.kind = ItemKind::file;
    elsewhere.channel = ChannelId::fresh();
    other.user = UserId::fresh();
    for (const auto& item : {post, file, elsewhere, other}) t.index->add(item);
    t.index->refresh();
    EXPECT_EQ(t.find({"plan"}), (Ids{other.id, post.id}));
    auto query = t.query({"plan"});
    query.kind = ItemKind::file;
    EXPECT_EQ(t.find(query), Ids{file.id});
    query = t.query({"plan"});
    query.users = {t.ann};
    EXPECT_EQ(t.find(query), Ids{post.id});
    query.users = std::unordered_set<UserId>{};
    EXPECT_EQ(t.find(query), Ids{}) << "of nobody";
    query.users.reset();
    query.excluded_users = {t.ann};
    EXPECT_EQ(t.find(query), Ids{other.id});
    query = t.query({"plan"});
    query.from = monday + 5;
    EXPECT_EQ(t.find(query), Ids{other.id});
    query.from = 0;
    query.until = monday + 5;
    EXPECT_EQ(t.find(query), Ids{post.id});
    query.channels.clear();
    EXPECT_EQ(t.find(query), Ids{});
}

// Words of a small vocabulary, so that everything meets everything; what holds is computed from the lists.
TEST(SearchIndex, AgreesWithALookAtEveryItemAcrossManyRefreshesAndMerges) {
    Indexed t;
    t.begin();
    std::mt19937 random(3);
    const std::vector<std::string> vocabulary{"a", "ab", "abc", "b", "ba", "c", "ca", "d"};
    std::vector<IndexItem> items;
    for (int i = 0; i < 400; ++i) {
        std::vector<std::string> words;
        for (auto count = random() % 7; count > 0; --count) words.push_back(vocabulary[random() % 8]);
        items.push_back(t.made(monday + static_cast<Millis>(random() % 3) * one_week + i, words));
        t.index->add(items.back());
        if (i % 3 == 0) t.index->refresh();
        if (i % 90 == 0) t.index->commit(t.at);
        if (i == 200) {
            t.index->commit(t.at);
            ASSERT_EQ(t.again(), "");
        }
    }
    t.index->refresh();
    const auto stands = [](const IndexItem& item, const IndexPhrase& phrase) {
        const auto count = phrase.words.size();
        for (std::size_t at = 0; at + count <= item.words.size(); ++at) {
            bool all = true;
            for (std::size_t i = 0; i < count; ++i) {
                const auto &have = item.words[at + i].text, &want = phrase.words[i].text;
                all = all && (phrase.is_prefix && i + 1 == count ? have.starts_with(want) : have == want);
            }
            if (all) return true;
        }
        return false;
    };
    int found = 0;
    for (int round = 0; round < 300; ++round) {
        auto query = t.query();
        query.is_any = random() % 2;
        for (auto count = 1 + random() % 3; count > 0; --count) {
            std::vector<std::string> words;
            for (auto length = 1 + random() % 3; length > 0; --length)
                words.push_back(vocabulary[random() % 8]);
            // A beginning is only exact alone.
            query.phrases.push_back({placed(words), words.size() == 1 && random() % 2});
        }
        if (random() % 2) query.excluded_phrases.push_back({placed({vocabulary[random() % 8]}), false});
        std::vector<IndexHit> hits;
        for (const auto& item : items) {
            const auto is_there = [&](const IndexPhrase& p) { return stands(item, p); };
            const auto& p = query.phrases;
            const bool fits = query.is_any ? std::any_of(p.begin(), p.end(), is_there)
                                           : std::all_of(p.begin(), p.end(), is_there);
            const auto& no = query.excluded_phrases;
            if (fits && std::none_of(no.begin(), no.end(), is_there))
                hits.push_back({item.create_at, item.id});
        }
        std::sort(hits.rbegin(), hits.rend());
        std::vector<AnyId> expected;
        for (const auto& hit : hits) expected.push_back(hit.id);
        ASSERT_EQ(t.find(query), expected) << "round " << round;
        found += !expected.empty();
    }
    EXPECT_GT(found, 100);
}

TEST(SearchIndex, WhatWasCommittedIsThereAfterwardsAndNothingElse) {
    Indexed t;
    t.begin();
    const auto kept = t.add(monday, {"word"});
    t.index->commit({"9", 4});
    t.add(monday, {"word"});
    t.index->refresh();
    EXPECT_EQ(t.find({"word"}).size(), 2u);
    EXPECT_EQ(t.again(), "");
    EXPECT_EQ(t.at, (Position{"9", 4}));
    EXPECT_EQ(t.find({"word"}), Ids{kept});
    const auto more = t.add(monday, {"word"});
    t.index->commit({"9", 5});
    EXPECT_EQ(t.again(), "");
    EXPECT_EQ(t.find({"word"}).size(), 2u);
    EXPECT_NE(more, kept);
    const auto status = t.index->status();
    EXPECT_EQ(status.items, 2);
    EXPECT_GT(status.bytes, 0u);
}

TEST(SearchIndex, TheDiskShowsNeitherWordsNorWhichFileIsWhich) {
    Indexed t;
    t.begin();
    t.add(monday, {"conspicuous"}, {"#conspicuous"});
    t.index->commit(t.at);
    const auto manifest = t.path + "/manifest";
    auto all = t.sealed_files();
    ASSERT_FALSE(all.empty());
    for (const auto& file : all) EXPECT_EQ(file.filename().string().size(), 26u);
    all.emplace_back(manifest);
    for (const auto& file : all) {
        std::ifstream in(file, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        for (const auto* word : {"conspicuous", "segments", ".cfs", "CNCDSIDX\"", "\"seq\""})
            EXPECT_EQ(bytes.find(word), std::string::npos) << word;
    }
}

TEST(SearchIndex, ADamagedFileMakesItsWeekPendingAndTheOthersGoOn) {
    for (const auto* how : {"flip", "cut", "gone"}) {
        Indexed t;
        t.begin();
        const auto old = t.add(monday, {"word"});
        t.index->commit(t.at);
        const auto of_old = t.sealed_files();
        const auto young = t.add(monday + one_week, {"word"});
        t.index->commit(t.at);
        ASSERT_FALSE(of_old.empty());
        for (const auto& file : of_old) {
            const auto size = files::file_size(file);
            if (std::string(how) == "gone") files::remove(file);
            if (std::string(how) == "cut") files::resize_file(file, size - 1);
            if (std::string(how) != "flip") continue;
            std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
            out.seekp(static_cast<std::streamoff>(size / 2));
            const auto was = static_cast<char>(out.peek());
            out.put(static_cast<char>(was ^ 4));
        }
        ASSERT_EQ(t.again(), "");
        const auto spans = t.index->spans(0, monday + 9 * one_week);
        ASSERT_EQ(spans.size(), 2u);
        EXPECT_EQ(spans[0].partition->find(t.query({"word"}), std::nullopt, 100, no_deadline).hits,
                  (std::vector<IndexHit>{{monday + one_week, young}}));
        try {
            spans[1].partition->find(t.query({"word"}), std::nullopt, 100, no_deadline);
            ADD_FAILURE() << how;
        } catch (const Error& e) {
            EXPECT_EQ(e.id(), "search.index.damaged");
            t.index->report_damage(spans[1], e);
        }
        const auto now = t.index->spans(0, monday + 9 * one_week);
        ASSERT_EQ(now.size(), 2u);
        EXPECT_FALSE(now[1].partition) << how;
        EXPECT_EQ(now[1].from, monday);
        EXPECT_EQ(now[1].until, monday + one_week);
        // It is built anew, and survives.
        const auto build = t.index->build();
        ASSERT_TRUE(build);
        EXPECT_EQ(build->period, index_period(monday));
        auto item = t.made(monday, {"word"});
        item.id = old;
        t.index->add_built(item);
        EXPECT_TRUE(t.index->finish(t.at));
        EXPECT_FALSE(t.index->build());
        EXPECT_EQ(t.find({"word"}), (Ids{young, old}));
        ASSERT_EQ(t.again(), "");
        EXPECT_EQ(t.find({"word"}), (Ids{young, old}));
    }
}

TEST(SearchIndex, ACopyPutBackAnotherDatabaseAndADamagedManifestAreNoticed) {
    Indexed t;
    t.begin();
    t.add(monday, {"word"});
    t.index->commit(t.at);
    const auto copy = t.folder.path("copy");
    files::copy(t.path, copy, files::copy_options::recursive);
    t.add(monday, {"more"});
    t.index->commit(t.at);
    t.index.reset();
    const auto good = t.folder.path("good");
    files::copy(t.path, good, files::copy_options::recursive);
    const auto put_back = [&](const std::string& from) {
        t.index.reset();
        files::remove_all(t.path);
        files::copy(from, t.path, files::copy_options::recursive);
    };
    put_back(copy);
    EXPECT_EQ(t.again(), "it is older than the database says");
    put_back(good);
    EXPECT_EQ(t.again(), "");
    put_back(good);
    files::copy_file(copy + "/manifest", t.path + "/manifest", files::copy_options::overwrite_existing);
    EXPECT_EQ(t.again(), "it is older than the database says") << "the manifest alone";
    put_back(good);
    t.run("update system set value = '00000000000000000000000000 7' where name = 'search_index'");
    EXPECT_EQ(t.again(), "it belongs to another database");
    put_back(good);
    files::resize_file(t.path + "/manifest", files::file_size(t.path + "/manifest") - 1);
    EXPECT_EQ(t.again(), "its manifest cannot be read");
    files::remove(t.path + "/manifest");
    EXPECT_EQ(t.again(), "there is none");
    EXPECT_EQ(t.index->spans(0, monday).size(), 1u) << "a gap";
}

TEST(SearchIndex, ASecondProcessIsKeptOut) {
    Indexed t;
    t.begin();
    SearchIndex other(t.db, *t.ring, t.path);
    Position at;
    std::string why;
    EXPECT_EQ(refusal([&] { other.load(at, why); }), "search.index.in_use");
}

TEST(SearchIndex, ADroppedWeekIsGoneAndCopiesOfItCannotBeRead) {
    Indexed t;
    t.begin();
    t.add(monday, {"secret"});
    const auto young = t.add(monday + one_week, {"secret"});
    t.index->commit(t.at);
    const auto copy = t.folder.path("copy");
    files::copy(t.path, copy, files::copy_options::recursive);
    const auto before = t.sealed_files().size();
    t.index->drop(index_period(monday));
    EXPECT_EQ(t.find({"secret"}), Ids{young});
    EXPECT_LT(t.sealed_files().size(), before);
    for (const auto& bucket : t.ring->status())
        if (bucket.data_class == "search") {
            EXPECT_EQ(bucket.state,
                      bucket.period == index_period(monday) ? BucketState::destroyed : BucketState::live);
        }
    ASSERT_EQ(t.again(), "");
    EXPECT_EQ(t.find({"secret"}), Ids{young});
    // All that was on the disk, and the row that says which copy is right, put back.
    t.index.reset();
    files::remove_all(t.path);
    files::copy(copy, t.path, files::copy_options::recursive);
    t.run("update system set value = regexp_replace(value, '[0-9]+$', '2') where name = 'search_index'");
    ASSERT_EQ(t.again(), "");
    EXPECT_EQ(t.find({"secret"}), Ids{young}) << "its key is gone";
    // What is written into that week later gets another key.
    const auto late = t.add(monday + 5, {"secret"});
    t.index->commit(t.at);
    EXPECT_EQ(t.find({"secret"}), (Ids{young, late}));
    ASSERT_EQ(t.again(), "");
    EXPECT_EQ(t.find({"secret"}), (Ids{young, late}));
}

TEST(SearchIndex, AWeekIsWrittenAnewWhileItAnswersAndIsFed) {
    Indexed t;
    t.begin();
    const auto one = t.made(monday, {"kept"});
    t.index->add(one);
    const auto two = t.add(monday + 1, {"removed"});
    t.index->note_stale(monday + 1);
    t.index->commit(t.at);
    EXPECT_TRUE(t.index->worn(0).empty());
    const auto worn = t.index->worn(t.db.now() + 1);
    EXPECT_EQ(worn, std::set<std::uint32_t>{index_period(monday)});
    t.index->renew(worn);
    ASSERT_TRUE(t.index->build());
    t.index->add_built(one);
    EXPECT_EQ(t.find({"removed"}), Ids{two}) << "the old one answers";
    const auto three = t.add(monday + 2, {"kept"});
    t.index->refresh();
    EXPECT_EQ(t.find({"kept"}), (Ids{three, one.id}));
    EXPECT_TRUE(t.index->finish(t.at));
    EXPECT_EQ(t.find({"kept"}), (Ids{three, one.id}));
    EXPECT_EQ(t.find({"removed"}), Ids{});
    EXPECT_TRUE(t.index->worn(t.db.now() + 1).empty());
    ASSERT_EQ(t.again(), "");
    EXPECT_EQ(t.find({"kept"}), (Ids{three, one.id}));
}

TEST(SearchIndex, ManyThreadsSearchWhileItIsFedMergedAndWrittenAnew) {
    Indexed t;
    t.begin();
    const auto first = t.made(monday, {"word", "phrase"});
    t.index->add(first);
    t.index->refresh();
    std::atomic<bool> is_over = false;
    std::atomic<int> searches = 0;
    std::vector<std::thread> readers;
    for (int i = 0; i < 4; ++i)
        readers.emplace_back([&, i] {
            auto query = t.query();
            query.phrases = {i % 2 ? IndexPhrase{placed({"word", "phrase"}), false}
                                   : IndexPhrase{placed({"wor"}), true}};
            std::size_t most = 0;
            while (!is_over) {
                const auto ids = t.find(query);
                EXPECT_GE(ids.size(), most) << "what was found is found again";
                ASSERT_FALSE(ids.empty());
                EXPECT_EQ(ids.back(), first.id);
                most = ids.size();
                ++searches;
            }
        });
    for (int i = 1; i <= 150; ++i) {
        if (i == 100) {
            t.index->renew({index_period(monday)});
            ASSERT_TRUE(t.index->build());
            t.index->add_built(first);
            for (int k = 1; k < i; ++k) t.index->add_built(t.made(monday + k, {"word", "phrase"}));
            EXPECT_TRUE(t.index->finish(t.at));
        }
        t.add(monday + i, {"word", "phrase"});
        t.index->refresh();
        if (i % 40 == 0) t.index->commit(t.at);
    }
    is_over = true;
    for (auto& reader : readers) reader.join();
    EXPECT_GT(searches, 100);
    EXPECT_EQ(t.find({"word"}).size(), 151u);
}

TEST(SearchIndex, AnUnfinishedWeekLeavesNothingAndIsBegunAgain) {
    Indexed t;
    std::string why;
    EXPECT_FALSE(t.index->load(t.at, why));
    t.index->begin(t.at, {index_period(monday), index_period(monday + one_week)});
    auto build = t.index->build();
    ASSERT_TRUE(build);
    EXPECT_EQ(build->period, index_period(monday + one_week)) << "the newest first";
    for (int i = 0; i < 50; ++i) t.index->add_built(t.made(monday + one_week + i, {"word"}));
    t.add(monday, {"word"});
    t.index->refresh();
    EXPECT_EQ(t.find({"word"}), Ids{}) << "a week to be built is not begun by what comes in";
    ASSERT_EQ(t.again(), "");
    EXPECT_TRUE(t.sealed_files().empty());
    EXPECT_EQ(t.index->status().pending, 2u);
    build = t.index->build();
    ASSERT_TRUE(build);
    EXPECT_EQ(build->period, index_period(monday + one_week));
}

}  // namespace
}  // namespace concordat::storage
