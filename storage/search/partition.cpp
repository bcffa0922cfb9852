#include "storage/search/partition.hpp"

#include <algorithm>
#include <climits>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include "core/base/error.hpp"
#include "storage/search/item_analyzer.hpp"
#include "storage/search/partition_search.hpp"
#include "storage/search/sealed_directory.hpp"

namespace concordat::storage {
namespace {

namespace index = lucene::index;

// Merging happens on the owner's thread, between two facts: segments beyond this are left alone, so that it
// takes a second at most.
constexpr int32_t most_merged = 5000;
constexpr int32_t merge_factor = 10;  // the writer merges on its own thread unless told otherwise

struct WriterEnd {
    // Closing may fail as everything may; what was not committed is worth nothing then.
    void operator()(index::IndexWriter* writer) const {
        try {
            writer->close();
        } catch (CLuceneError&) {
        }
        delete writer;
    }
};

}  // namespace

struct Partition::Parts {
    Parts(std::string root, const Secret& key, const std::vector<IndexFile>& files, BlockCache& cache,
          std::size_t ram)
        : directory(std::move(root), key, files, cache), ram_megabytes(ram), is_empty(files.empty()) {}

    SealedDirectory directory;
    const std::size_t ram_megabytes;
    bool is_empty;  // Lucene has no index here yet
    bool is_refreshed = true;
    ItemAnalyzer analyzer;
    std::unique_ptr<index::IndexWriter, WriterEnd> writer;
    std::mutex mutex;  // guards what follows
    ReaderPointer reader;
    Columns columns;

    // Runs what may throw Lucene's errors and throws ours.
    template <class Body>
    auto translated(Body body) {
        try {
            return body();
        } catch (CLuceneError& error) {
            directory.rethrow(error);
        }
    }

    index::IndexWriter& open_writer() {
        if (writer) return *writer;
        writer.reset(new index::IndexWriter(&directory, true, &analyzer, is_empty));
        is_empty = false;
        writer->setMaxFieldLength(INT_MAX);
        writer->setUseCompoundFile(true);
        writer->setRAMBufferSizeMB(static_cast<float_t>(ram_megabytes));
        auto* policy = new index::LogDocMergePolicy;
        policy->setMergeFactor(merge_factor);
        policy->setMaxMergeDocs(most_merged);
        policy->setUseCompoundFile(true);
        policy->setUseCompoundDocStore(true);
        writer->setMergePolicy(policy);
        return *writer;
    }

    // With the mutex.
    void open_reader() {
        ReaderPointer fresh(index::IndexReader::open(&directory));
        columns.read(*fresh);
        reader = std::move(fresh);
    }
};

Partition::Partition(std::string directory, const Secret& key, const std::vector<IndexFile>& files,
                     BlockCache& cache, std::size_t ram_megabytes)
    : parts_(std::make_unique<Parts>(std::move(directory), key, files, cache, ram_megabytes)) {}

Partition::~Partition() = default;

void Partition::add(const IndexItem& item) {
    parts_->translated([&] {
        parts_->is_refreshed = false;
        parts_->analyzer.add(parts_->open_writer(), item);
    });
}

void Partition::refresh() {
    parts_->translated([&] {
        if (parts_->is_refreshed) return;
        parts_->open_writer().flush();
        std::lock_guard lock(parts_->mutex);
        parts_->open_reader();
        parts_->is_refreshed = true;
    });
}

std::vector<IndexFile> Partition::sync() {
    refresh();
    return parts_->directory.sync();
}

void Partition::forget_removed() {
    parts_->directory.forget_removed();
}

void Partition::rest() {
    refresh();
    parts_->translated([&] {
        if (!parts_->writer) return;
        parts_->writer->close();
        delete parts_->writer.release();
    });
}

void Partition::remove_all() {
    parts_->writer.reset();
    std::lock_guard lock(parts_->mutex);
    parts_->directory.remove_all();
}

Partition::Found Partition::find(const IndexQuery& query, Deadline deadline) {
    std::lock_guard lock(parts_->mutex);
    return parts_->translated([&] {
        Found found;
        if (!parts_->reader) {
            if (parts_->is_empty) return found;
            parts_->open_reader();
        }
        PartitionSearch search(*parts_->reader, parts_->columns, query, deadline);
        found.hits = search.hits();
        found.is_whole = search.is_whole();
        return found;
    });
}

std::int64_t Partition::items() {
    std::lock_guard lock(parts_->mutex);
    return parts_->translated([&]() -> std::int64_t {
        if (!parts_->reader) {
            if (parts_->is_empty) return 0;
            parts_->open_reader();
        }
        return parts_->columns.size();
    });
}

}  // namespace concordat::storage
