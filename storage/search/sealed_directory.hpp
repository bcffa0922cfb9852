// SealedDirectory: what Lucene takes for a directory, kept in sealed files. Private to this room.
//
// Lucene makes and deletes many small files while it is fed; so a file stays in memory until sync() unless it
// is large, and most never see the disk. Which file is which stands in the manifest, not on the disk. A file
// that Lucene deletes is still there until forget_removed(): the manifest on the disk may name it. So a crash
// at any moment leaves what the manifest says, whole.
//
// Used by the thread that owns the partition; files that are open may be read by others. Lucene's errors are
// CLuceneError; when one of ours was the cause it is kept, and rethrow() throws it.
#pragma once
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "storage/search/lucene.hpp"
#include "storage/search/manifest.hpp"
#include "storage/search/sealed_file.hpp"

namespace concordat::storage {

// The bytes of a finished file, in memory until they are on the disk. Shared by threads.
class FileBytes {
public:
    explicit FileBytes(std::string memory)
        : size_(memory.size()), memory_(std::make_shared<const std::string>(std::move(memory))) {}
    explicit FileBytes(std::shared_ptr<const SealedFile> sealed)
        : size_(sealed->size()), sealed_(std::move(sealed)) {}
    std::uint64_t size() const { return size_; }
    // Throws search.index.damaged.
    void read(std::uint64_t at, std::uint8_t* out, std::size_t length) const;
    // Nothing when they are sealed.
    std::shared_ptr<const std::string> memory() const;
    void are_sealed(std::shared_ptr<const SealedFile> sealed);

private:
    const std::uint64_t size_;
    mutable std::mutex mutex_;  // guards what follows
    std::shared_ptr<const std::string> memory_;
    std::shared_ptr<const SealedFile> sealed_;
};

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
    // Gives back the descriptors of what is on the disk.
    void close_files();
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

    // For the outputs. What has grown large is written through a writer that these ask for.
    std::unique_ptr<SealedFileWriter> writer_for(const std::string& name);
    void finished(const std::string& name, std::uint64_t bytes);
    void finished(const std::string& name, std::string memory);
    // Keeps our error and throws Lucene's.
    [[noreturn]] void fail(std::exception_ptr cause);

protected:
    bool doDeleteFile(const char* name) override;

private:
    struct Entry {
        AnyId id;
        std::uint64_t bytes = 0;
        bool is_finished = false, is_written = false, is_synced = false, is_committed = false;
        std::shared_ptr<FileBytes> open{};
    };
    void write_down(Entry& entry);
    void put_away(const Entry& entry);
    void remove_file_of(const AnyId& id);

    const std::string root_;
    const Secret key_;
    BlockCache& cache_;
    std::map<std::string, Entry> files_;
    std::vector<AnyId> removed_;  // of the last manifest
    std::mutex mutex_;            // guards cause_: searches fail, too
    std::exception_ptr cause_;
};

}  // namespace concordat::storage
