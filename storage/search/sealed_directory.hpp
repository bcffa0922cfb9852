// SealedDirectory: what Lucene takes for a directory, kept in sealed files. Private to this room.
//
// Which file is which stands in the manifest, not on the disk. A file that Lucene deletes is still there
// until forget_removed(): the manifest on the disk may name it. So a crash at any moment leaves what the
// manifest says, whole.
//
// Used by the thread that owns the partition; files that are open may be read by others. Lucene's errors are
// CLuceneError; when one of ours was the cause it is kept, and rethrow() throws it.
#pragma once
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/search/lucene.hpp"
#include "storage/search/manifest.hpp"
#include "storage/search/sealed_file.hpp"

namespace concordat::storage {

class SealedDirectory : public lucene::store::Directory {
public:
    // `files` are those of the manifest.
    SealedDirectory(std::string root, const Secret& key, const std::vector<IndexFile>& files,
                    BlockCache& cache);
    ~SealedDirectory() override;

    // All files that Lucene sees now, on the disk.
    std::vector<IndexFile> sync();
    // The manifest now names what sync() returned: what is not among it goes away.
    void forget_removed();
    // Removes every file.
    void remove_all();
    // Throws what was the cause of a CLuceneError, else search.index.damaged.
    [[noreturn]] void rethrow(const CLuceneError& error);

    using Directory::list;
    using Directory::openInput;
    bool list(std::vector<std::string>* names) const override;
    bool fileExists(const char* name) const override;
    int64_t fileModified(const char* name) const override;
    int64_t fileLength(const char* name) const override;
    bool openInput(const char* name, lucene::store::IndexInput*& input, CLuceneError& error,
                   int32_t buffer_size) override;
    void touchFile(const char* name) override;
    void renameFile(const char* from, const char* to) override;
    lucene::store::IndexOutput* createOutput(const char* name) override;
    void close() override {}
    std::string toString() const override { return "sealed"; }
    const char* getObjectName() const override { return "SealedDirectory"; }

    // For the outputs.
    void finished(const std::string& name, std::uint64_t bytes);
    // Keeps our error and throws Lucene's.
    [[noreturn]] void fail(std::exception_ptr cause);

protected:
    bool doDeleteFile(const char* name) override;

private:
    struct Entry {
        AnyId id;
        std::uint64_t bytes = 0;
        bool is_finished = false, is_synced = false, is_committed = false;
        std::shared_ptr<const SealedFile> open{};
    };
    void put_away(const Entry& entry);
    void remove_file_of(const AnyId& id);

    const std::string root_;
    const Secret key_;
    BlockCache& cache_;
    std::map<std::string, Entry> files_;
    std::vector<AnyId> removed_;  // of the last manifest
    std::exception_ptr cause_;
};

}  // namespace concordat::storage
