#include "messaging/conversation/sealed_blobs.hpp"

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/data_keys.hpp"
#include "storage/database/database.hpp"

namespace concordat::messaging {

BlobId SealedBlobs::put(std::uint8_t kind, const IdBytes& scope, std::string_view bytes) {
    const auto id = BlobId::fresh(db_.now());
    const auto writer = create(kind, scope, id);
    writer->write(bytes);
    writer->finish();
    return id;
}

std::string SealedBlobs::get(std::uint8_t kind, const IdBytes& scope, const BlobId& id,
                             std::uint64_t at_most) {
    const auto reader = open(kind, scope, id);
    require(reader->size() <= at_most, Fault::too_large, "storage.blob.too_large",
            "The stored file is too large for this.");
    std::string out(reader->size(), '\0');
    out.resize(reader->read_at(0, out));
    return out;
}

std::unique_ptr<storage::BlobReader> SealedBlobs::open(std::uint8_t kind, const IdBytes& scope,
                                                       const BlobId& id) {
    const auto day = store_.day_of(id);
    const auto key = db_.keys().reading(scope, day);
    return store_.open(id, {*key, day, kind, scope});
}

std::unique_ptr<storage::BlobWriter> SealedBlobs::create(std::uint8_t kind, const IdBytes& scope,
                                                         const BlobId& id) {
    const auto day = storage::day_of(db_.now());
    const auto key = db_.keys().writing(scope, day);
    return store_.create(id, {*key, day, kind, scope});
}

std::unique_ptr<storage::BlobWriter> SealedBlobs::resume(std::uint8_t kind, const IdBytes& scope,
                                                         const BlobId& id, Millis begun_at) {
    const auto day = storage::day_of(begun_at);
    const auto key = db_.keys().writing(scope, day);
    return store_.resume(id, {*key, day, kind, scope});
}

std::string digest_of(storage::BlobReader& reader) {
    storage::Sha256 hash;
    std::string bytes(std::size_t{64} << 10, '\0');
    for (std::uint64_t at = 0; at < reader.size();) {
        const auto count = reader.read_at(at, bytes);
        hash.add(std::string_view(bytes).substr(0, count));
        at += count;
    }
    return hex_of(storage::text_of(hash.finish()));
}

void SealedBlobs::remove(const BlobId& id) noexcept {
    if (id.empty()) return;
    // The change that made the blob superfluous stands already; a blob more on the disk must not undo it.
    try {
        store_.remove(id);
    } catch (const std::exception& failure) {
        log_warn("a blob could not be removed", {{"blob", id.text()}, {"what", failure.what()}});
    }
}

}  // namespace concordat::messaging
