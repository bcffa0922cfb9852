#include "storage/search/sealed_directory.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::storage {
namespace {

namespace store = lucene::store;

constexpr std::uint64_t most_in_memory = 4 << 20;

AnyId random_id() {
    IdBytes bytes;
    const auto random = random_bytes(bytes.size());
    std::copy(random.begin(), random.end(), bytes.begin());
    return AnyId(bytes);
}

// One process has the whole index (SearchIndex locks it), and one thread of it writes a partition.
class NoLock : public store::LuceneLock {
public:
    bool obtain() override { return true; }
    void release() override {}
    bool isLocked() override { return false; }
    std::string toString() override { return "none"; }
    const char* getObjectName() const override { return "NoLock"; }
};

class NoLocks : public store::LockFactory {
public:
    store::LuceneLock* makeLock(const char*) override { return new NoLock; }
    void clearLock(const char*) override {}
};

class Input : public store::BufferedIndexInput {
public:
    Input(SealedDirectory& directory, std::shared_ptr<const FileBytes> file, int32_t buffer_size)
        : BufferedIndexInput(buffer_size), directory_(directory), file_(std::move(file)) {}
    Input(const Input& other)
        : BufferedIndexInput(other), directory_(other.directory_), file_(other.file_), at_(other.at_) {}
    store::IndexInput* clone() const override { return new Input(*this); }
    int64_t length() const override { return static_cast<int64_t>(file_->size()); }
    const char* getDirectoryType() const override { return "sealed"; }
    const char* getObjectName() const override { return "Input"; }

protected:
    void seekInternal(const int64_t at) override { at_ = static_cast<std::uint64_t>(at); }
    void readInternal(uint8_t* out, const int32_t length) override try {
        file_->read(at_, out, static_cast<std::size_t>(length));
        at_ += static_cast<std::uint64_t>(length);
    } catch (const Error&) {  // Lucene knows its own errors only
        directory_.fail(std::current_exception());
    }

private:
    SealedDirectory& directory_;
    const std::shared_ptr<const FileBytes> file_;
    std::uint64_t at_ = 0;
};

class Output : public store::BufferedIndexOutput {
public:
    Output(SealedDirectory& directory, std::string name) : directory_(directory), name_(std::move(name)) {}
    int64_t length() const override { return static_cast<int64_t>(size()); }
    void close() override {
        if (is_closed_) return;
        is_closed_ = true;
        BufferedIndexOutput::close();
        if (!writer_) {
            directory_.finished(name_, std::move(memory_));
            return;
        }
        try {
            writer_->finish();
        } catch (const Error&) {  // Lucene knows its own errors only
            directory_.fail(std::current_exception());
        }
        directory_.finished(name_, writer_->size());
    }
    void seek(const int64_t at) override {
        BufferedIndexOutput::seek(at);
        at_ = static_cast<std::uint64_t>(at);
    }

protected:
    void flushBuffer(const uint8_t* bytes, const int32_t length) override try {
        const std::string_view piece(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
        if (!writer_ && at_ + piece.size() > most_in_memory) {
            writer_ = directory_.writer_for(name_);
            writer_->write_at(0, memory_);
            memory_ = {};
        }
        if (writer_) {
            writer_->write_at(at_, piece);
        } else {
            memory_.resize(std::max<std::size_t>(memory_.size(), at_ + piece.size()));
            std::copy(piece.begin(), piece.end(), memory_.begin() + static_cast<std::ptrdiff_t>(at_));
        }
        at_ += piece.size();
    } catch (const Error&) {  // Lucene knows its own errors only
        directory_.fail(std::current_exception());
    }

private:
    std::uint64_t size() const { return writer_ ? writer_->size() : memory_.size(); }

    SealedDirectory& directory_;
    const std::string name_;
    std::string memory_;
    std::unique_ptr<SealedFileWriter> writer_;  // once it is large
    std::uint64_t at_ = 0;
    bool is_closed_ = false;
};

}  // namespace

void FileBytes::read(std::uint64_t at, std::uint8_t* out, std::size_t length) const {
    if (at > size_ || length > size_ - at) damaged_index("a place behind the end is asked for");
    std::shared_ptr<const std::string> memory;
    std::shared_ptr<const SealedFile> sealed;
    {
        std::lock_guard lock(mutex_);
        memory = memory_;
        sealed = sealed_;
    }
    if (memory) {
        std::copy_n(memory->begin() + static_cast<std::ptrdiff_t>(at), length, out);
        return;
    }
    while (length > 0) {
        const auto block = sealed->block(at / index_block);
        const auto within = static_cast<std::size_t>(at % index_block);
        const auto count = std::min(length, index_block - within);
        std::copy_n(block->begin() + static_cast<std::ptrdiff_t>(within), count, out);
        out += count;
        at += count;
        length -= count;
    }
}

std::shared_ptr<const std::string> FileBytes::memory() const {
    std::lock_guard lock(mutex_);
    return memory_;
}

void FileBytes::are_sealed(std::shared_ptr<const SealedFile> sealed) {
    std::lock_guard lock(mutex_);
    sealed_ = std::move(sealed);
    memory_.reset();
}

SealedDirectory::SealedDirectory(std::string root, const Secret& key, const std::vector<IndexFile>& files,
                                 BlockCache& cache)
    : root_(std::move(root)), key_(key.clone()), cache_(cache) {
    for (const auto& file : files) {
        Entry entry{file.id, file.bytes};
        entry.is_finished = entry.is_written = entry.is_synced = entry.is_committed = true;
        files_.emplace(file.name, std::move(entry));
    }
    setLockFactory(new NoLocks);
}

// What no manifest names goes at once; the rest stays for the next time.
SealedDirectory::~SealedDirectory() {
    for (const auto& [name, entry] : files_)
        if (entry.is_written && !entry.is_committed) remove_file_of(entry.id);
}

void SealedDirectory::remove_file_of(const AnyId& id) {
    try {
        remove_file(index_file_path(root_, id));
    } catch (const Error&) {  // SearchIndex clears away at the next start what the manifest does not name
    }
}

std::vector<IndexFile> SealedDirectory::sync() {
    std::vector<IndexFile> out;
    for (auto& [name, entry] : files_) {
        if (!entry.is_finished) damaged_index("a file was not finished");
        if (!entry.is_synced) {
            write_down(entry);
            const auto path = index_file_path(root_, entry.id);
            const auto fd = open_if_there(path, 0);
            if (!fd) damaged_index("a file is missing");
            sync_data(fd.get(), path);
            entry.is_synced = true;
        }
        out.push_back({name, entry.id, entry.bytes});
    }
    return out;
}

void SealedDirectory::write_down(Entry& entry) {
    if (entry.is_written) return;
    try {
        SealedFileWriter writer(root_, entry.id, key_);
        writer.write_at(0, *entry.open->memory());
        writer.finish();
    } catch (const Error&) {
        remove_file_of(entry.id);
        throw;
    }
    entry.is_written = true;
    entry.open->are_sealed(std::make_shared<const SealedFile>(root_, entry.id, key_, entry.bytes, cache_));
}

void SealedDirectory::close_files() {
    for (auto& [name, entry] : files_)
        if (entry.is_written) entry.open.reset();
}

void SealedDirectory::forget_removed() {
    for (auto& [name, entry] : files_) entry.is_committed = true;
    for (const auto& id : removed_) remove_file_of(id);
    removed_.clear();
}

void SealedDirectory::remove_all() {
    for (const auto& [name, entry] : files_)
        if (entry.is_written) remove_file_of(entry.id);
    files_.clear();
    for (const auto& id : removed_) remove_file_of(id);
    removed_.clear();
}

void SealedDirectory::fail(std::exception_ptr cause) {
    {
        std::lock_guard lock(mutex_);
        cause_ = std::move(cause);
    }
    throw CLuceneError(CL_ERR_IO, "the sealed directory failed", false);
}

void SealedDirectory::rethrow(const CLuceneError& error) {
    std::exception_ptr cause;
    {
        std::lock_guard lock(mutex_);
        cause = std::exchange(cause_, nullptr);
    }
    if (cause) std::rethrow_exception(cause);
    damaged_index("lucene error " + std::to_string(error.number()));
}

bool SealedDirectory::list(std::vector<std::string>* names) const {
    for (const auto& [name, entry] : files_) names->push_back(name);
    return true;
}

bool SealedDirectory::fileExists(const char* name) const {
    return files_.contains(name);
}

int64_t SealedDirectory::fileModified(const char*) const {
    return 0;
}

int64_t SealedDirectory::fileLength(const char* name) const {
    const auto at = files_.find(name);
    if (at == files_.end()) throw CLuceneError(CL_ERR_IO, "no such file", false);
    return static_cast<int64_t>(at->second.bytes);
}

// Returns false rather than throw when there is no such file: Lucene's look for segments relies on it.
bool SealedDirectory::openInput(const char* name, store::IndexInput*& input, CLuceneError& error,
                                int32_t buffer_size) {
    const auto at = files_.find(name);
    if (at == files_.end() || !at->second.is_finished) {
        error.set(CL_ERR_IO, "no such file");
        return false;
    }
    auto& entry = at->second;
    try {
        if (!entry.open)
            entry.open = std::make_shared<FileBytes>(
                std::make_shared<const SealedFile>(root_, entry.id, key_, entry.bytes, cache_));
    } catch (const Error&) {  // Lucene knows its own errors only
        std::lock_guard lock(mutex_);
        cause_ = std::current_exception();
        error.set(CL_ERR_IO, "the sealed directory failed");
        return false;
    }
    input = new Input(*this, entry.open, buffer_size);
    return true;
}

void SealedDirectory::touchFile(const char* name) {
    if (files_.contains(name)) return;
    std::unique_ptr<store::IndexOutput> output(createOutput(name));
    output->close();
}

void SealedDirectory::put_away(const Entry& entry) {
    if (entry.is_committed)
        removed_.push_back(entry.id);
    else if (entry.is_written)
        remove_file_of(entry.id);
}

bool SealedDirectory::doDeleteFile(const char* name) {
    const auto at = files_.find(name);
    if (at == files_.end()) return false;
    put_away(at->second);
    files_.erase(at);
    return true;
}

void SealedDirectory::renameFile(const char* from, const char* to) {
    const auto at = files_.find(from);
    if (at == files_.end()) throw CLuceneError(CL_ERR_IO, "no such file", false);
    auto entry = std::move(at->second);
    files_.erase(at);
    doDeleteFile(to);
    files_.emplace(to, std::move(entry));
}

store::IndexOutput* SealedDirectory::createOutput(const char* name) {
    doDeleteFile(name);
    files_.emplace(name, Entry{random_id()});
    return new Output(*this, name);
}

std::unique_ptr<SealedFileWriter> SealedDirectory::writer_for(const std::string& name) {
    const auto at = files_.find(name);
    if (at == files_.end()) throw CLuceneError(CL_ERR_IO, "no such file", false);
    auto writer = std::make_unique<SealedFileWriter>(root_, at->second.id, key_);
    at->second.is_written = true;
    return writer;
}

void SealedDirectory::finished(const std::string& name, std::uint64_t bytes) {
    const auto at = files_.find(name);
    if (at == files_.end()) return;  // deleted while it was written
    at->second.bytes = bytes;
    at->second.is_finished = true;
}

void SealedDirectory::finished(const std::string& name, std::string memory) {
    const auto at = files_.find(name);
    if (at == files_.end()) return;
    at->second.bytes = memory.size();
    at->second.open = std::make_shared<FileBytes>(std::move(memory));
    at->second.is_finished = true;
}

}  // namespace concordat::storage
