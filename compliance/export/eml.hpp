// Mails of conversations, as archives read them from Global Relay exports: one a channel and batch, in text
// and HTML, with the files as attachments; more where one would be too large.
//
// RFC 5322, 2045 to 2049. A mail is never held in memory with its files: it is a list of pieces, and
// attachments are read and encoded while the mail is read.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>
#include "compliance/export/batch.hpp"
#include "storage/blob/blob_store.hpp"

namespace concordat::compliance {

// Bytes of a whole mail, encoded.
inline constexpr std::int64_t largest_mail = 250ll << 20;

struct Mail {
    std::string name;  // of the member: "town-square - (id) - 0.eml"
    // Text as it stands, or a file that is base64 in lines.
    std::vector<std::variant<std::string, const ExportedFile*>> pieces;
};

// `is_readable` says whether the file's bytes can be had; one that cannot, or is too large for any mail, is a
// line instead. `removed` gets those that were too large. What is returned points into `channel`.
std::vector<Mail> mails_of(const ExportedChannel& channel, const Batch& batch,
                           const std::function<bool(const ExportedFile&)>& is_readable,
                           std::vector<const ExportedFile*>& removed, std::int64_t most_bytes = largest_mail);

// The mail as one stream. `open` must give the bytes of each file; what it throws, rethrow() throws.
class MailStream {
public:
    using Open = std::function<std::unique_ptr<storage::BlobReader>(const ExportedFile&)>;
    MailStream(const Mail& mail, Open open);
    ~MailStream();
    std::istream& in();
    void rethrow() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace concordat::compliance
