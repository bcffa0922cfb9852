// Candidates: what the index has for a query, newest first, a handful at a time.
//
// The weeks are asked one after the other, and only as far back as somebody wants more; so what many
// messages say is found as quickly as what few do. Ties of time are broken by id; an id comes once. A week
// that is not indexed comes as a gap: whoever searches looks through that time by other means. So does one
// that turns out to be damaged, which the index is told. Belongs to one thread.
#pragma once
#include <chrono>
#include <deque>
#include <optional>
#include <vector>
#include "storage/search/search_index.hpp"

namespace concordat::messaging {

class Candidates {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    // No index: everything is one gap.
    Candidates(storage::SearchIndex* index, storage::IndexQuery query, Deadline deadline);

    // What was written before `until`, or then and with a lesser id.
    struct Gap {
        Millis from = 0, until = 0;
        AnyId before_id{};
    };
    // Either ids or a gap.
    struct Some {
        std::vector<AnyId> ids{};
        std::optional<Gap> gap{};
    };
    // Nothing when all has been said, or it is too late.
    std::optional<Some> next(std::size_t at_most);
    // False when the deadline came first: there may be more.
    bool is_whole() const { return is_whole_; }

private:
    std::optional<std::vector<AnyId>> page_of(const storage::SearchIndex::Span& span, std::size_t at_most);

    storage::SearchIndex* const index_;
    const storage::IndexQuery query_;
    const Deadline deadline_;
    std::deque<storage::SearchIndex::Span> spans_;
    std::optional<storage::IndexHit> last_;  // of the first of spans_, which goes on before it
    bool is_whole_ = true;
};

}  // namespace concordat::messaging
