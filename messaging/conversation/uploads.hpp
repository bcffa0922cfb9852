// Uploads: one file in several requests, going on where it stopped, even after a restart of the node.
//
// Thread-safe; calls block. What counts is how far the partial blob has come; file_offset in the database
// follows it, and is put right whenever somebody asks. An upload belongs to the person who began it. Errors:
//   invalid    api.upload.create.*, model.upload_session.is_valid.*,
//   api.upload.upload_data.invalid_content_length too_large  api.upload.create.upload_too_large.app_error
//   forbidden  api.upload.get_upload.forbidden.app_error, and those of Files::require_may_add
//   not_found  app.upload.get.app_error
//   conflict   api.upload.upload_data.concurrent.app_error when another request is writing, or when more has
//   arrived
//              than the client was told: it asks for the upload and goes on from its file_offset
//   rate_limited  api.upload.create.too_many.app_error
#pragma once
#include <memory>
#include <optional>
#include <string_view>
#include <vector>
#include "core/model/actor.hpp"
#include "core/model/file_info.hpp"
#include "messaging/conversation/sealed_blobs.hpp"

namespace concordat::storage {
struct UploadRow;
}

namespace concordat::messaging {

class Files;
class Uploads;

// The next bytes of an upload while they are received. Belongs to one thread at a time; must not outlive the
// Uploads that made it. Destroyed before finish(), it keeps what has arrived.
class UploadPart {
public:
    UploadPart(Uploads& uploads, Actor actor, const UploadId& id, std::unique_ptr<storage::BlobWriter> writer,
               std::int64_t file_size);
    ~UploadPart();
    UploadPart(const UploadPart&) = delete;

    // Throws invalid for more than was announced.
    void write(std::string_view bytes);
    // The file when it is complete; nothing while bytes are missing.
    std::optional<FileInfo> finish();

private:
    Uploads& uploads_;
    const Actor actor_;
    const UploadId id_;
    std::unique_ptr<storage::BlobWriter> writer_;  // null: all of it had arrived before
    const std::uint64_t file_size_;
};

class Uploads {
public:
    // All must outlive this object.
    Uploads(storage::Database& db, storage::BlobStore& store, Files& files)
        : db_(db), blobs_(db, store), files_(files) {}

    // Takes channel_id, filename and file_size of what the client sent.
    UploadSession create(const Actor& actor, UploadSession wanted);
    UploadSession get(const Actor& actor, const UploadId& id);
    std::vector<UploadSession> mine(const Actor& actor);
    // `size` is how many bytes the request announces, if it does.
    std::unique_ptr<UploadPart> go_on(const Actor& actor, const UploadId& id,
                                      std::optional<std::uint64_t> size);

    static constexpr std::int64_t most_per_user = 100;  // at the same time

private:
    friend class UploadPart;
    storage::UploadRow own(const Actor& actor, const UploadId& id);
    UploadSession with_true_offset(storage::UploadRow row);
    void note_offset(const UploadId& id, std::int64_t offset);
    FileInfo complete(const Actor& actor, const UploadId& id);

    storage::Database& db_;
    SealedBlobs blobs_;
    Files& files_;
};

}  // namespace concordat::messaging
