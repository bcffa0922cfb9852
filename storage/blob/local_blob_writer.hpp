// Writes one blob to a file of its own, then moves it into its place. Private to LocalBlobStore.
#pragma once
#include "storage/blob/blob_format.hpp"
#include "storage/crypto/durable_file.hpp"

namespace concordat::storage {

class LocalBlobWriter : public BlobWriter {
public:
    // `path` is where it writes, `place` where the finished blob goes. With `may_resume` the file stays
    // when the writer goes away, and the constructor goes on where the last checkpoint was.
    LocalBlobWriter(std::string path, std::string place, const BlobId& id, const BlobKey& key,
                    bool may_resume);
    ~LocalBlobWriter() override;

    void write(std::string_view bytes) override;
    std::uint64_t size() const override { return chunks_ * chunk_size + tail_.size(); }
    void checkpoint() override;
    BlobSummary finish() override;

private:
    static Descriptor open_locked(const std::string& path, const std::string& place, bool may_resume);
    ChunkCipher begin(const BlobId& id, const BlobKey& key);
    void restore(std::string_view state);
    void put_chunk(ChunkMark mark, std::string_view plain);
    std::string state_path() const { return path_ + ".state"; }

    // Takes the file away again, also when the constructor does not get to its end.
    struct Removal {
        const std::string& path;
        const bool is_due;
        ~Removal();
    };

    const std::string path_;
    const std::string place_;
    const bool may_resume_;
    const Removal removal_{path_, !may_resume_};
    Descriptor fd_;
    ChunkCipher cipher_;
    Sha256 hash_;                // of the chunks put
    std::uint64_t chunks_ = 0;   // put into the file
    std::uint64_t unsaved_ = 0;  // of them, since the last checkpoint
    std::string tail_;           // not yet put: whether it is the last chunk shows only later
    std::string sealed_;
};

}  // namespace concordat::storage
