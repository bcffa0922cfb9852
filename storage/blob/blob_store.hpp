// Blobs: the bodies of files, pictures, previews and uploads.
//
// A blob is written once, under a fresh id, as a stream of any length in constant memory. It is cut into
// chunks of 64 KiB, each sealed by itself, so any range can be read without the rest, and every change,
// truncation, extension, exchange or reordering is noticed before a byte of the chunk is given out.
// Ids are random and the only names: where blobs are kept there is no file name, type or sha256.
//
// A BlobStore is thread-safe. A writer or reader belongs to one thread at a time and must not outlive the
// store; the key is only needed to make it. Everything blocks: use worker threads.
//
// Errors:
//   not_found    storage.blob.missing    there is no such blob
//   internal     storage.blob.damaged    not what was written, or another key, kind or scope; detail names it
//   conflict     storage.blob.exists     a blob is never overwritten
//   conflict     storage.blob.in_use     the upload is being written by somebody else right now
//   unavailable  storage.disk_full       nothing is left behind but what resume() can use
//   internal     storage.file            any other failure of the file system
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/model/ids.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"

namespace concordat::storage {

using BlobId = Id<struct BlobTag>;

// What a blob is sealed with and bound to. `data_key` is that of `scope` and `day`.
struct BlobKey {
    const DataKey& data_key;
    std::uint32_t day;
    std::uint8_t kind;  // storage::Kind
    IdBytes scope;
};

struct BlobSummary {
    std::uint64_t size = 0;  // of the plain text
    Digest sha256{};         // of the plain text
};

class BlobWriter {
public:
    virtual ~BlobWriter() = default;
    virtual void write(std::string_view bytes) = 0;
    // Bytes taken so far, those before a resume() included.
    virtual std::uint64_t size() const = 0;
    // Makes all that was written so far durable. Only for a writer from resume().
    virtual void checkpoint() = 0;
    // Makes the blob durable and visible. The writer is of no use afterwards.
    virtual BlobSummary finish() = 0;
};

class BlobReader {
public:
    virtual ~BlobReader() = default;
    // Bytes of plain text; authenticated.
    virtual std::uint64_t size() const = 0;
    // Fills `out` from `offset` on; returns how many bytes there were, fewer only at the end of the blob.
    // What is in `out` after an Error must not be used.
    virtual std::size_t read_at(std::uint64_t offset, std::span<char> out) = 0;
};

struct BlobEntry {
    BlobId id;
    std::uint64_t stored_bytes = 0;
    Millis modified_at = 0;
};

struct BlobUsage {
    std::uint64_t blobs = 0;
    std::uint64_t stored_bytes = 0;  // partial uploads included
    std::uint64_t free_bytes = 0;    // that the server may still use
};

class BlobStore {
public:
    virtual ~BlobStore() = default;

    // A new blob. It does not exist before finish(); a writer that is destroyed earlier leaves nothing.
    virtual std::unique_ptr<BlobWriter> create(const BlobId& id, const BlobKey& key) = 0;
    // A blob whose writing may be interrupted, even by a restart: begins it, or goes on after the last
    // checkpoint. size() of the writer says how much is there; what was written after the last
    // checkpoint() (one is made by itself every 16 MiB) is forgotten. `key` is the same each time.
    virtual std::unique_ptr<BlobWriter> resume(const BlobId& id, const BlobKey& key) = 0;

    virtual std::unique_ptr<BlobReader> open(const BlobId& id, const BlobKey& key) = 0;
    // The day whose data key the blob needs. Authenticated only by open().
    virtual std::uint32_t day_of(const BlobId& id) = 0;
    virtual bool exists(const BlobId& id) = 0;

    // True if it was there. Readers that are open go on. A crash may bring it back; deleting the data key
    // is what makes a deletion final.
    virtual bool remove(const BlobId& id) = 0;
    // The same for an upload that was not finished.
    virtual bool remove_partial(const BlobId& id) = 0;

    // Every finished blob, every unfinished upload, in no order. A finished blob may be younger than the
    // row that will name it: whoever collects garbage spares the youngest.
    virtual void each(const std::function<void(const BlobEntry&)>& visit) = 0;
    virtual void each_partial(const std::function<void(const BlobEntry&)>& visit) = 0;
    // Looks at every blob; meant for a report, not for each request.
    virtual BlobUsage usage() = 0;
};

// A small blob in one go.
BlobSummary put_blob(BlobStore& store, const BlobId& id, const BlobKey& key, std::string_view bytes);
// The whole blob. Throws Error (too_large, "storage.blob.too_large") when it is longer than `at_most`.
std::string get_blob(BlobStore& store, const BlobId& id, const BlobKey& key, std::uint64_t at_most);

}  // namespace concordat::storage
