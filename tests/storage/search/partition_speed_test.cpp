// How large and how quick a partition is. By default few items, to see that it stays small; figures for
// documents come from an optimised build with CONCORDAT_SEARCH_ITEMS=1000000, in 50 weeks or in as many as
// CONCORDAT_SEARCH_WEEKS says.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <random>

#include "storage/search/manifest.hpp"
#include "storage/search/partition.hpp"
#include "storage/search/sealed_file.hpp"
#include "tests/support/temporary_directory.hpp"

namespace concordat::storage {
namespace {

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point start) {
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// Words as frequent as those of a language: the n-th is used about 1/n times as often as the first.
struct Writer {
    std::mt19937 random{5};
    std::vector<std::string> vocabulary;
    std::vector<ChannelId> channels;
    std::vector<UserId> users;
    Writer() {
        for (int i = 0; i < 50'000; ++i) vocabulary.push_back("w" + std::to_string(i * 7919 % 1'000'003));
        for (int i = 0; i < 200; ++i) channels.push_back(ChannelId::fresh());
        for (int i = 0; i < 1000; ++i) users.push_back(UserId::fresh());
    }
    const std::string& word() {
        const double u = std::uniform_real_distribution<>(0, 1)(random);
        return vocabulary[static_cast<std::size_t>(std::pow(static_cast<double>(vocabulary.size()), u)) - 1];
    }
    IndexItem item(Millis at) {
        IndexItem out;
        out.id = AnyId::fresh(at);
        out.channel = channels[random() % channels.size()];
        out.user = users[random() % users.size()];
        out.create_at = at;
        for (std::uint32_t i = 0, count = 5 + random() % 16; i < count; ++i) out.words.push_back({word(), i});
        return out;
    }
};

void tell(const char* what, std::vector<double>& times) {
    std::sort(times.begin(), times.end());
    std::cout << what << ": p50 " << times[times.size() / 2] * 1000 << " ms, p99 "
              << times[times.size() * 99 / 100] * 1000 << " ms\n";
}

TEST(PartitionSpeed, AMillionItemsAreSmallAndQuicklyFound) {
    const auto* wanted = std::getenv("CONCORDAT_SEARCH_ITEMS");
    const auto count = wanted ? std::stoll(wanted) : 3000;
    const auto* of_weeks = std::getenv("CONCORDAT_SEARCH_WEEKS");
    const std::int64_t weeks = of_weeks ? std::stoll(of_weeks) : std::max<std::int64_t>(1, count / 20'000);
    test::TemporaryDirectory directory;
    const auto key = Secret::random();
    BlockCache cache(64 << 20);
    Writer writer;
    std::vector<std::unique_ptr<Partition>> partitions;
    std::uint64_t bytes = 0;
    const auto start = SteadyClock::now();
    for (std::int64_t week = 0; week < weeks; ++week) {
        auto& partition = partitions.emplace_back(
            std::make_unique<Partition>(directory.path(), key, std::vector<SliceEntry>(), cache, 32));
        for (std::int64_t i = 0; i < count / weeks; ++i) partition->add(writer.item(week * 604'800'000 + i));
        partition->rest();
        for (const auto& slice : partition->sync())
            for (const auto& file : slice.files) bytes += file.bytes;
        partition->forget_removed();
    }
    const auto taken = seconds_since(start);
    std::cout << count << " items in " << weeks << " weeks: " << static_cast<double>(count) / taken
              << " items/s, " << static_cast<double>(bytes) / static_cast<double>(count) << " bytes/item\n";
    EXPECT_LT(bytes, static_cast<std::uint64_t>(count) * 200);

    IndexQuery query;
    for (int i = 0; i < 60; ++i) query.channels.insert(writer.channels[static_cast<std::size_t>(i)]);
    // As a search does: the newest week first, until a page is full.
    const auto page = [&] {
        const auto begin = SteadyClock::now();
        std::size_t found = 0;
        for (auto at = partitions.rbegin(); at != partitions.rend() && found < 60; ++at)
            found += (*at)->find(query, std::nullopt, 60 - found, SteadyClock::time_point::max()).hits.size();
        return seconds_since(begin);
    };
    const auto measure = [&](const char* what, auto ask) {
        std::vector<double> times;
        for (int i = 0; i < 300; ++i) {
            query.phrases.clear();
            ask();
            times.push_back(page());
        }
        tell(what, times);
    };
    const auto one = [&](const std::string& word) { return IndexPhrase{{{word, 0}}, false}; };
    page();  // opens all readers
    measure("one word", [&] { query.phrases = {one(writer.word())}; });
    measure("two words", [&] { query.phrases = {one(writer.word()), one(writer.word())}; });
    measure("a phrase of two", [&] { query.phrases = {{{{writer.word(), 0}, {writer.word(), 1}}, false}}; });
    measure("a beginning of three signs", [&] {
        query.phrases = {{{{writer.word().substr(0, 3), 0}}, true}};
    });
    measure("a word and those that differ in its last sign", [&] {
        const auto word = writer.word();
        query.phrases = {{{{word.substr(0, word.size() - 1), 0}},
                          true,
                          [size = word.size()](std::string_view other) { return other.size() == size; }}};
    });
    measure("a word that is nowhere", [&] { query.phrases = {one("absent")}; });

    std::vector<double> refreshes;
    for (int i = 0; i < (wanted ? 300 : 5); ++i) {
        partitions.back()->add(writer.item(i));
        const auto begin = SteadyClock::now();
        partitions.back()->refresh();
        refreshes.push_back(seconds_since(begin));
    }
    tell("one item more, and a fresh reader", refreshes);
}

}  // namespace
}  // namespace concordat::storage
