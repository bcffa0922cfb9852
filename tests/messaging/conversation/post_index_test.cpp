#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "storage/database/data_keys.hpp"
#include "tests/messaging/conversation/indexed_talk.hpp"

namespace concordat::messaging {
namespace {

namespace files = std::filesystem;
using Ids = std::vector<PostId>;

constexpr Millis one_week = 7 * 86'400'000ll;

struct Fed : IndexedTalk {
    Ids order(const std::string& terms) { return by_index(alice, terms).list.order; }
    Post at(Millis time, const std::string& text) {
        auto post = draft(room, text);
        post.create_at = time;
        return posts.create(store.actor(admin), post);
    }
    User admin = [this] {
        auto user = store.admin();
        store.add(user, room);
        return user;
    }();
    // A feed and an index that know what is on the disk and no more.
    struct Restarted {
        explicit Restarted(Fed& t)
            : journal(t.store.db, metrics),
              index(t.store.db, *t.store.keyring, t.store.directory.path("search")),
              feed(t.store.db, journal, index) {}
        Metrics metrics;
        storage::Journal journal;
        storage::SearchIndex index;
        SearchFeed feed;
    };
};

// What people may write and look for: as written, and as the words that count.
struct Piece {
    std::string written;
    std::vector<std::string> words;
    std::string tag{};
};
const std::vector<Piece> pieces{
    {"Caf\xC3\xA9", {"cafe"}},
    {"cafe", {"cafe"}},
    {"l'\xC3\xA9l\xC3\xA8ve", {"l", "eleve"}},
    {"\xC3\xA9l\xC3\xA8ves", {"eleves"}},
    {"main.cpp", {"main", "cpp"}},
    {"Stra\xC3\x9F"
     "e",
     {"strasse"}},
    {"\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", {"\xE6\x97\xA5", "\xE6\x9C\xAC", "\xE8\xAA\x9E"}},
    {"\xE6\x9C\xAC\xE6\x97\xA5", {"\xE6\x9C\xAC", "\xE6\x97\xA5"}},
    {"#Release", {"release"}, "release"},
    {"#release-2", {"release", "2"}, "release-2"},
    {"@bob", {"bob"}},
    {"https://a.example/x?y=1", {"https", "a", "example", "x", "y", "1"}},
    {"release", {"release"}},
    {"releases", {"releases"}},
    {"Releasing", {"releasing"}},
    {"eleve", {"eleve"}},
    {"Haus", {"haus"}},
    {"H\xC3\xA4user", {"hauser"}},
    {"the", {"the"}}};

// Which of them are one word with other endings, by the language of who searches: written down, not reckoned.
const std::map<std::string, std::vector<std::vector<std::string>>> kin{
    {"en", {{"release", "releases", "releasing"}, {"eleve", "eleves"}}},
    {"fr", {{"eleve", "eleves"}, {"release", "releases"}, {"haus", "hauser"}}},
    {"de", {{"haus", "hauser"}, {"release", "releases"}, {"eleve", "eleves"}}},
    {"ja", {}}};

bool are_kin(const std::string& locale, const std::string& one, const std::string& other) {
    return std::ranges::any_of(kin.at(locale), [&](const auto& words) {
        return std::ranges::count(words, one) + std::ranges::count(words, other) == 2;
    });
}

struct Message {
    PostId id;
    std::vector<std::string> words, tags;
};

struct Wish {
    std::vector<std::string> words;
    bool is_prefix = false, is_tag = false, is_excluded = false;
    std::string kin_in{};  // the locale whose endings do not count
    bool fits(const Message& m) const {
        if (is_tag)
            return std::any_of(m.tags.begin(), m.tags.end(), [&](const std::string& tag) {
                return is_prefix ? tag.starts_with(words[0]) : tag == words[0];
            });
        for (std::size_t at = 0; at + words.size() <= m.words.size(); ++at) {
            bool all = true;
            for (std::size_t i = 0; i < words.size(); ++i)
                all = all && (is_prefix && i + 1 == words.size()
                                  ? m.words[at + i].starts_with(words[i])
                                  : m.words[at + i] == words[i] ||
                                        (!kin_in.empty() && are_kin(kin_in, m.words[at + i], words[i])));
            if (all) return true;
        }
        return false;
    }
};

// One wish and how it is typed.
std::pair<Wish, std::string> random_wish(std::mt19937& random, const std::string& locale) {
    Wish wish;
    std::string typed;
    const auto& piece = pieces[random() % pieces.size()];
    wish.is_excluded = random() % 5 == 0;
    if (random() % 4 == 0) {
        const auto& next = pieces[random() % pieces.size()];
        typed = '"' + piece.written + ' ' + next.written + '"';
        wish.words = piece.words;
        wish.words.insert(wish.words.end(), next.words.begin(), next.words.end());
    } else if (!piece.tag.empty() && random() % 2) {
        typed = piece.written;
        wish.is_tag = true;
        wish.words = {piece.tag};
    } else if (piece.tag.empty()) {
        typed = piece.written;
        wish.words = piece.words;
        if (random() % 4 == 0) {
            typed += '*';
            wish.is_prefix = true;
        } else if (!wish.is_excluded) {
            if (locale == "fr" && wish.words.front() == "l") wish.words.erase(wish.words.begin());
            if (wish.words.size() == 1) wish.kin_in = locale;
        }
    } else {
        typed = "releas*";
        wish.words = {"releas"};
        wish.is_prefix = true;
    }
    return {wish, wish.is_excluded ? '-' + typed : typed};
}

bool fits_all(const std::vector<Wish>& wishes, const Message& message, bool is_or) {
    std::vector<bool> terms, tags;
    for (const auto& wish : wishes) {
        const bool fits = wish.fits(message);
        if (wish.is_excluded && fits) return false;
        if (!wish.is_excluded) (wish.is_tag ? tags : terms).push_back(fits);
    }
    if (terms.empty() && tags.empty()) return true;
    const auto group = [&](const std::vector<bool>& fits) {
        if (fits.empty()) return false;
        const auto yes = std::count(fits.begin(), fits.end(), true);
        return is_or ? yes > 0 : yes == static_cast<std::ptrdiff_t>(fits.size());
    };
    return group(terms) || group(tags);
}

TEST(PostIndex, SaysWhatALookAtEveryMessageSays) {
    Fed t;
    std::mt19937 random(11);
    std::vector<Message> messages;  // oldest first
    for (int i = 0; i < 150; ++i) {
        Message message;
        std::string text;
        for (auto count = 1 + random() % 6; count > 0; --count) {
            const auto& piece = pieces[random() % pieces.size()];
            text += (text.empty() ? "" : " ") + piece.written;
            message.words.insert(message.words.end(), piece.words.begin(), piece.words.end());
            if (!piece.tag.empty()) message.tags.push_back(piece.tag);
        }
        message.id = t.say(random() % 2 ? t.alice : t.bob, text).id;
        messages.push_back(message);
        if (i % 10 == 0) t.feed_all();
    }
    int found = 0;
    const std::vector<std::string> locales{"en", "fr", "de", "ja"};
    for (int round = 0; round < 200; ++round) {
        t.alice.locale = locales[random() % locales.size()];
        std::vector<Wish> wishes;
        std::string typed;
        for (auto count = 1 + random() % 3; count > 0; --count) {
            auto [wish, text] = random_wish(random, t.alice.locale);
            typed += (typed.empty() ? "" : " ") + text;
            wishes.push_back(std::move(wish));
        }
        const bool is_or = random() % 2;
        Ids expected;
        for (auto at = messages.rbegin(); at != messages.rend(); ++at)
            if (fits_all(wishes, *at, is_or)) expected.push_back(at->id);
        if (expected.size() > 60) expected.resize(60);
        ASSERT_EQ(t.both(t.alice, typed, is_or, 0, 0, 60).list.order, expected)
            << typed << (is_or ? " (or) " : " ") << t.alice.locale;
        found += !expected.empty();
    }
    EXPECT_GT(found, 80);
}

TEST(PostIndex, EditsDeletionsAndMembershipCountAtOnceEvenBeforeTheIndexKnows) {
    Fed t;
    const auto one = t.say(t.alice, "apple"), two = t.say(t.bob, "apple pie"),
               three = t.say(t.bob, "apple tart");
    t.feed_all();
    t.edit(t.alice, one.id, "pear");
    t.remove(t.bob, two.id);
    EXPECT_EQ(t.order("apple"), Ids{three.id});
    EXPECT_EQ(t.order("pear"), Ids{}) << "a new word is found when it was read";
    t.feed_all();
    EXPECT_EQ(t.order("pear"), Ids{one.id});
    EXPECT_EQ(t.order("apple"), Ids{three.id});
    t.run("delete from channel_members where user_id = '" + t.alice.id.uuid() + "'");
    EXPECT_EQ(t.order("apple"), Ids{});
    EXPECT_EQ(t.by_index(t.bob, "apple").list.order, Ids{three.id});
}

TEST(PostIndex, ItGoesOnWhereItWasAfterACrashAndSaysNothingTwice) {
    Fed t;
    const auto one = t.say(t.alice, "word one");
    t.feed_all();
    t.feed.commit();
    const auto two = t.say(t.alice, "word two");
    t.feed_all();  // read, not committed
    const auto three = t.say(t.alice, "word three");
    const auto copy = t.store.directory.path("copy");
    files::copy(t.store.directory.path("search"), copy, files::copy_options::recursive);
    // What the disk holds at this moment is what a crash would leave.
    storage::SearchIndex index(t.store.db, *t.store.keyring, copy);
    SearchFeed feed(t.store.db, t.journal, index);
    while (feed.round()) {
    }
    PostPages pages(t.store.db, t.store.gate, t.store.settings);
    pages.use_index(index);
    EXPECT_EQ(pages.search(t.store.actor(t.alice), t.team.id, "word", false, 0, false, 0, 60).list.order,
              (Ids{three.id, two.id, one.id}));
    EXPECT_EQ(index.status().items, 3);
    EXPECT_EQ(index.status().to_build, 0u) << "it went on, and did not begin anew";
}

TEST(PostIndex, AnIndexThatIsMissingOrPutBackIsMadeAnewNewestWeekFirstAndSearchedMeanwhile) {
    Fed t;
    const auto now = t.store.now();
    const auto old = t.at(now - 3 * one_week, "word old"), middle = t.at(now - 2 * one_week, "word middle"),
               young = t.at(now - 1000, "word young");
    const Ids all{young.id, middle.id, old.id};
    Fed::Restarted first(t);
    t.indexed.use_index(first.index);
    EXPECT_EQ(t.order("word"), all) << "nothing is indexed: everything is opened";
    std::set<std::size_t> pending;
    for (bool more = true; more;) {
        more = first.feed.round();
        pending.insert(first.index.status().pending);
        EXPECT_EQ(t.order("word"), all) << first.index.status().pending;
        for (const auto& span : first.index.spans(0, now + one_week))
            if (span.partition) {
                EXPECT_GE(span.from, storage::period_start(storage::index_period(now - 3 * one_week)));
            }
    }
    EXPECT_TRUE(pending.contains(0) && pending.contains(2)) << "one week after the other";
    EXPECT_EQ(first.index.status().partitions, 3u);
}

TEST(PostIndex, ARebuildIsAskedForAnsweredMeanwhileAndTakesAwayWhatWasDeleted) {
    Fed t;
    t.feed_all();
    Ids kept;
    for (int i = 0; i < 20; ++i) {
        const auto post = t.say(t.alice, "word " + std::to_string(i));
        if (i % 2)
            kept.insert(kept.begin(), post.id);
        else
            t.remove(t.alice, post.id);
    }
    t.feed_all();
    EXPECT_EQ(t.index.status().items, 20);
    EXPECT_EQ(t.index.status().stale, 10);
    t.feed.rebuild();
    while (t.feed.round()) EXPECT_EQ(t.order("word"), kept);
    EXPECT_EQ(t.order("word"), kept);
    EXPECT_EQ(t.index.status().items, 10);
    EXPECT_EQ(t.index.status().stale, 0);
    EXPECT_EQ(t.index.status().pending, 0u);
}

TEST(PostIndex, DamageIsAnsweredByOpeningPostsAndMended) {
    Fed t;
    const auto one = t.say(t.alice, "word");
    t.feed_all();
    t.feed.commit();
    t.feed.stop();
    const auto copy = t.store.directory.path("copy");
    files::copy(t.store.directory.path("search"), copy, files::copy_options::recursive);
    for (const auto& file : files::directory_iterator(copy)) {
        if (file.path().filename() == "manifest") continue;
        std::fstream out(file.path(), std::ios::in | std::ios::out | std::ios::binary);
        out.seekp(20);
        out.put('!');
    }
    storage::SearchIndex index(t.store.db, *t.store.keyring, copy);
    SearchFeed feed(t.store.db, t.journal, index);
    PostPages pages(t.store.db, t.store.gate, t.store.settings);
    pages.use_index(index);
    feed.round();
    const auto order = [&] {
        return pages.search(t.store.actor(t.alice), t.team.id, "word", false, 0, false, 0, 60).list.order;
    };
    EXPECT_EQ(order(), Ids{one.id});
    EXPECT_EQ(index.status().pending, 1u);
    while (feed.round()) {
    }
    EXPECT_EQ(index.status().pending, 0u);
    EXPECT_EQ(index.status().items, 1);
    EXPECT_EQ(order(), Ids{one.id});
}

TEST(PostIndex, WordsOfAWeekWhoseKeysWereDestroyedAreDestroyedWithinTenMinutes) {
    Fed t;
    t.say(t.alice, "word");
    t.feed_all();
    t.feed.commit();
    EXPECT_EQ(t.index.status().items, 1);
    for (const auto& bucket : t.store.keyring->status())
        if (bucket.data_class == "messages") t.store.keyring->destroy(bucket.id);
    t.store.db.keys().forget();
    t.store.wait(600'001);
    t.feed_all();
    EXPECT_EQ(t.index.status().items, 0);
    EXPECT_EQ(t.index.status().pending, 0u);
    bool is_destroyed = false;
    for (const auto& bucket : t.store.keyring->status())
        if (bucket.data_class == "search" && bucket.state == storage::BucketState::destroyed)
            is_destroyed = true;
    EXPECT_TRUE(is_destroyed);
    EXPECT_TRUE(t.order("word").empty());
}

TEST(PostIndex, SearchingCanBeSwitchedOff) {
    Settings settings;
    settings.ServiceSettings.EnablePostSearch = false;
    Talk t(settings);
    EXPECT_EQ(
        refusal([&] { t.pages.search(t.store.actor(t.alice), t.team.id, "word", false, 0, false, 0, 60); }),
        "store.sql_post.search.disabled");
}

}  // namespace
}  // namespace concordat::messaging
