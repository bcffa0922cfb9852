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

// Nothing when it is damaged. The span is gone from spans_ when it has no more.
std::optional<std::vector<AnyId>> Candidates::page_of(const storage::SearchIndex::Span& span,
                                                      std::size_t at_most) {
    try {
        const auto page = span.partition->find(query_, last_, at_most, deadline_);
        if (!page.is_whole) is_whole_ = false;
        std::vector<AnyId> out;
        for (const auto& hit : page.hits) out.push_back(hit.id);
        if (page.is_last || page.hits.empty()) {
            spans_.pop_front();
            last_.reset();
        } else {
            last_ = page.hits.back();
        }
        return out;
    } catch (const Error& e) {  // the posts are all there: they are looked through instead
        index_->report_damage(span, e);
        return std::nullopt;
    }
}

std::optional<Candidates::Some> Candidates::next(std::size_t at_most) {
    while (!spans_.empty()) {
        if (std::chrono::steady_clock::now() > deadline_) {
            is_whole_ = false;
            return std::nullopt;
        }
        const auto span = spans_.front();
        if (span.partition) {
            if (auto ids = page_of(span, at_most)) {
                if (ids->empty()) continue;
                return Some{std::move(*ids)};
            }
        }
        Some some;
        some.gap = last_ ? Gap{span.from, last_->create_at, last_->id} : Gap{span.from, span.until};
        spans_.pop_front();
        last_.reset();
        return some;
    }
    return std::nullopt;
}

}  // namespace concordat::messaging
