// A zip archive that is sealed while it is written, and that comes out the same from the same content:
// members in the order in which they are added, all dated 1980.
//
// Belongs to one thread. Throws what BlobWriter throws.
#pragma once
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include "storage/blob/blob_store.hpp"

namespace concordat::compliance {

// What may be a name in an archive: no way out of it, no control characters, at most 200 bytes.
std::string safe_name(std::string_view name);

class Archive {
public:
    // Writes to the blob; must not outlive it.
    explicit Archive(storage::BlobWriter& out);
    ~Archive();
    Archive(const Archive&) = delete;

    // `path` has slashes between parts, each of them safe. Compressed when `is_text`.
    void add(const std::string& path, std::string_view content, bool is_text = true);
    void add(const std::string& path, storage::BlobReader& content);
    void add(const std::string& path, std::istream& content);
    // Ends the archive and the blob.
    storage::BlobSummary finish();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace concordat::compliance
