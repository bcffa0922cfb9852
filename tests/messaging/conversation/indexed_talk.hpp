// People who talk, and a search index that is fed from their journal.
#pragma once
#include "messaging/search/search_feed.hpp"
#include "storage/journal/journal.hpp"
#include "storage/search/search_index.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::messaging {

struct IndexedTalk : Talk {
    IndexedTalk() : Talk({}, 6) { indexed.use_index(index); }

    Metrics metrics;
    storage::Journal journal{store.db, metrics};
    storage::SearchIndex index{store.db, *store.keyring, store.directory.path("search")};
    SearchFeed feed{store.db, journal, index};
    PostPages indexed{store.db, store.gate, store.settings};

    // All that was written is in the index.
    void feed_all() {
        while (feed.round()) {
        }
    }
    FoundPosts by_index(const User& who, const std::string& terms, bool is_or = false, int offset = 0,
                        std::int64_t page = 0, std::int64_t per_page = 60) {
        return indexed.search(store.actor(who), team.id, terms, is_or, offset, false, page, per_page);
    }
    FoundPosts both(const User& who, const std::string& terms, bool is_or, int offset, std::int64_t page,
                    std::int64_t per_page) {
        feed_all();
        for (const auto& span : index.spans(0, std::numeric_limits<Millis>::max()))
            EXPECT_TRUE(span.partition) << "a gap would be looked through, not searched";
        auto found = by_index(who, terms, is_or, offset, page, per_page);
        const auto opened =
            pages.search(store.actor(who), team.id, terms, is_or, offset, false, page, per_page);
        EXPECT_EQ(found.list.order, opened.list.order) << terms;
        EXPECT_EQ(found.matches, opened.matches) << terms;
        return found;
    }
};

}  // namespace concordat::messaging
