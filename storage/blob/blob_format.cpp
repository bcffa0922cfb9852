#include "storage/blob/blob_format.hpp"

#include <cstring>

#include "core/base/error.hpp"

namespace concordat::storage {
namespace {

constexpr char magic[] = "cdt blob";
constexpr std::uint8_t version = 1;
constexpr std::size_t version_at = 8, kind_at = 9, chunk_size_at = 12, day_at = 16, id_at = 20, salt_at = 36;
static_assert(sizeof magic - 1 == version_at && salt_at + 16 == BlobHeader::size);

Secret blob_key(const BlobHeader& header, const BlobKey& key) {
    std::string info = "blob";
    info += static_cast<char>(header.kind);
    info += text_of(key.scope);
    info += text_of(header.id);
    info += text_of(header.salt);
    return key.data_key.derive(info);
}

}  // namespace

BlobHeader BlobHeader::fresh(const BlobId& id, const BlobKey& key) {
    BlobHeader header;
    header.kind = key.kind;
    header.day = key.day;
    header.id = id.bytes();
    const auto salt = random_bytes(header.salt.size());
    std::memcpy(header.salt.data(), salt.data(), salt.size());
    return header;
}

std::array<std::uint8_t, BlobHeader::size> BlobHeader::bytes() const {
    std::array<std::uint8_t, size> out{};
    std::memcpy(out.data(), magic, version_at);
    out[version_at] = version;
    out[kind_at] = kind;
    put_u32(&out[chunk_size_at], chunk_size);
    put_u32(&out[day_at], day);
    std::memcpy(&out[id_at], id.data(), id.size());
    std::memcpy(&out[salt_at], salt.data(), salt.size());
    return out;
}

BlobHeader BlobHeader::parse(std::string_view bytes, const BlobId& id) {
    BlobHeader header;
    if (bytes.size() != size) damaged_blob(id.bytes(), "its header is cut off");
    header.kind = static_cast<std::uint8_t>(bytes[kind_at]);
    header.day = get_u32(&bytes[day_at]);
    std::memcpy(header.id.data(), &bytes[id_at], header.id.size());
    std::memcpy(header.salt.data(), &bytes[salt_at], header.salt.size());
    if (bytes != text_of(header.bytes())) damaged_blob(id.bytes(), "its header is not one of this version");
    if (header.id != id.bytes()) damaged_blob(id.bytes(), "it is another blob");
    return header;
}

ChunkCipher::ChunkCipher(const BlobHeader& header, const BlobKey& key)
    : header_(header), key_(blob_key(header, key)) {
    if (header.kind != key.kind) damaged_blob(header.id, "it is of another kind");
    if (header.day != key.day) damaged_blob(header.id, "it is of another day");
}

std::string_view ChunkCipher::seal(std::uint64_t number, ChunkMark mark, std::string_view plain,
                                   std::string& out) const {
    const auto nonce = fresh_nonce();
    out.resize(plain.size() + gcm_overhead);
    std::memcpy(out.data(), nonce.data(), nonce.size());
    gcm_seal(key_.data(), nonce, text_of(associated(number, mark)), plain,
             reinterpret_cast<std::uint8_t*>(&out[nonce.size()]));
    return out;
}

void ChunkCipher::open(std::uint64_t number, ChunkMark mark, std::string_view sealed,
                       std::string& out) const {
    if (sealed.size() < gcm_overhead) damaged_blob(header_.id, "a chunk is cut off");
    Nonce nonce;
    std::memcpy(nonce.data(), sealed.data(), nonce.size());
    out.resize(sealed.size() - gcm_overhead);
    if (!gcm_open(key_.data(), nonce, text_of(associated(number, mark)), sealed.substr(nonce.size()),
                  reinterpret_cast<std::uint8_t*>(out.data())))
        damaged_blob(header_.id, ("chunk " + std::to_string(number) + " is not what was written").c_str());
}

ChunkCipher::Associated ChunkCipher::associated(std::uint64_t number, ChunkMark mark) const {
    Associated out;
    const auto header = header_.bytes();
    std::memcpy(out.data(), header.data(), header.size());
    put_u64(&out[BlobHeader::size], number);
    out[BlobHeader::size + 8] = static_cast<std::uint8_t>(mark);
    return out;
}

BlobExtent extent_of(std::uint64_t stored_bytes, const BlobId& id) {
    if (stored_bytes < BlobHeader::size + gcm_overhead) damaged_blob(id.bytes(), "it is cut off");
    const auto body = stored_bytes - BlobHeader::size;
    const auto chunks = (body + chunk_stride - 1) / chunk_stride;
    const auto last = body - (chunks - 1) * chunk_stride;
    if (last < gcm_overhead || (last == gcm_overhead && chunks > 1))
        damaged_blob(id.bytes(), "it is cut off");
    return {chunks, body - chunks * gcm_overhead};
}

void damaged_blob(const IdBytes& id, const char* why) {
    throw Error(Fault::internal, "storage.blob.damaged", "A stored file is damaged and cannot be read.",
                "blob " + BlobId(id).text() + ": " + why);
}

}  // namespace concordat::storage
