#include "storage/blob/blob_store.hpp"

#include "core/base/error.hpp"

namespace concordat::storage {

BlobSummary put_blob(BlobStore& store, const BlobId& id, const BlobKey& key, std::string_view bytes) {
    const auto writer = store.create(id, key);
    writer->write(bytes);
    return writer->finish();
}

std::string get_blob(BlobStore& store, const BlobId& id, const BlobKey& key, std::uint64_t at_most) {
    const auto reader = store.open(id, key);
    require(reader->size() <= at_most, Fault::too_large, "storage.blob.too_large",
            "The stored file is too large for this.");
    std::string out(reader->size(), '\0');
    out.resize(reader->read_at(0, out));
    return out;
}

}  // namespace concordat::storage
