#include "messaging/search/candidates.hpp"

#include <algorithm>

namespace concordat::messaging {

Candidates::Candidates(storage::SearchIndex* index, storage::IndexQuery query, Deadline deadline)
    : index_(index), query_(std::move(query)), deadline_(deadline) {
    if (query_.channels.empty()) return;
    if (!index_) {
        spans_.push_back({query_.from, query_.until});
        return;
    }
    const auto spans = index_->spans(query_.from, query_.until);
    spans_.assign(spans.begin(), spans.end());
}

// False when it is damaged.
bool Candidates::look_into(const storage::SearchIndex::Span& span) {
    try {
        auto found = span.partition->find(query_, deadline_);
        if (!found.is_whole) is_whole_ = false;
        heap_ = std::move(found.hits);
        std::make_heap(heap_.begin(), heap_.end());
        return true;
    } catch (const Error& e) {  // the posts are all there: they are looked through instead
        index_->report_damage(span, e);
        return false;
    }
}

std::vector<AnyId> Candidates::take(std::size_t at_most) {
    std::vector<AnyId> out;
    while (!heap_.empty() && out.size() < at_most) {
        std::pop_heap(heap_.begin(), heap_.end());
        const auto id = heap_.back().id;
        heap_.pop_back();
        if (id == last_) continue;  // another version of it
        last_ = id;
        out.push_back(id);
    }
    return out;
}

std::optional<Candidates::Some> Candidates::next(std::size_t at_most) {
    for (;;) {
        if (auto ids = take(at_most); !ids.empty()) return Some{std::move(ids)};
        if (spans_.empty()) return std::nullopt;
        if (std::chrono::steady_clock::now() > deadline_) {
            is_whole_ = false;
            return std::nullopt;
        }
        const auto span = spans_.front();
        spans_.pop_front();
        if (!span.partition || !look_into(span)) {
            Some some;
            some.gap = Gap{span.from, span.until};
            return some;
        }
    }
}

}  // namespace concordat::messaging
