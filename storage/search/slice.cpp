#include "storage/search/slice.hpp"

#include <climits>

namespace concordat::storage {
namespace {

// Merging happens on the owner's thread, between two facts: a slice is small enough for it.
constexpr int32_t merge_factor = 10;

}  // namespace

// Closing may fail as everything may; what was not committed is worth nothing then.
void Slice::WriterEnd::operator()(lucene::index::IndexWriter* writer) const {
    try {
        writer->close();
    } catch (CLuceneError&) {
    }
    delete writer;
}

Slice::Slice(std::string directory, const Secret& key, const SliceEntry& entry, BlockCache& cache,
             std::size_t ram_megabytes)
    : directory_(std::move(directory), key, entry.files, cache),
      ram_megabytes_(ram_megabytes),
      items_(entry.items),
      first_(entry.first),
      last_(entry.last),
      is_empty_(entry.files.empty()) {}

// Runs what may throw Lucene's errors and throws ours.
template <class Body>
auto Slice::translated(Body body) {
    try {
        return body();
    } catch (CLuceneError& error) {
        directory_.rethrow(error);
    }
}

lucene::index::IndexWriter& Slice::writer() {
    if (writer_) return *writer_;
    if (!is_empty_) {
        // From here on the files change, and only refresh() opens a reader.
        std::lock_guard lock(mutex_);
        if (!reader_) open_reader();
    }
    writer_.reset(new lucene::index::IndexWriter(&directory_, true, &analyzer_, is_empty_));
    writer_->setMaxFieldLength(INT_MAX);
    writer_->setUseCompoundFile(true);
    writer_->setRAMBufferSizeMB(static_cast<float_t>(ram_megabytes_));
    auto* policy = new lucene::index::LogDocMergePolicy;
    policy->setMergeFactor(merge_factor);
    policy->setUseCompoundFile(true);
    policy->setUseCompoundDocStore(true);
    writer_->setMergePolicy(policy);
    return *writer_;
}

void Slice::add(const IndexItem& item) {
    translated([&] {
        is_refreshed_ = false;
        analyzer_.add(writer(), item);
        ++items_;
        words_ += item.words.size();
    });
}

// With the mutex.
void Slice::open_reader() {
    ReaderPointer fresh(lucene::index::IndexReader::open(&directory_));
    columns_.read(*fresh);
    reader_ = std::move(fresh);
    if (columns_.size() == 0) return;
    first_ = columns_.first();
    last_ = columns_.last();
}

void Slice::refresh() {
    translated([&] {
        if (is_refreshed_) return;
        writer().flush();
        std::lock_guard lock(mutex_);
        open_reader();
        is_empty_ = false;
        is_refreshed_ = true;
    });
}

void Slice::merge() {
    translated([&] {
        writer().optimize();
        is_refreshed_ = false;
    });
    refresh();
}

void Slice::rest() {
    refresh();
    translated([&] {
        if (!writer_) return;
        writer_->close();
        delete writer_.release();
    });
}

SliceEntry Slice::sync() {
    refresh();
    return {items_, first_, last_, directory_.sync()};
}

void Slice::remove_all() {
    writer_.reset();
    std::lock_guard lock(mutex_);
    directory_.remove_all();
}

void Slice::let_go(Clock::time_point since) {
    if (writer_) return;
    std::lock_guard lock(mutex_);
    if (!reader_ || looked_at_ >= since) return;
    reader_.reset();
    columns_ = {};
    directory_.close_files();
}

IndexPage Slice::find(const IndexQuery& query, const std::optional<IndexHit>& before, std::size_t at_most,
                      Clock::time_point deadline) {
    if (is_empty_) return {};
    std::lock_guard lock(mutex_);
    looked_at_ = Clock::now();
    return translated([&] {
        if (!reader_) open_reader();
        return PartitionSearch(*reader_, columns_, query, deadline).page(before, at_most);
    });
}

}  // namespace concordat::storage
